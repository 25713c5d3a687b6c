"""allauth's forms in our words. A code is good for once, for as long as a clock that is off may show it."""

from typing import Any

from allauth.core import context
from allauth.mfa import app_settings
from allauth.mfa.base import forms as base
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal import auth
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from accounts import log_ins
from accounts.buckets import bucket_of
from core.secrets import Unreadable, seal, unseal

NAME_LENGTH = 40


class CodeField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
        kwargs.setdefault("label", _("Code"))
        super().__init__(max_length=20, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> str:
        """Apps and papers show codes with blanks or dashes between."""
        return "".join(c for c in super().clean(value) if c.isdecimal())


class OneUseMixin:
    """allauth remembers a used code for one step of the clock; the tolerance lets it in for longer."""

    user: Any
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if cache.get(self._mark(code)):
            check_rate_limit(self.user)
            raise _wrong_code()
        try:
            code = super().clean_code()  # type: ignore[misc]
        except forms.ValidationError as error:
            raise (_wrong_code() if error.code == "incorrect_code" else error) from None
        steps = 2 * app_settings.TOTP_TOLERANCE + 1
        # Two requests with the same code: one of them was second.
        if not cache.add(self._mark(code), 1, timeout=steps * app_settings.TOTP_PERIOD):
            raise _wrong_code()
        return code

    def _mark(self, code: str) -> str:
        return f"accounts.mfa.used:{self.user.pk}:{code}"


class AuthenticateForm(OneUseMixin, base.AuthenticateForm):
    """The second step of a log-in."""

    code = CodeField(help_text=_("Six digits of your app, or one of your recovery codes."))

    def clean_code(self) -> str:
        try:
            return super().clean_code()
        except forms.ValidationError as error:
            if error.code == "incorrect_code":
                account = bucket_of(self.user)
                log_ins.note_failure(context.request, account=account, way=log_ins.Way.SECOND)
            raise


class ReauthenticateForm(OneUseMixin, base.ReauthenticateForm):
    code = CodeField(help_text=_("Six digits of your app, or one of your recovery codes."))


class ActivateForm(OneUseMixin, totp.ActivateTOTPForm):
    secret: str
    code = CodeField(label=_("The six digits that the app shows now"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """allauth keeps the new key in the session as it is, and sessions lie in the database."""
        super().__init__(*args, **kwargs)
        purpose = f"session.{auth.SECRET_SESSION_KEY}:{self.user.pk}"
        if self.is_bound:
            try:
                self.secret = unseal(self.secret, purpose=purpose)
            except Unreadable:
                # There was none any more: whoever sends now is shown another one.
                self.secret = auth.get_totp_secret(regenerate=True)
        context.request.session[auth.SECRET_SESSION_KEY] = seal(self.secret, purpose=purpose)


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    """Each of ours also logs in: there is nothing to choose."""

    passwordless = None
    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=NAME_LENGTH,
        help_text=_("So that you know it again: for example, the device where it is kept."),
    )


class RenamePasskeyForm(webauthn.EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)


def _wrong_code() -> forms.ValidationError:
    return forms.ValidationError(
        _("This code is not right, or has been used already. Wait for the next one and type it."),
        code="incorrect_code",
    )
