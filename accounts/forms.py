from datetime import date
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import passwords
from accounts.backend import canonical
from accounts.models import AccountRequest, User
from core.ages import today_in_madrid
from core.identity import IdentityError, normalise_identifier, parse_dni


class PasswordField(forms.CharField):
    """Never stripped, never echoed, one form for a character typed in two ways."""

    def __init__(self, *, autocomplete: str, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Password"))
        # data-show and data-hide: the words of the button that static/js/password.js puts beside it.
        words = {"data-show": _("Show"), "data-hide": _("Hide")}
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete, **words})
        super().__init__(strip=False, widget=widget, max_length=1000, **kwargs)

    def to_python(self, value: Any) -> Any:
        return passwords.normalise(super().to_python(value) or "")


class NewPasswordMixin:
    """The rules stand before the field; each unmet one is an error of its own (PWD-7)."""

    fields: dict[str, forms.Field]

    def show_rules(self) -> None:
        self.fields["password1"].help_text = render_to_string(
            "account/password_rules.html",
            {
                "rules": passwords.rules(settings.PASSWORD_REPEAT),
                "repeat": settings.PASSWORD_REPEAT,
                "field": "id_password1",
            },
        )


class EmailField(forms.EmailField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("E-mail"))
        kwargs.setdefault("max_length", 254)
        attrs = {"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(widget=forms.EmailInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> str:
        return super().clean(normalise_identifier(value))


class IdentifierField(forms.CharField):
    """LOG-03: one field for DNI, NIE or e-mail, as people write them."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(
            label=_("DNI, NIE or e-mail"), max_length=254, widget=forms.TextInput(attrs=attrs), **kwargs
        )

    def clean(self, value: Any) -> str:
        return canonical(super().clean(value))


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = IdentifierField()
        self.fields["password"] = PasswordField(autocomplete="current-password")
        self.order_fields(["login", "password"])

    def user_credentials(self) -> dict[str, str]:
        # As a username: a DNI is no mailbox to be verified.
        return {"username": self.cleaned_data["login"], "password": self.cleaned_data["password"]}


class ReauthenticateForm(allauth_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = PasswordField(autocomplete="current-password")


class SignupForm(NewPasswordMixin, forms.Form):
    email = EmailField(
        help_text=_(
            "Use the e-mail that you gave us for your policy, or that you will give us: with it we find you. "
            "Check that it is spelt right, because we send a link there."
        )
    )
    password1 = PasswordField(autocomplete="new-password")
    terms = forms.BooleanField(
        error_messages={
            "required": _("Accept the terms and conditions: without that we cannot register you.")
        }
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["terms"].label = format_html(
            '{} <a href="{}" target="_blank">{}</a>',
            gettext("I have read and accept the"),
            reverse("legal", args=["terms"]),
            gettext("terms and conditions"),
        )
        # A field that people do not see and programs fill in.
        self.fields[settings.ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD] = forms.CharField(
            required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"})
        )
        self.show_rules()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("password1"):
            try:
                validate_password(
                    self.cleaned_data["password1"], User(email=self.cleaned_data.get("email", ""))
                )
            except forms.ValidationError as error:
                self.add_error("password1", error)
        return cleaned

    @property
    def filled_by_a_program(self) -> bool:
        return bool(self.cleaned_data[settings.ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD])


class ResendForm(forms.Form):
    email = EmailField()


class ConfirmForm(forms.Form):
    """A button in the browser that registered; elsewhere the password that was chosen there.

    So a stranger who registers with somebody else's address cannot have its owner confirm it for them.
    """

    def __init__(
        self,
        *args: Any,
        registration: AccountRequest,
        same_browser: bool,
        request: HttpRequest,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.registration, self.request = registration, request
        if not same_browser:
            self.fields["password"] = PasswordField(autocomplete="current-password")

    def clean_password(self) -> str:
        adapter = get_adapter(self.request)
        adapter.count_guess(self.request, self.registration.identifier)
        if not check_password(self.cleaned_data["password"], self.registration.password):
            raise forms.ValidationError(
                _("This is not the password of the registration. If you did not register, close this page."),
                code="password",
            )
        adapter.take_back_guess()
        return self.cleaned_data["password"]


class ResetForm(forms.Form):
    identifier = IdentifierField()


class NewPasswordForm(NewPasswordMixin, forms.Form):
    password1 = PasswordField(autocomplete="new-password", label=_("New password"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.show_rules()

    def clean_password1(self) -> str:
        validate_password(self.cleaned_data["password1"], self.user)
        return self.cleaned_data["password1"]


class ChangePasswordForm(NewPasswordMixin, allauth_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        self.fields["oldpassword"] = PasswordField(
            autocomplete="current-password", label=_("Current password")
        )
        self.fields["password1"] = PasswordField(autocomplete="new-password", label=_("New password"))
        self.show_rules()

    def clean_password1(self) -> str:
        validate_password(self.cleaned_data["password1"], self.user)
        return self.cleaned_data["password1"]


class LinkForm(forms.Form):
    dni = forms.CharField(
        label=_("DNI or NIE"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    born_on = forms.DateField(
        label=_("Date of birth"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def clean_dni(self) -> str:
        try:
            return parse_dni(self.cleaned_data["dni"])
        except IdentityError as error:
            raise forms.ValidationError(_dni_problem(error), code=error.code) from None

    def clean_born_on(self) -> date:
        born_on = self.cleaned_data["born_on"]
        if not date(1900, 1, 1) <= born_on <= today_in_madrid():
            raise forms.ValidationError(_("Write a date of birth that is not in the future."), code="date")
        return born_on


def _dni_problem(error: IdentityError) -> str:
    if error.code == "letter":
        return gettext("The letter does not belong to this number. Check the number and the letter.")
    return gettext("Write the DNI or NIE with its number and its letter, for example 12345678Z.")
