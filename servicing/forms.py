from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.fields import EmailField
from cases.forms import GoesOn
from servicing.enquiries import TOPIC_CHOICES


class AskForm(GoesOn):
    topic = forms.ChoiceField(
        label=_("What is it about?"),
        choices=TOPIC_CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it is about, so that the right person answers.")},
    )
    question = forms.CharField(
        label=_("Your question"),
        help_text=_("In your own words. Say dates and sums if you know them."),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": _("Write your question.")},
    )

    @property
    def typed(self) -> dict[str, str]:
        """What stands in the fields now, right or wrong: what a draft keeps."""
        return {name: self.data.get(name, "") for name in self.fields if name != "goes_on_from"}

    @property
    def topic_label(self) -> Any:
        return dict(TOPIC_CHOICES).get(self.data.get("topic", ""), "")


class PublicAskForm(AskForm):
    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Write your name, so that we know how to address you.")},
    )
    email = EmailField(help_text=_("The answer goes there: check that it is spelt right."))

    field_order = ("topic", "question", "name", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A field that people do not see and programs fill in.
        self.fields[settings.ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD] = forms.CharField(
            required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"})
        )

    @property
    def filled_by_a_program(self) -> bool:
        return bool(self.data.get(settings.ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD))
