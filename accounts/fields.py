"""The fields that forms about accounts share: what people type of themselves, in one way each."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import checks, passwords
from accounts.backend import canonical
from core.ages import today_in_madrid
from core.day_field import DayField, DayInput
from core.identity import IdentityError, normalise_identifier, parse_dni


class PasswordField(forms.CharField):
    """Never stripped, never echoed, one form for a character typed in two ways."""

    def __init__(self, *, autocomplete: str, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Password"))
        # data-show and data-hide: the words of the button that static/js/portal.js puts beside it.
        words = {"data-show": _("Show"), "data-hide": _("Hide")}
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete, **words})
        super().__init__(strip=False, widget=widget, max_length=1000, **kwargs)

    def to_python(self, value: Any) -> Any:
        return passwords.normalise(super().to_python(value) or "")


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


class DniField(forms.CharField):
    """A DNI or NIE in any spelling; what is wrong with it is said, because that tells nothing of the file."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("DNI or NIE"))
        attrs = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        super().__init__(max_length=40, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> str:
        try:
            return parse_dni(super().clean(value))
        except IdentityError as error:
            raise forms.ValidationError(_dni_problem(error), code=error.code) from None


class BirthDateField(DayField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Date of birth"))
        super().__init__(widget=DayInput({"autocomplete": "bday"}), **kwargs)

    def clean(self, value: Any) -> date | None:
        born_on: date | None = super().clean(value)
        if born_on is not None and not date(1900, 1, 1) <= born_on <= today_in_madrid():
            raise forms.ValidationError(_("Write a date of birth that is not in the future."), code="date")
        return born_on


class CardNumberField(forms.CharField):
    """Asked of everybody alike, so that the page tells nobody who is insured for health."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        super().__init__(
            label=_("Number of your health card"),
            required=False,
            max_length=40,
            widget=forms.TextInput(attrs=attrs),
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        return checks.compact(super().clean(value))


def _dni_problem(error: IdentityError) -> str:
    if error.code == "letter":
        return gettext("The letter does not belong to this number. Check the number and the letter.")
    return gettext("Write the DNI or NIE with its number and its letter, for example 12345678Z.")
