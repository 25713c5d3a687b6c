"""What was done a moment ago is not refused when it comes again: a button or a link that is pressed twice.

The session does not know any more, for whoever logs in gets another one. So the form says of which row it
is. That opens nothing: it only tells a row that has just been used from one that is dead.
"""

from datetime import timedelta

from django.core import signing
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import links
from accounts.models import AccountRequest, EmailChange, User

JUST_NOW = timedelta(minutes=10)
CHANGE = "accounts.steps.password"
# The field of a form that holds `mark`.
FIELD = "step"
_DONE: dict[str, tuple[type[AccountRequest | EmailChange], str]] = {
    links.CONFIRM: (AccountRequest, "used_at"),
    links.RESET: (AccountRequest, "used_at"),
    links.ACCESS: (AccountRequest, "used_at"),
    links.NEW_EMAIL: (EmailChange, "confirmed_at"),
    links.EMAIL_BACK: (EmailChange, "undone_at"),
}


def mark(link: str, row: AccountRequest | EmailChange) -> str:
    """For the form in which the link (its salt in `accounts.links`) of that row ends."""
    return signing.dumps([row.pk], salt=_of_form(link))


def done_just_now(link: str, *, key: str = "", mark: str = "") -> AccountRequest | EmailChange | None:
    """The row of the link or of the form, if it was used successfully in the last minutes."""
    pk = _pk(key, link) or _pk(mark, _of_form(link))
    if pk is None:
        return None
    model, moment = _DONE[link]
    lately = {"pk": pk, f"{moment}__gt": timezone.now() - JUST_NOW}
    return model._default_manager.filter(**lately).first()


def mark_of_password(user: User) -> str:
    """For the form that changes it: which password opened the account when the form was drawn."""
    return signing.dumps([user.pk, _of_password(user)], salt=CHANGE)


def has_changed_password(mark: str) -> User | None:
    """Whose password has changed since the form was drawn."""
    try:
        pk, before = signing.loads(mark, salt=CHANGE, max_age=JUST_NOW)
    except (signing.BadSignature, ValueError):
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    return user if user and _of_password(user) != before else None


def _of_password(user: User) -> str:
    return salted_hmac(CHANGE, user.password, algorithm="sha256").hexdigest()[:16]


def _of_form(link: str) -> str:
    return f"{link}.form"


def _pk(key: str, salt: str) -> int | None:
    """No age is asked: the row has its own moment."""
    try:
        pk: int = signing.loads(key, salt=salt)[0]
    except (signing.BadSignature, IndexError, TypeError):
        return None
    return pk
