"""Questions: the form, what was typed once more to check, and the case that comes of it."""

from datetime import date
from uuid import UUID

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import CustomerRequest
from cases import drafts
from cases.models import Case
from core.ages import today_in_madrid
from core.limits import seconds_to_wait
from servicing import actions, strangers
from servicing import kept as keeping
from servicing.enquiries import answer_by, begin, topics
from servicing.forms import AskForm, PublicAskForm
from servicing.kinds import ENQUIRY

# Each question is work for a person and a mail to an address that nobody has checked.
RATE = {"ask": "10/h/ip,3/h/key"}
form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
@never_cache
def ask(request: CustomerRequest) -> HttpResponse:
    if request.method != "POST":
        return _begin(request)
    form = AskForm(request.POST)
    if "save" in request.POST:
        return _save(request)
    if not form.is_valid():
        keeping.enquiry(request.user, {}, request.POST)
        topic = request.POST.get("topic", "")
        return keeping.refused_at(request.path, request.POST, topic=topic) or _form(request, form)
    asked = form.cleaned_data
    if "send" not in request.POST:
        keeping.enquiry(request.user, {}, _with_key(request, asked["sent_key"]))
        return redirect("servicing:ask_check", sent_key=asked["sent_key"])
    given = {name: asked[name] for name in ("topic", "question", "sent_key")}
    case = actions.ask(by=request.user, language=request.user.language, **given)
    messages.success(request, gettext("We have received your question."))
    return redirect(case)


@require_safe
@never_cache
def ask_check(request: CustomerRequest, sent_key: UUID) -> HttpResponse:
    """A page of its own, that can be opened again: the back button finds no form that was sent already."""
    typed = drafts.load(request.user, ENQUIRY.code, form_key=str(sent_key))
    form = AskForm(typed | {"sent_key": str(sent_key)})
    if form.is_valid():
        return _check(request, form)
    sent = Case.objects.visible_to(request.user).filter(
        asked_by=request.user, kind=ENQUIRY.code, sent_key=sent_key
    )
    return redirect(sent.first() or "servicing:ask")


@login_not_required
@form_page
@never_cache
def ask_public(request: HttpRequest) -> HttpResponse:
    """For anybody; answered by mail."""
    if request.user.is_authenticated:
        if request.method == "POST":
            # Logged in meanwhile in another tab.
            keeping.enquiry(request.user, {}, request.POST)
        return redirect("servicing:ask")
    if request.method != "POST":
        return _begin_as_stranger(request)
    form = PublicAskForm(request.POST)
    if "save" in request.POST:
        strangers.keep(request, form.typed)
        return HttpResponse(status=204)
    if not form.is_valid():
        strangers.keep(request, form.typed)
        # What is too long for their session, or has no question yet, stands on this page alone.
        kept = form.typed == strangers.kept(request)
        return keeping.refused_at(request.path, form.typed if kept else {}) or _form(request, form)
    if "send" not in request.POST:
        key = str(form.cleaned_data["sent_key"])
        strangers.keep(request, form.typed | {"sent_key": key})
        return redirect("servicing:ask_public_check", sent_key=key)
    return _ask_by_mail(request, form)


def _begin_as_stranger(request: HttpRequest) -> HttpResponse:
    kept, refused = strangers.kept(request), keeping.refused_key(request)
    if refused and kept.get("sent_key") == refused:
        return _form(request, PublicAskForm(kept))
    initial = {"topic": request.GET.get("topic", "")} | kept | {"sent_key": ""}
    return _form(request, PublicAskForm(initial=initial), kept=bool(kept))


def _ask_by_mail(request: HttpRequest, form: PublicAskForm) -> HttpResponse:
    asked = form.cleaned_data
    by = answer_by(today_in_madrid(), asked["topic"]).isoformat()
    key = str(asked["sent_key"])
    if form.filled_by_a_program:
        strangers.sent(request, sent_key=key, reference="", answer_by=by)
        return redirect("servicing:asked")
    mailbox = asked["email"].lower()
    given = {name: asked[name] for name in ("topic", "question", "sent_key", "name", "email")}
    # The same form once more, because the answer was lost, is no further question: it is never one too many.
    case = actions.asked_before(**given)
    if case is None:
        if not ratelimit.consume(request, app="portal", action="ask", key=mailbox, config=RATE):
            return _too_many(request, form, mailbox)
        case = actions.ask(by=None, language=get_language() or settings.LANGUAGE_CODE, **given)
    by = answer_by(today_in_madrid(case.opened_at), case.topic).isoformat()
    strangers.sent(request, sent_key=key, reference=case.reference, answer_by=by)
    return redirect("servicing:asked")


def _too_many(request: HttpRequest, form: PublicAskForm, mailbox: str) -> HttpResponse:
    form.add_error(None, gettext("Too many questions came from here in the last hour. Please call us."))
    response = _form(request, form, status=429)
    wait = seconds_to_wait(request, app="portal", config=RATE, actions=RATE, key=mailbox)
    response["Retry-After"] = str(wait or 1)
    return response


@login_not_required
@require_safe
@never_cache
def ask_public_check(request: HttpRequest, sent_key: UUID) -> HttpResponse:
    form = PublicAskForm(strangers.kept(request, str(sent_key)))
    if form.is_valid():
        return _check(request, form)
    sent = strangers.asked(request).get("sent_key") == str(sent_key)
    return redirect("servicing:asked" if sent else "servicing:ask_public")


@login_not_required
@require_safe
@never_cache
def asked(request: HttpRequest) -> HttpResponse:
    sent = strangers.asked(request)
    if not sent:
        return redirect("servicing:ask_public")
    context = {"reference": sent["reference"], "answer_by": date.fromisoformat(sent["answer_by"])}
    return render(request, "servicing/asked.html", context)


def _begin(request: CustomerRequest) -> HttpResponse:
    refused = keeping.refused_key(request)
    if refused and not _was_sent(request, refused):
        kept = drafts.load(request.user, ENQUIRY.code, form_key=refused)
        # Without a question nothing was kept: what it was about stands in the address.
        return _form(request, AskForm({"topic": request.GET.get("topic", "")} | kept | {"sent_key": refused}))
    key = drafts.form_key(request.GET.get("draft", ""))
    kept = drafts.go_on(request.user, ENQUIRY.code, form_key=key or None)
    given = {name: request.GET.get(name, "") for name in ("topic", "about")}
    form = AskForm(initial=begin(request.user, kept, **given))
    return _form(request, form, kept=bool(kept))


def _was_sent(request: CustomerRequest, sent_key: str) -> bool:
    sent = Case.objects.visible_to(request.user).filter(asked_by=request.user, sent_key=sent_key)
    return sent.exists()


def _save(request: CustomerRequest) -> HttpResponse:
    keeping.enquiry(request.user, {}, request.POST)
    if request.POST["save"] == drafts.BY_ITSELF:
        return HttpResponse(status=204)
    messages.success(request, gettext("Saved. You find it on this page whenever you want to go on."))
    return redirect("home")


def _with_key(request: HttpRequest, sent_key: UUID) -> QueryDict:
    """What was typed, also by a browser that has lost the key of the form."""
    typed = request.POST.copy()
    typed["sent_key"] = str(sent_key)
    return typed


def _check(request: HttpRequest, form: AskForm) -> HttpResponse:
    context = {"form": form, "answer_by": answer_by(today_in_madrid(), form.cleaned_data["topic"])}
    return render(request, "servicing/ask_check.html", context)


def _form(request: HttpRequest, form: AskForm, *, kept: bool = False, status: int = 200) -> HttpResponse:
    context = {"form": form, "topics": topics(today_in_madrid()), "kept": kept}
    return render(request, "servicing/ask.html", context, status=status)
