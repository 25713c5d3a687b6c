"""A form that is sent twice counts once; the same form with other words is another one."""

from uuid import UUID, uuid5


def as_said(words: str) -> str:
    """Browsers write the end of a line in two ways: on the way of a form, and on that of a script."""
    return " ".join(words.split())


def same_words(one: str, other: str) -> bool:
    return as_said(one) == as_said(other)


def key_of_other_words(sent_key: UUID, *words: str) -> UUID:
    """For what came by a form that had been sent with other words: twice the same is one here, too."""
    return uuid5(sent_key, "\0".join(as_said(part) for part in words))
