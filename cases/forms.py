import uuid
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from cases import papers
from cases.lifecycle import kinds
from cases.listing import Filter
from core import uploads

STATES = [("", _("Open and closed")), ("open", _("Open")), ("closed", _("Closed"))]


class FilterForm(forms.Form):
    """Reads an address: what it does not know is left out, never an error page."""

    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    person = forms.ChoiceField(label=_("Person"), required=False)
    year = forms.TypedChoiceField(label=_("Year"), coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, years: list[int], people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if people:
            self.fields["person"].choices = [("", _("Everybody")), *people]  # type: ignore[attr-defined]
        else:
            del self.fields["person"]
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            ("", _("All kinds")),
            *((kind.code, kind.label) for kind in kinds()),
        ]
        self.fields["year"].choices = [("", _("All years")), *((year, year) for year in years)]  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select"

    def filter(self, after: str) -> Filter:
        self.is_valid()
        known = self.cleaned_data
        return Filter(
            state=known.get("state", ""),
            kind=known.get("kind", ""),
            year=known.get("year"),
            person=known.get("person", ""),
            after=after,
        )


class SentOnce(forms.Form):
    """A form with a key of its own: sent twice, by a double click or the back button, it counts once."""

    sent_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["sent_key"] = self.initial.get("sent_key") or uuid.uuid4()

    def clean_sent_key(self) -> uuid.UUID:
        return self.cleaned_data["sent_key"] or uuid.uuid4()


class GoesOn(SentOnce):
    """One that may begin with a draft, whose mark it carries: see cases.drafts.go_on."""

    goes_on_from = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)


class MessageForm(GoesOn):
    body = forms.CharField(
        label=_("Your message"),
        help_text=_("Whoever works on this request reads it."),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write your message before you send it.")},
    )


class MoveForm(forms.Form):
    note = forms.CharField(max_length=2000, required=False)


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several in one go; without script the browser's own box does the same."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files or [None]]


class UploadForm(forms.Form):
    file = FilesField(
        label=_("Photo or PDF"),
        help_text=lazy(papers.many_files, str)(),
        error_messages={
            "required": _("Choose a file before you send it."),
            "empty": _("The file is empty. Choose another one."),
        },
        widget=ManyFiles(attrs={"accept": lazy(uploads.accepted, str)()}),
    )
    paper = forms.IntegerField(widget=forms.HiddenInput, required=False)

    # For static/js/portal.js: what is too large need not travel to be refused.
    most_bytes = uploads.MAX_BYTES
    too_large = papers.REASONS["too_large"]
