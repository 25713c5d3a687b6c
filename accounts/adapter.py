"""Where our rules enter allauth: counters by account, mails as rows, the link to the person on file."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import actions, emails, known, log_ins
from accounts.buckets import bucket, knock
from accounts.mfa import factors
from accounts.mfa.emails import MAILS as FACTOR_MAILS
from accounts.models import LogIn, User
from accounts.passwords import normalise

# The mails that allauth sends of itself; every other one is written in accounts.actions.
MAILS = {"account/email/password_changed": emails.password_changed, **FACTOR_MAILS}


def from_here(request: HttpRequest, whose: str) -> str:
    """A counter of one account and one network together, for what its owner must never be kept from."""
    return f"{whose} {ratelimit.get_ip(request)}"


class PortalAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "These details do not open an account. Check the DNI, NIE or e-mail and the password. "
            "If you have just registered, follow the link in our mail first."
        ),
        "too_many_login_attempts": _(
            "There were too many attempts. Wait five minutes, or ask for a new password."
        ),
        # G8 of the security goals: said alike to whoever is nobody's account.
        "too_many_in_a_row": _(
            "There were too many attempts in a row. Ask for a new password: with it the account opens again."
        ),
        "enter_current_password": _("This is not your current password."),
        "incorrect_password": _("This is not your password."),
    }

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        super().set_password(user, normalise(password))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        MAILS[template_prefix](User.objects.get(email=email))

    def login(self, request: HttpRequest, user: Any) -> None:
        """The very first one comes from a mail that has just been read: there is nothing to tell."""
        strange = user.last_login is not None and not known.has_come_in(request, user)
        super().login(request, user)
        if strange:
            log_ins.tell_of_new_device(request, user)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        if actions.link_by_mailbox(user):
            messages.success(request, gettext("We have found you in our files. Your policies are here."))
        if factors.offer_once(user):
            request.session[factors.OFFER] = True
        log_ins.note_success(request, user)
        log_ins.tell_of_leak(request, user)
        response = super().post_login(request, user, **kwargs)
        known.remember(request, response, user)
        return response

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """For who has shown a passkey or a code: with a password alone a closed account is like none."""
        words = gettext("This account is closed. Call us on %(phone)s if you think that this is a mistake.")
        messages.error(request, words % {"phone": settings.BRAND.helpline.display})
        return redirect("account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not factors.came_in_lately(context.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The first one is asked for, the others are offered there.

        Of staff who have a factor the password is not enough: with it alone, a factor could be exchanged.
        """
        if not user.is_authenticated:
            return []
        types = factors.types_of(user)
        ways = []
        if user.has_usable_password() and not (user.is_staff and types & {*factors.FACTORS}):
            ways.append(("account_reauthenticate", gettext("Use your password")))
        if factors.Type.WEBAUTHN in types:
            ways.append(("mfa_reauthenticate_webauthn", gettext("Use your passkey")))
        if types & {factors.Type.TOTP, factors.Type.RECOVERY_CODES}:
            ways.append(("mfa_reauthenticate", gettext("Use a code of your app or a recovery code")))
        return [{"id": name, "description": words, "url": reverse(name)} for name, words in ways]

    def forget_failures(self, request: HttpRequest, user: User) -> None:
        """A new password opens the account at once, whoever filled the counter."""
        self._delete_login_attempts_cached_email(request, email=user.email)
        if user.has_usable_password():
            log_ins.note_new_password(request, user)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """One more try, counted for this device alone if its owner has come in on it before."""
        self.knock = knock(credentials.get("email") or credentials.get("username") or "")
        device = known.device(request, self.knock.mark)
        if not device and log_ins.failed_too_often(self.knock.account):
            raise self.validation_error("too_many_in_a_row")
        # While many fail everywhere, a strange device has few tries: over all accounts that it knocks at.
        alarmed = not device and log_ins.is_alarmed()
        alarm = (
            ratelimit.consume(request, app="allauth.account", action="login_failed_alarm")
            if alarmed
            else None
        )
        self._login_failed_rl_usage = None
        if alarm or not alarmed:
            self._login_failed_rl_usage = ratelimit.consume(
                request,
                app="allauth.account",
                action="login_failed_known" if device else "login_failed",
                key=f"{self.knock.account} {device}" if device else self.knock.account,
            )
        if not self._login_failed_rl_usage:
            raise self.validation_error("too_many_login_attempts")
        if alarm:
            # Taken back together, when the password is right.
            self._login_failed_rl_usage.usage.extend(alarm.usage)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        if not request.user.is_authenticated:
            log_ins.note_failure(request, account=self.knock.account, way=LogIn.Way.PASSWORD)

    def count_guess(self, request: HttpRequest, identifier: str) -> None:
        """One more try at a password outside the log-in page; raises ValidationError beyond the limit."""
        self.pre_authenticate(request, email=identifier)

    def take_back_guess(self) -> None:
        self._rollback_login_failed_rl_usage()

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return bucket(credentials.get("email") or credentials.get("username") or "")
