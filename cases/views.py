from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import select_template
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import CustomerRequest, form_page
from cases import actions, copies, drafts, listing, message_drafts, papers, reading
from cases.forms import FilterForm, MessageForm, MoveForm, UploadForm
from cases.lifecycle import MoveNotAllowed, Side
from cases.models import Case, CaseDocument
from core.files import download


def on_its_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Takes a form of the page of a request. Opened itself, after a log-in or by the switch of language where
    that form was refused, it leads to the page."""

    @form_page
    @wraps(view)
    def taken(request: CustomerRequest, reference: str, **named: str) -> HttpResponse:
        if request.method != "POST":
            return redirect(_find(request, reference))
        return view(request, reference, **named)

    return taken


@require_safe
def case_list(request: CustomerRequest) -> HttpResponse:
    offered = listing.offered(request.user)
    form = FilterForm(request.GET, years=offered.years, people=offered.people)
    wanted = form.filter(after=request.GET.get("after", ""))
    kept = request.GET.copy()
    kept.pop("after", None)
    context = {
        "form": form,
        "wanted": wanted,
        "page": listing.list_page(request.user, wanted),
        "kept": kept.urlencode(),
    }
    return render(request, "cases/list.html", context)


@require_safe
def case_detail(request: CustomerRequest, reference: str) -> HttpResponse:
    return _page(request, _find(request, reference))


@on_its_page
def message(request: CustomerRequest, reference: str) -> HttpResponse:
    case = _acting(request, reference)
    if "save" in request.POST:
        return _save(request, reference)
    form = MessageForm(request.POST)
    if not form.is_valid():
        # What was too long is found again on the page of the request, whatever is pressed here.
        message_drafts.keep(request.user, {"reference": reference}, request.POST)
        return _page(request, case, message_form=form)
    try:
        actions.send_message(case, by=request.user, side=Side.CUSTOMER, **form.cleaned_data)
    except MoveNotAllowed:
        form.add_error("body", gettext("This request is closed: your message was not sent. Ask us anew."))
        return _page(request, case, message_form=form)
    messages.success(request, gettext("Your message has been sent."))
    return redirect(case)


def _save(request: CustomerRequest, reference: str) -> HttpResponse:
    message_drafts.keep(request.user, {"reference": reference}, request.POST)
    if request.POST["save"] == drafts.BY_ITSELF:
        return HttpResponse(status=204)
    messages.success(request, gettext("Saved. You find it on this page whenever you want to go on."))
    return redirect("home")


@on_its_page
def mark_read(request: CustomerRequest, reference: str) -> HttpResponse:
    case = _acting(request, reference)
    actions.mark_read(case, by=request.user)
    return redirect(case)


@on_its_page
def upload(request: CustomerRequest, reference: str) -> HttpResponse:
    """Answers with the page, or with words alone to the script that sends file by file."""
    case = _acting(request, reference)
    form = UploadForm(request.POST, request.FILES)
    received = _receive(request, case, form) if form.is_valid() else 0
    if _by_script(request):
        words = [str(error) for errors in form.errors.values() for error in errors]
        return JsonResponse({"received": received, "words": words})
    if received:
        text = ngettext(
            "We have received %(count)s file and are checking it.",
            "We have received %(count)s files and are checking them.",
            received,
        )
        messages.success(request, text % {"count": received})
    if form.errors:
        return _page(request, _find(request, reference), upload_form=form)
    return redirect(case)


def _receive(request: CustomerRequest, case: Case, form: UploadForm) -> int:
    """How many of the files were taken; why the others were not, the form says."""
    wanted = form.cleaned_data["paper"]
    paper = get_object_or_404(case.papers, pk=wanted) if wanted else None
    if paper is not None:
        # There is one such form for each paper: the summary of errors leads to this one.
        form.auto_id = f"id_%s_{paper.pk}"
    if not reading.may_write(case):
        form.add_error("file", _closed())
        return 0
    files = form.cleaned_data["file"]
    if len(files) > papers.FILES_A_FORM:
        form.add_error("file", papers.REASONS["too_many_files"])
        return 0
    received = 0
    for file in files:
        try:
            papers.receive(case, file, by=request.user, paper=paper)
            received += 1
        except papers.UploadRefused as refused:
            form.add_error("file", refused.words if _by_script(request) else _named(file, refused))
        except MoveNotAllowed:
            form.add_error("file", _closed())
            break
    return received


def _closed() -> str:
    return gettext("This request was closed meanwhile: the file was not sent. Ask us anew.")


@on_its_page
def move(request: CustomerRequest, reference: str, move: str) -> HttpResponse:
    case = _acting(request, reference)
    if move not in case.the_kind.moves:
        raise Http404
    form = MoveForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    try:
        actions.go(case, move, by=request.user, note=note)
    except MoveNotAllowed:
        text = gettext("That was not possible: the request has changed since you opened the page.")
        messages.warning(request, text)
    else:
        messages.success(request, gettext("Done. You see below where your request is now."))
    return redirect(case)


@require_safe
def document(request: CustomerRequest, reference: str) -> FileResponse:
    found = get_object_or_404(CaseDocument.objects.visible_to(request.user), reference=reference)
    if found.state != CaseDocument.State.ACCEPTED:
        raise Http404
    return download(found.file, filename=found.name, content_type=found.content_type)


@require_POST
def draft_discard(request: CustomerRequest, kind: str) -> HttpResponse:
    """One form of the place, where it says which; else all that was begun there."""
    form_key, _at, _moment = request.POST.get("draft", "").partition("@")
    key = drafts.form_key(form_key) if "draft" in request.POST else None
    drafts.discard(request.user, kind, place=request.POST.get("place", ""), form_key=key)
    messages.success(request, gettext("The draft has been deleted."))
    return redirect("home")


def _find(request: CustomerRequest, reference: str) -> Case:
    case = reading.found(request.user, reference)
    if case is None:
        raise Http404
    return case


def _acting(request: CustomerRequest, reference: str) -> Case:
    """For whoever may do more than read: the others find nothing to send a form to."""
    case = _find(request, reference)
    if not case.lets_act(request.user):
        raise Http404
    return case


def _page(request: CustomerRequest, case: Case, **forms: Any) -> HttpResponse:
    """The page of a request, with what was typed and why it was not taken."""
    read, copy = reading.read(case, request.user), copies.of(case)
    begun = message_drafts.begun(request.user, case)
    context = {
        "case": case,
        "begun": begun.get("body", ""),
        "begun_from": begun.get("goes_on_from", ""),
        "copy": copy,
        "copy_is_current": copy is not None and copies.is_current(copy, request.user, read.documents),
        "reading": read,
        "of_the_kind": select_template([f"cases/kinds/{case.kind}.html", "cases/kinds/anything.html"]),
        "message_form": MessageForm(initial=begun),
        "upload_form": UploadForm(),
        **forms,
    }
    return render(request, "cases/detail.html", context)


def _by_script(request: CustomerRequest) -> bool:
    """static/js/portal.js sends one file at a time, and says its name itself."""
    return request.headers.get("Accept") == "application/json"


def _named(file: UploadedFile, refused: Any) -> str:
    return f"{file.name}: {refused.words}"
