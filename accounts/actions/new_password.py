"""LOG-21 to LOG-24: a new password by mail, for whom the details on file are known."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts import checks, emails
from accounts.actions.asking import ask, enough_mails
from accounts.actions.registration import tell_of_blocked
from accounts.links import DeadLink
from accounts.models import AccountRequest, User
from accounts.passwords import normalise

Kind = AccountRequest.Kind


def ask_for_new_password(
    *, identifier: str, language: str, born_on: date | None = None, card_number: str = ""
) -> AccountRequest:
    """`identifier`: DNI, NIE or e-mail in canonical form. The other two are asked of whom `checks` says."""
    return ask(
        kind=Kind.RESET,
        identifier=identifier,
        language=language,
        born_on=born_on,
        card_number=checks.compact(card_number),
    )


def answer_reset(request: AccountRequest) -> None:
    """The details gate the mail and never replace it; what was wrong, nobody is told (LOG-23)."""
    user = User.objects.by_identifier(request.identifier)
    if user is None or enough_mails(request, user=user):
        return
    person = user.person_on_file
    if person is not None and not checks.passes(person, checks.details_of(request)):
        return
    if not user.is_active:
        tell_of_blocked(user)
        return
    request.user = user
    request.links += 1
    request.save(update_fields=["user", "links"])
    emails.reset(request, user)


def reset_password(reset: AccountRequest, *, password: str) -> User:
    """Set the new password and end every session of the account; raises DeadLink if the link was used."""
    with transaction.atomic():
        used = AccountRequest.objects.filter(pk=reset.pk, kind=Kind.RESET, used_at=None).update(
            used_at=timezone.now()
        )
        if not used or reset.user_id is None:
            raise DeadLink
        user = User.objects.select_for_update().get(pk=reset.user_id)
        user.set_password(normalise(password))
        user.save(update_fields=["password"])
        emails.password_changed(user)
    return user
