from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.ages import today_in_madrid
from policies.certificates import Refusal, Trip, ground_of, refusals, travellers
from policies.conditions import edition_of
from policies.models import Certificate, InsuredPerson

if TYPE_CHECKING:
    from policies.models.policy import Actor


class ReadOnce(forms.models.ModelChoiceIterator):
    """Django asks the database again each time that a widget goes through its choices."""

    def __iter__(self) -> Iterator[Any]:
        return map(self.choice, self.queryset)


class InsuredChoice(forms.ModelChoiceField):
    iterator = ReadOnce

    def label_from_instance(self, insured: InsuredPerson) -> str:
        """A person in two policies is two choices: the name of the product and the number tell them apart."""
        policy = insured.policy
        return f"{insured.person.full_name} · {edition_of(policy.edition_id).product} ({policy.number})"


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        # The browser's own calendar wants the day as ISO text, whatever the language of the page.
        super().__init__(format="%Y-%m-%d")


# The day first, also in English: nobody here means the month.
DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]


def _part(*names: str) -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*names)
    return helper


class CertificateForm(forms.Form):
    insured = InsuredChoice(
        label=_("Who travels"),
        queryset=InsuredPerson.objects.none(),
        to_field_name="reference",
        widget=forms.RadioSelect,
        empty_label=None,
    )
    starts_on = forms.DateField(label=_("First day of the trip"), input_formats=DAY_FORMATS, widget=DayInput)
    ends_on = forms.DateField(
        label=_("Last day of the trip"),
        help_text=_("The day of coming home."),
        input_formats=DAY_FORMATS,
        widget=DayInput,
    )
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
        insured = cast(InsuredChoice, self.fields["insured"])
        insured.queryset = travellers(user, today=self.today).order_by("policy_id", "id")
        people = insured.queryset
        cast(forms.ChoiceField, self.fields["language"]).choices = settings.LANGUAGES
        self.fields["language"].initial = get_language()
        if len(people) == 1:
            self.fields["insured"].initial = people[0].reference
        self.fields["ends_on"].widget.attrs["min"] = self.today.isoformat()
        # The tag of the form is the template's: it keeps the drawn trip, the same for everybody on one day.
        self.who_helper = _part("insured")
        self.trip_helper = _part(*(name for name in self.fields if name != "insured"))
        self.trip_helper.add_input(Submit("ask", _("Ask for the certificate")))

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
