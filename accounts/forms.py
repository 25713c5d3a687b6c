from datetime import date
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import log_ins, passwords
from accounts.fields import (
    BirthDateField,
    CardNumberField,
    DniField,
    EmailField,
    IdentifierField,
    PasswordField,
)
from accounts.models import AccountRequest, User
from accounts.steps import mark_of_password
from core.ages import age, today_in_madrid


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


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = IdentifierField()
        self.fields["password"] = PasswordField(autocomplete="current-password")
        self.order_fields(["login", "password"])

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """A password that was stolen elsewhere still opens, with advice: once the person is in."""
        log_ins.remember_leak(request, self.user, self.cleaned_data["password"])
        return super().login(request, redirect_url=redirect_url)

    def user_credentials(self) -> dict[str, str]:
        # As a username: a DNI is no mailbox to be verified.
        return {"username": self.cleaned_data["login"], "password": self.cleaned_data["password"]}


class ReauthenticateForm(allauth_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = PasswordField(autocomplete="current-password")


class TermsField(forms.BooleanField):
    """LOG-13: without the tick there is no account."""

    def __init__(self) -> None:
        wanted = _("Accept the terms and conditions: without that we cannot register you.")
        super().__init__(error_messages={"required": wanted})


def terms_label() -> str:
    return format_html(
        '{} <a href="{}" target="_blank">{}</a>',
        gettext("I have read and accept the"),
        reverse("legal", args=["terms"]),
        gettext("terms and conditions"),
    )


class SignupForm(NewPasswordMixin, forms.Form):
    email = EmailField(
        help_text=_(
            "Use the e-mail that you gave us for your policy, or that you will give us: with it we find you. "
            "Check that it is spelt right, because we send a link there."
        )
    )
    password1 = PasswordField(autocomplete="new-password")
    terms = TermsField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["terms"].label = terms_label()
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
    """LOG-22: what is asked of customers of a health policy stands there for everybody."""

    identifier = IdentifierField()
    card_number = CardNumberField(
        help_text=_("Only if you have a health policy. It is printed on your card.")
    )
    born_on = BirthDateField(
        required=False, help_text=_("Only if you have a health policy: then we need it to send the mail.")
    )


class AccessForm(forms.Form):
    dni = DniField()
    born_on = BirthDateField()
    card_number = CardNumberField(
        help_text=_(
            "Only if you have a health policy: then we need it. It is printed on your card. Leave it empty "
            "if you have funeral insurance only."
        )
    )


class NewPasswordForm(NewPasswordMixin, forms.Form):
    password1 = PasswordField(autocomplete="new-password", label=_("New password"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.show_rules()

    def clean_password1(self) -> str:
        validate_password(self.cleaned_data["password1"], self.user)
        return self.cleaned_data["password1"]


class OpenAccountForm(NewPasswordForm):
    """The last step of an access by DNI."""

    terms = TermsField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("Password")
        self.fields["terms"].label = terms_label()


class ChangePasswordForm(NewPasswordMixin, allauth_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        self.fields["oldpassword"] = PasswordField(
            autocomplete="current-password", label=_("Current password")
        )
        self.fields["password1"] = PasswordField(autocomplete="new-password", label=_("New password"))
        self.show_rules()

    @property
    def step(self) -> str:
        return mark_of_password(self.user)

    def clean_password1(self) -> str:
        validate_password(self.cleaned_data["password1"], self.user)
        return self.cleaned_data["password1"]


class NewEmailForm(forms.Form):
    email = EmailField(label=_("New e-mail"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        if self.cleaned_data["email"] == self.user.email:
            raise forms.ValidationError(_("You log in with this e-mail already."), code="same")
        return self.cleaned_data["email"]


class CloseForm(forms.Form):
    """Asks again, with the password: what is closed does not come back."""

    password = PasswordField(autocomplete="current-password", label=_("Your password"))
    sure = forms.BooleanField(
        label=_("I want to close my account. My policy stays as it is."),
        error_messages={"required": _("Tick the box if you want to close your account.")},
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        adapter = get_adapter(self.request)
        adapter.count_guess(self.request, self.request.user.email)  # type: ignore[union-attr]
        if not self.request.user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError(_("This is not your password."), code="password")
        adapter.take_back_guess()
        return self.cleaned_data["password"]


class LinkForm(forms.Form):
    dni = DniField()
    born_on = BirthDateField()

    def clean_born_on(self) -> date:
        """LOG-05, decided by what was typed alone: a slip of the pen can be put right, and tells nothing."""
        born_on: date = self.cleaned_data["born_on"]
        if age(born_on, today_in_madrid()) < settings.ADULT_AGE:
            raise forms.ValidationError(
                _(
                    "By this date you are younger than 18, and the customer area is only for people of 18 or "
                    "over. Check the date, above all the year."
                ),
                code="too_young",
            )
        return born_on
