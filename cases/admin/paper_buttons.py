"""Buttons for the files of a request: one that nobody can use, one of ours, one that came by post."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import papers
from cases.admin.forms import LONG, WIDE, DayToComeField, PaperChoice
from cases.lifecycle import Ball, MoveNotAllowed, Side
from cases.models import Case, CaseDocument, CaseDocumentQuerySet, Paper
from core import uploads
from core.staff import AboutForm, Button
from core.templatetags.formats import day, shortdate

REFUSALS = (MoveNotAllowed, papers.UploadRefused)


def usable(case: Case) -> CaseDocumentQuerySet:
    """What the customer has sent and nobody has refused yet."""
    accepted = CaseDocument.objects.filter(case=case, state=CaseDocument.State.ACCEPTED)
    return accepted.exclude(origin=CaseDocument.Origin.OURS).select_related("paper")


class DocumentChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        paper = f"{obj.paper}: " if obj.paper else ""
        return f"{paper}{obj.name} ({shortdate(day(obj.sent_at))})"


class RefuseForm(AboutForm):
    document = DocumentChoice(
        CaseDocument.objects.none(), label=gettext_lazy("File"), widget=forms.RadioSelect, empty_label=None
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("What the customer reads"), choices=papers.BY_EYE.items(), widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=gettext_lazy("In your words"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("In the customer's language. Needed where no other sentence says why."),
        widget=forms.TextInput(attrs=WIDE),
    )
    answer_by = DayToComeField(label=gettext_lazy("By"))

    def __init__(self, *args: Any, about: Case, **kwargs: Any) -> None:
        super().__init__(*args, about=about, **kwargs)
        self.fields["document"].queryset = usable(about)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("reason") == papers.ANOTHER_REASON and not typed.get("words"):
            self.add_error("words", _("Say in a few words what is wrong with the file, and what to send."))
        return typed


class CleanFileField(forms.FileField):
    """What can be told at once of a file is told beside its field: what was typed stays."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=gettext_lazy("Photo or PDF"),
            help_text=lazy(papers.one_file, str)(),
            widget=forms.FileInput(attrs={"accept": lazy(uploads.accepted, str)()}),
            **kwargs,
        )

    def clean(self, data: Any, initial: Any = None) -> UploadedFile:
        file: UploadedFile = super().clean(data, initial)
        try:
            uploads.look_at(file.name or "", file.size or 0, file.read(1024))
        except uploads.FileRefused as refused:
            raise forms.ValidationError(papers.REASONS[refused.code]) from refused
        return file


class SendFileForm(AboutForm):
    file = CleanFileField()
    words = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=5000,
        help_text=gettext_lazy("What the file is and what it is for, in the customer's language."),
        widget=LONG,
    )


class ByPostForm(AboutForm):
    file = CleanFileField()
    paper = PaperChoice(
        Paper.objects.none(),
        label=gettext_lazy("Paper"),
        required=False,
        # Or Django leaves the first choice out.
        blank=True,
        widget=forms.RadioSelect,
        empty_label=gettext_lazy("None that we have asked for"),
    )

    def __init__(self, *args: Any, about: Case, **kwargs: Any) -> None:
        super().__init__(*args, about=about, **kwargs)
        self.fields["paper"].queryset = about.papers.missing()  # type: ignore[attr-defined]


def _refuse(case: Case, *, by: Any, document: CaseDocument, **typed: Any) -> None:
    papers.refuse(document, by=by, **typed)


def _send(case: Case, *, by: Any, file: UploadedFile, words: str) -> None:
    papers.send(case, file, by=by, words=words)


def _put_in(case: Case, *, by: Any, file: UploadedFile, paper: Paper | None) -> None:
    papers.put_in(case, file, by=by, paper=paper)


def _is_read(case: Case) -> bool:
    return case.is_open and not case.is_answered_by_mail


def _may_be_refused(case: Case) -> bool:
    asked = case.state.ball is Ball.CUSTOMER or case.can("ask", Side.STAFF)
    return _is_read(case) and asked and usable(case).exists()


PAPER_BUTTONS = [
    Button(
        name="refuse_file",
        label=gettext_lazy("A file cannot be used"),
        consequence=gettext_lazy(
            "The customer reads which file it is, why and what to do, and is asked by mail to log in and "
            "send it again. Our own clock stands until it comes. You can still open the file."
        ),
        press=_refuse,
        offered=_may_be_refused,
        refusals=REFUSALS,
        form=RefuseForm,
        clinical=True,
    ),
    Button(
        name="send_file",
        label=gettext_lazy("Send a file"),
        consequence=gettext_lazy(
            "We check the file first. When it is clean, the customer gets a mail that says that there is a "
            "message, and finds message and file after logging in. If it cannot be taken, the table of "
            "documents says why."
        ),
        press=_send,
        offered=_is_read,
        refusals=REFUSALS,
        form=SendFileForm,
    ),
    Button(
        name="by_post",
        label=gettext_lazy("Put in what came by post"),
        consequence=gettext_lazy(
            "It counts as if the customer had sent it: when it is clean, the paper is there, and the "
            "customer is told by mail that there is news."
        ),
        press=_put_in,
        offered=_is_read,
        refusals=REFUSALS,
        form=ByPostForm,
        clinical=True,
    ),
]
