from datetime import date
from typing import TYPE_CHECKING, Any, cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.ages import today_in_madrid
from core.day_field import DayField
from core.prepared import Prepared, Slot
from policies.access import ANY_READER, of_reader
from policies.certificates import Refusal, Trip, ground_of, refusals, travellers
from policies.conditions import edition_of
from policies.models import Certificate, InsuredPerson

if TYPE_CHECKING:
    from policies.models.policy import Actor


_TODAY: Any = Slot("today")
_TRAVELLERS = Prepared(lambda: travellers(ANY_READER, today=_TODAY).order_by("policy_id", "id"))


class InsuredChoice(forms.ChoiceField):
    """One of the people who may travel; cleaned, it is their row."""

    default_error_messages = {
        "invalid_choice": forms.ModelChoiceField.default_error_messages["invalid_choice"],
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.people: dict[str, InsuredPerson] = {}

    def offer(self, people: list[InsuredPerson]) -> None:
        self.people = {insured.reference: insured for insured in people}
        self.choices = [(insured.reference, self._label(insured)) for insured in people]

    def _label(self, insured: InsuredPerson) -> str:
        """A person in two policies is two choices: the name of the product and the number tell them apart."""
        policy = insured.policy
        # A hyphen that does not break: on a telephone the number would stand on two lines.
        number = policy.number.replace("-", "\N{NON-BREAKING HYPHEN}")
        return f"{insured.person.full_name} · {edition_of(policy.edition_id).product} ({number})"

    def clean(self, value: Any) -> InsuredPerson:
        return self.people[super().clean(value)]


class CertificateForm(forms.Form):
    insured = InsuredChoice(label=_("Who travels"), widget=forms.RadioSelect)
    starts_on = DayField(label=_("First day of the trip"))
    ends_on = DayField(label=_("Last day of the trip"), help_text=_("The day of coming home."))
    destination = forms.ChoiceField(
        label=_("Where to"), choices=Certificate.Destination, widget=forms.RadioSelect
    )
    country = forms.CharField(
        label=_("Country or countries"),
        help_text=_("As they should stand on the paper, for example: France and Italy."),
        max_length=100,
    )
    language = forms.ChoiceField(
        label=_("Language of the certificate"),
        help_text=_("English is understood by most authorities abroad."),
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, user: "Actor", today: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today or today_in_madrid()
        self.user = user
        people = _TRAVELLERS.run(of_reader(user), today=self.today)
        cast(InsuredChoice, self.fields["insured"]).offer(people)
        cast(forms.ChoiceField, self.fields["language"]).choices = settings.LANGUAGES
        self.fields["language"].initial = get_language()
        if len(people) == 1:
            self.fields["insured"].initial = people[0].reference
        self.fields["ends_on"].widget.attrs["min"] = self.today.isoformat()

    @property
    def trip_helper(self) -> FormHelper:
        """All but who travels: the template keeps what it draws, the same for everybody on one day."""
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.layout = Layout(*(name for name in self.fields if name != "insured"))
        helper.add_input(Submit("ask", _("Ask for the certificate")))
        return helper

    def clean_country(self) -> str:
        return " ".join(self.cleaned_data["country"].split())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and cleaned.get("insured"):
            ground = ground_of(cleaned["insured"], by=self.user)
            self.add_refusals(refusals(Trip(starts_on, ends_on), ground, today=self.today))
        return cleaned

    def add_refusals(self, reasons: list[Refusal]) -> None:
        for reason in reasons:
            self.add_error(reason.field, forms.ValidationError(reason.text, code=reason.code))
