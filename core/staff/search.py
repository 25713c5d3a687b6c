"""One search box for everything a caller may say: what it looks like decides which index is asked."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from stdnum.es import dni

from core.identity import IdentityError, normalise_identifier, parse_dni

SHORTEST_WORD = 3


@dataclass(frozen=True)
class Typed:
    """What was typed, read. Several kinds may fit: eight digits are a DNI without its letter, or a number.

    `numbers`: spellings of a policy, card or receipt number. `words`: parts of a name. `notice`: what staff
    should know about the search.
    """

    email: str = ""
    dni: str = ""
    numbers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    notice: str = ""


def read(text: str) -> Typed:
    text = " ".join(text.replace("\x00", "").split())[:254]
    compact = normalise_identifier(text)
    if not compact:
        return Typed(notice=_("Type a DNI, a name, a number or an e-mail address."))
    if "@" in compact:
        return Typed(email=compact)
    if any(character.isdigit() for character in compact):
        return _number(text, compact)
    words = tuple(text.split())
    if max(map(len, words)) < SHORTEST_WORD:
        return Typed(notice=_("Type at least three letters of a name."))
    return Typed(words=words)


def _number(text: str, compact: str) -> Typed:
    if compact.isascii() and compact.isdigit() and len(compact) in (7, 8):
        digits = compact.zfill(8)
        return Typed(dni=digits + dni.calc_check_digit(digits), numbers=_spellings(text))
    try:
        return Typed(dni=parse_dni(text), numbers=_spellings(text))
    except IdentityError as error:
        notice = ""
        if error.code == "letter":
            notice = _("If this is a DNI or NIE, its letter should be %(letter)s.") % {
                "letter": error.expected
            }
        return Typed(numbers=_spellings(text), notice=notice)


def _spellings(text: str) -> tuple[str, ...]:
    """As typed, in capitals, and with or without the gaps: numbers are looked up exactly."""
    upper = text.upper()
    return tuple(dict.fromkeys((text, upper, upper.replace(" ", ""), upper.replace(" ", "-"))))
