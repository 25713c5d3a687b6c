"""What the buttons ask for."""

import uuid
from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from cases.canned_texts import CannedText, paper_for, words_for
from cases.models import Case, Paper
from cases.teams import TEAMS
from core.ages import today_in_madrid
from core.day_field import DayField, DayInput
from core.staff import INSERT, AboutForm
from core.templatetags.formats import day, shortdate

WIDE = {"class": "vTextField"}
LONG = forms.Textarea(attrs={"class": "vLargeTextField", "rows": 8})
LATEST = timedelta(days=180)
Words = dict[str, str]


class DayToComeField(DayField):
    """Within half a year."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=DayInput({"class": "vDateField"}), **kwargs)

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


class TeamForm(AboutForm):
    team = forms.ChoiceField(label=gettext_lazy("Team"))
    note = forms.CharField(
        label=gettext_lazy("Note for the colleagues"),
        max_length=2000,
        required=False,
        help_text=gettext_lazy("It stands in the history, for the staff alone: the customer never reads it."),
        widget=LONG,
    )

    def __init__(self, posted: QueryDict | None = None, *, about: Case) -> None:
        super().__init__(posted, about=about)
        others = [(code, label) for code, label in TEAMS.items() if code != about.team]
        self.fields["team"].choices = [("", "---------"), *others]  # type: ignore[attr-defined]


class InsertField(forms.ChoiceField):
    """Has a button of its own beside it: see staff_press.html."""

    inserts = True


class WithCannedText(AboutForm):
    """A choice of the team's ready-made texts: the chosen one is added to what is typed already, in the
    customer's language. Nothing is sent by that."""

    use: ClassVar[CannedText.Use] = CannedText.Use.MESSAGE
    into: ClassVar[str] = "message"

    canned = InsertField(label=gettext_lazy("Ready-made text"), required=False)

    def __init__(self, posted: QueryDict | None = None, *, about: Case) -> None:
        found = ((text, self.filling(text, about)) for text in CannedText.objects.for_case(about, self.use))
        words = {text.key: (text.title, filling) for text, filling in found if filling}
        chosen = words.get(posted.get("canned", "")) if posted and INSERT in posted else None
        if posted and chosen:
            # Not bound: a form that is half filled in is no mistake yet.
            typed = {name: posted.get(name) or "" for name in self.base_fields if name != "canned"}
            offered = [filling for _title, filling in words.values()]
            super().__init__(initial=typed | self.put(typed, chosen[1], offered), about=about)
        else:
            super().__init__(posted, about=about)
        if words:
            none = ("", _("None: write it yourself"))
            self.fields["canned"].choices = [  # type: ignore[attr-defined]
                none, *((key, title) for key, (title, _body) in words.items())
            ]  # fmt: skip
        else:
            del self.fields["canned"]

    def filling(self, text: CannedText, about: Case) -> Words:
        """What it puts into which fields; nothing where it cannot be filled in whole."""
        words = words_for(text, about)
        return {self.into: words} if words else {}

    def put(self, typed: Words, chosen: Words, offered: list[Words]) -> Words:
        """The fields as they stand with the chosen one of those that are offered."""
        parts = (typed[self.into].rstrip(), chosen[self.into])
        return {self.into: "\n\n".join(part for part in parts if part)}

    def clean(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "canned"}


class MessageForm(WithCannedText):
    into = "body"

    body = forms.CharField(label=gettext_lazy("Message"), max_length=5000, widget=LONG)
    answer_by = DayToComeField(
        label=gettext_lazy("Answer wanted by"),
        required=False,
        help_text=gettext_lazy("Only if we cannot go on without an answer: our own clock stands until then."),
    )
    # The button pressed twice sends one message.
    sent_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, posted: QueryDict | None = None, *, about: Case) -> None:
        super().__init__(posted, about=about)
        if about.is_answered_by_mail:
            del self.fields["answer_by"]


class PaperForm(WithCannedText):
    """A ready-made paper fills all its fields but the day."""

    use = CannedText.Use.PAPER
    into = "why"

    name = forms.CharField(label=gettext_lazy("Paper"), max_length=120, widget=forms.TextInput(attrs=WIDE))
    why = forms.CharField(
        label=gettext_lazy("Why we need it"), max_length=300, widget=forms.TextInput(attrs=WIDE)
    )
    example = forms.CharField(
        label=gettext_lazy("Example"), max_length=300, widget=forms.TextInput(attrs=WIDE)
    )
    supplied_by = forms.CharField(
        label=gettext_lazy("Who supplies it"), max_length=120, widget=forms.TextInput(attrs=WIDE)
    )
    answer_by = DayToComeField(label=gettext_lazy("By"))

    def filling(self, text: CannedText, about: Case) -> Words:
        return paper_for(text, about)

    def put(self, typed: Words, chosen: Words, offered: list[Words]) -> Words:
        """What was typed by hand stays; what another text had put in goes with it."""
        put_in = {(name, words) for filling in offered for name, words in filling.items()}
        mine = {name: words for name, words in typed.items() if words and (name, words) not in put_in}
        return dict.fromkeys(("name", "why", "example", "supplied_by"), "") | chosen | mine


class PaperChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({shortdate(day(obj.asked_at))})"


class WaiveForm(AboutForm):
    paper = PaperChoice(
        Paper.objects.none(), label=gettext_lazy("Paper"), widget=forms.RadioSelect, empty_label=None
    )

    def __init__(self, posted: QueryDict | None = None, *, about: Case) -> None:
        super().__init__(posted, about=about)
        self.fields["paper"].queryset = about.papers.missing()  # type: ignore[attr-defined]


class AnswerForm(WithCannedText):
    message = forms.CharField(label=gettext_lazy("Answer"), max_length=5000, widget=LONG)


class ConsentForm(WithCannedText):
    message = forms.CharField(label=gettext_lazy("Message"), max_length=5000, required=False, widget=LONG)


class LookAgainForm(WithCannedText):
    into = "words"

    words = forms.CharField(
        label=gettext_lazy("Why we look at it again"),
        max_length=2000,
        help_text=gettext_lazy("In the customer's language, in plain words."),
        widget=LONG,
    )


class RefusalForm(WithCannedText):
    use = CannedText.Use.REFUSAL
    into = "words"

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
