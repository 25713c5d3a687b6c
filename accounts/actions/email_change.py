"""Another e-mail to log in with: the new address shows that it is read, the old one may take it back."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import emails
from accounts.actions.log_ins import end_all_sessions
from accounts.links import DeadLink
from accounts.models import AccountRequest, EmailChange, User
from core import kick

# To one address, whoever asks: nobody fills the mailbox of another.
MAILS_AN_HOUR = 3


def ask_for_new_email(user: User, *, new_email: str) -> EmailChange:
    """The same work whoever has that address; a worker looks. The old one is warned at once."""
    with transaction.atomic():
        change = EmailChange.objects.create(user=user, old_email=user.email, new_email=new_email)
        emails.email_change_asked(change)
        kick.after_commit("accounts.tasks.answer_email_change", change.pk)
    return change


def answer_email_change(change_id: int) -> None:
    """One mail to the new address: the link, or that it has an account already. Twice does no harm."""
    with transaction.atomic():
        change = (
            EmailChange.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(pk=change_id, answered_at=None)
            .first()
        )
        if change is None:
            return
        owner = User.objects.filter(email=change.new_email).first()
        if _enough_mails(change):
            pass
        elif owner is None:
            emails.email_change_link(change)
        elif owner.is_active:
            emails.email_change_taken(owner)
        change.answered_at = timezone.now()
        change.save(update_fields=["answered_at"])


def confirm_new_email(change: EmailChange) -> User:
    """The new address is read by who asked: from now on it is the one. Raises DeadLink."""
    try:
        with transaction.atomic():
            change, user = _locked(change)
            if not change.is_open or user.email != change.old_email or _is_replaced(change):
                raise DeadLink
            _set_email(user, change.new_email)
            change.confirmed_at = timezone.now()
            change.save(update_fields=["confirmed_at"])
            emails.email_changed(change)
            emails.email_is_new(change)
    except IntegrityError:
        raise DeadLink from None
    return user


def take_email_back(change: EmailChange) -> User:
    """It was not the owner: the old address is back and everybody is out.

    The password no longer opens, for whoever asked knew it or sat at an open page; what was added since to
    log in with goes too. The link to choose a new password leaves with the mail. Raises DeadLink.
    """
    try:
        with transaction.atomic():
            change, user = _locked(change)
            if change.undone_at or not user.is_active:
                raise DeadLink
            _set_email(user, change.old_email)
            user.set_unusable_password()
            user.save(update_fields=["password"])
            end_all_sessions(user)
            Authenticator.objects.filter(user=user, created_at__gte=change.asked_at).delete()
            later = EmailChange.objects.filter(user=user, pk__gte=change.pk, undone_at=None)
            later.update(undone_at=timezone.now())
            emails.email_back(_new_password_for(user), user)
    except IntegrityError:
        raise DeadLink from None
    return user


def forget_old_email_changes() -> int:
    return EmailChange.objects.filter(asked_at__lt=timezone.now() - EmailChange.KEPT).delete()[0]


def _locked(change: EmailChange) -> tuple[EmailChange, User]:
    user = User.objects.select_for_update().get(pk=change.user_id)
    return EmailChange.objects.get(pk=change.pk), user


def _is_replaced(change: EmailChange) -> bool:
    return EmailChange.objects.filter(user=change.user_id, pk__gt=change.pk).exists()


def _enough_mails(change: EmailChange) -> bool:
    an_hour_ago = timezone.now() - timedelta(hours=1)
    same = EmailChange.objects.filter(
        new_email=change.new_email, asked_at__gt=an_hour_ago, answered_at__isnull=False
    )
    return same.count() >= MAILS_AN_HOUR


def _set_email(user: User, email: str) -> None:
    EmailAddress.objects.filter(user=user).exclude(email=email).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    user.email = email
    user.save(update_fields=["email"])


def _new_password_for(user: User) -> AccountRequest:
    """As if they had asked for it, and without asking what is on their card: this mailbox has been shown."""
    return AccountRequest.objects.create(
        kind=AccountRequest.Kind.RESET,
        identifier=user.email,
        language=user.language,
        user=user,
        links=1,
        answered_at=timezone.now(),
    )
