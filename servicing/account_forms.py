from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.identity import IdentityError, normalise_identifier, parse_iban
from servicing.bank_account import IBAN_WORDS, SPANISH_LENGTH


class BankAccountForm(forms.Form):
    iban = forms.CharField(
        label=_("IBAN of the new account"),
        help_text=_("Spaces may stay. It may be an account in any country of the SEPA area."),
        max_length=80,
        error_messages={"required": IBAN_WORDS["empty"]},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    account_owner = forms.CharField(
        label=_("Owner of the account"),
        help_text=_("Name and surnames, as the bank has them."),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    owner_agrees = forms.BooleanField(
        label=_(
            "The owner of this account agrees that the premiums of this policy are charged to it, until "
            "I say otherwise."
        ),
        error_messages={
            "required": _("We can charge the account only if its owner agrees. Tick the box if that is so.")
        },
    )
    sent_key = forms.UUIDField(widget=forms.HiddenInput)
    replaces = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, iban_until_now: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.iban_until_now = iban_until_now

    @property
    def typed(self) -> dict[str, str]:
        """What stands in the fields now, right or wrong: what a draft keeps."""
        return {name: self.data.get(name, "") for name in self.fields}

    def clean_iban(self) -> str:
        typed = self.cleaned_data["iban"]
        try:
            iban = parse_iban(typed)
        except IdentityError as error:
            length = len(normalise_identifier(typed).removeprefix("IBAN"))
            # A digit too few is the commonest mistake; the check digits would not fit either.
            missing = error.code == "check" and typed.strip()[:2].upper() == "ES" and length != SPANISH_LENGTH
            code = "length" if missing else error.code
            raise forms.ValidationError(IBAN_WORDS[code], code=code, params={"length": length}) from None
        if iban == self.iban_until_now:
            raise forms.ValidationError(IBAN_WORDS["same"], code="same")
        return iban

    def clean_account_owner(self) -> str:
        return " ".join(self.cleaned_data["account_owner"].split())
