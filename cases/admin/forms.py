"""What the buttons ask for."""

import uuid
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.ages import today_in_madrid

WIDE = {"class": "vTextField"}
LONG = forms.Textarea(attrs={"class": "vLargeTextField", "rows": 8})
LATEST = timedelta(days=180)


class DayField(forms.DateField):
    """A day to come, within half a year."""

    def __init__(self, **kwargs: Any) -> None:
        picker = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "vDateField"})
        super().__init__(widget=picker, **kwargs)

    def validate(self, value: date | None) -> None:
        super().validate(value)
        today = today_in_madrid()
        if value and not today < value <= today + LATEST:
            raise forms.ValidationError(_("Choose a day after today, within half a year."))


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("To"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            is_staff=True, is_active=True
        ).order_by("email")


class MessageForm(forms.Form):
    body = forms.CharField(label=gettext_lazy("Message"), max_length=5000, widget=LONG)
    answer_by = DayField(
        label=gettext_lazy("Answer wanted by"),
        required=False,
        help_text=gettext_lazy("Only if we cannot go on without an answer: our own clock stands until then."),
    )
    # The button pressed twice sends one message.
    sent_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class PaperForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Paper"), max_length=120, widget=forms.TextInput(attrs=WIDE))
    why = forms.CharField(
        label=gettext_lazy("Why we need it"), max_length=300, widget=forms.TextInput(attrs=WIDE)
    )
    example = forms.CharField(
        label=gettext_lazy("Example"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs=WIDE),
    )
    supplied_by = forms.CharField(
        label=gettext_lazy("Who supplies it"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs=WIDE),
    )
    answer_by = DayField(label=gettext_lazy("By"))


class AnswerForm(forms.Form):
    message = forms.CharField(label=gettext_lazy("Answer"), max_length=5000, widget=LONG)


class ConsentForm(forms.Form):
    message = forms.CharField(label=gettext_lazy("Message"), max_length=5000, required=False, widget=LONG)


class RefusalForm(forms.Form):
    code = forms.SlugField(
        label=gettext_lazy("Reason code"),
        max_length=40,
        help_text=gettext_lazy("For our figures: a short word without spaces."),
        widget=forms.TextInput(attrs=WIDE),
    )
    clause = forms.CharField(
        label=gettext_lazy("Clause"),
        max_length=60,
        help_text=gettext_lazy("Of the contract or of the law."),
        widget=forms.TextInput(attrs=WIDE),
    )
    words = forms.CharField(
        label=gettext_lazy("Explanation for the customer"),
        max_length=2000,
        help_text=gettext_lazy("In the customer's language, in plain words."),
        widget=LONG,
    )
