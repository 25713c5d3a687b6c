"""Questions: the form, what was typed once more to check, and the case that comes of it."""

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import CustomerRequest
from cases import drafts
from core.ages import today_in_madrid
from core.limits import seconds_to_wait
from servicing import actions
from servicing.enquiries import answer_by, begin, topics
from servicing.forms import AskForm, PublicAskForm
from servicing.kinds import ENQUIRY

# Each question is work for a person and a mail to an address that nobody has checked.
RATE = {"ask": "10/h/ip,3/h/key"}
# In the session: reference and topic of what a stranger has just sent.
SENT = "asked_by_stranger"

form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
@never_cache
def ask(request: CustomerRequest) -> HttpResponse:
    if request.method != "POST":
        kept = drafts.load(request.user, ENQUIRY.code)
        asked = {name: request.GET.get(name, "") for name in ("topic", "about")}
        form = AskForm(initial=begin(request.user, kept, **asked))
        return _form(request, form, kept=bool(kept))
    form = AskForm(request.POST)
    if "save" in request.POST:
        return _save(request, form)
    if "change" in request.POST:
        form = AskForm(initial=form.typed)
    if not form.is_valid():
        return _form(request, form)
    if "send" not in request.POST:
        drafts.save(request.user, ENQUIRY.code, form.typed)
        return _check(request, form)
    case = actions.ask(by=request.user, language=request.user.language, **form.cleaned_data)
    messages.success(request, gettext("We have received your question."))
    return redirect(case)


@login_not_required
@form_page
@never_cache
def ask_public(request: HttpRequest) -> HttpResponse:
    """For anybody; answered by mail."""
    if request.user.is_authenticated:
        return redirect("servicing:ask")
    initial = {"topic": request.GET.get("topic", "")}
    form = PublicAskForm(request.POST if request.method == "POST" else None, initial=initial)
    if "change" in request.POST:
        form = PublicAskForm(initial=form.typed)
    if not form.is_valid():
        return _form(request, form)
    if "send" not in request.POST:
        return _check(request, form)
    if form.filled_by_a_program:
        return redirect("servicing:asked")
    asked = form.cleaned_data
    mailbox = asked["email"].lower()
    if not ratelimit.consume(request, app="portal", action="ask", key=mailbox, config=RATE):
        form.add_error(None, gettext("Too many questions came from here in the last hour. Please call us."))
        response = _form(request, form, status=429)
        wait = seconds_to_wait(request, app="portal", config=RATE, actions=RATE, key=mailbox)
        response["Retry-After"] = str(wait or 1)
        return response
    case = actions.ask(
        by=None,
        language=get_language() or settings.LANGUAGE_CODE,
        **{name: asked[name] for name in ("topic", "question", "sent_key", "name", "email")},
    )
    request.session[SENT] = [case.reference, case.topic]
    return redirect("servicing:asked")


@login_not_required
@require_safe
@never_cache
def asked(request: HttpRequest) -> HttpResponse:
    reference, topic = request.session.get(SENT, ["", ""])
    context = {"reference": reference, "answer_by": answer_by(today_in_madrid(), topic)}
    return render(request, "servicing/asked.html", context)


def _save(request: CustomerRequest, form: AskForm) -> HttpResponse:
    drafts.save(request.user, ENQUIRY.code, form.typed)
    if request.POST["save"] == drafts.BY_ITSELF:
        return HttpResponse(status=204)
    messages.success(request, gettext("Saved. You find it on this page whenever you want to go on."))
    return redirect("home")


def _check(request: HttpRequest, form: AskForm) -> HttpResponse:
    context = {"form": form, "answer_by": answer_by(today_in_madrid(), form.cleaned_data["topic"])}
    return render(request, "servicing/ask_check.html", context)


def _form(request: HttpRequest, form: AskForm, *, kept: bool = False, status: int = 200) -> HttpResponse:
    context = {"form": form, "topics": topics(today_in_madrid()), "kept": kept}
    return render(request, "servicing/ask.html", context, status=status)
