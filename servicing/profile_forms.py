import re
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cases.forms import SentOnce
from servicing.contact_data import ContactData, typed_mark
from servicing.models import Profile

PHONE = re.compile(r"\+?[0-9]{9,15}")


class PhoneField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        attrs = {"type": "tel", "autocomplete": "tel", "inputmode": "tel"}
        super().__init__(max_length=40, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> str:
        typed = re.sub(r"[\s().\-/]", "", super().clean(value))
        if typed and not PHONE.fullmatch(typed):
            raise forms.ValidationError(
                _("Write the number with all its digits, for example 600 123 456 or +34 600 123 456."),
                code="phone",
            )
        return typed


class ProfileForm(SentOnce):
    phone = PhoneField(label=_("Phone"), help_text=_("The one on which we reach you best."))
    second_phone = PhoneField(label=_("Second phone"), required=False)
    address = forms.CharField(
        label=_("Address"),
        help_text=_("Street, number, floor and door."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    postcode = forms.CharField(
        label=_("Postcode"), max_length=10, widget=forms.TextInput(attrs={"autocomplete": "postal-code"})
    )
    town = forms.CharField(
        label=_("Town"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "address-level2"})
    )
    language = forms.ChoiceField(label=_("Language in which we write to you"), choices=settings.LANGUAGES)
    reply_channel = forms.ChoiceField(
        label=_("How do you want our answers?"),
        choices=Profile.ReplyChannel.choices,
        widget=forms.RadioSelect,
    )

    @property
    def typed(self) -> dict[str, str]:
        """What stands in the fields now, right or wrong: what a draft keeps."""
        return {name: self.data.get(name, "") for name in self.fields}

    @property
    def contact_data(self) -> ContactData:
        names = ContactData.__dataclass_fields__
        return ContactData(**{name: " ".join(self.cleaned_data[name].split()) for name in names})

    @property
    def mark(self) -> str:
        """Of all that was typed."""
        others = {name: self.cleaned_data[name] for name in ("language", "reply_channel")}
        return typed_mark(self.contact_data, others)
