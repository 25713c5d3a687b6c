"""LOG-17: the profile, asked at the first log-in and open to change at any time."""

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import Person
from accounts.requests import CustomerRequest, form_page
from cases import drafts
from cases.models import Case
from core.ages import today_in_madrid
from servicing import kept as keeping
from servicing import profile_actions as actions
from servicing.contact_data import changes, changes_a_phone, typed_mark
from servicing.kinds import CONTACT_DATA
from servicing.profile_forms import ProfileForm


def of_person(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view who the account belongs to. While nobody knows, there is nothing on file."""

    @form_page
    @never_cache
    @wraps(view)
    def found(request: CustomerRequest, **named: Any) -> HttpResponse:
        person = request.user.person_on_file
        return redirect("account_link") if person is None else view(request, person, **named)

    return found


@of_person
def profile(request: CustomerRequest, person: Person) -> HttpResponse:
    if request.POST.get("save") == drafts.BY_ITSELF:
        keeping.contact_data(request.user, {}, request.POST)
        return HttpResponse(status=204)
    pending = actions.pending_change(request.user)
    if pending is not None:
        return _waits(request, pending)
    if "save" in request.POST:
        return _keep(request)
    return _take(request, person) if request.method == "POST" else _begin(request, person)


def _take(request: CustomerRequest, person: Person) -> HttpResponse:
    form = ProfileForm(request.POST)
    if not form.is_valid():
        again = keeping.refused_at(request.path, request.POST)
        if again is not None:
            keeping.contact_data(request.user, {}, request.POST)
        return again or _form(request, form)
    sent_key = form.cleaned_data["sent_key"]
    if not changes(actions.on_file(person), form.contact_data):
        # Language and channel are theirs alone to choose: there is nothing to check.
        return _send(request, form, person, sent_key=sent_key)
    typed = request.POST.copy()
    typed["sent_key"] = str(sent_key)
    keeping.contact_data(request.user, {}, typed)
    return redirect(_address_to_check(form, sent_key))


@of_person
def profile_check(request: CustomerRequest, person: Person, sent_key: UUID, seen: str) -> HttpResponse:
    pending = actions.pending_change(request.user)
    if pending is not None:
        # This one (a second click, the back button), or another before which it has to wait.
        return redirect(pending) if _was_seen(request, pending, seen) else _waits(request, pending)
    form = ProfileForm(drafts.load(request.user, CONTACT_DATA.code, form_key=str(sent_key)))
    on_file = actions.on_file(person)
    asked = changes(on_file, form.contact_data) if form.is_valid() else []
    if not asked:
        # Sent already and over, or another log-in; or the insurer has put the same on file meanwhile.
        sent = Case.objects.visible_to(request.user).filter(
            asked_by=request.user, kind=CONTACT_DATA.code, sent_key=sent_key
        )
        over = sent.first()
        if over is not None:
            again = gettext("This change is over. To ask for it once more, open the form and send it again.")
            messages.info(request, again)
        return redirect(over or "servicing:profile")
    if seen != form.mark:
        # Typed anew meanwhile, in another tab or on another device: what counts is what is on the screen.
        messages.info(request, gettext("Please check once more: this is what you typed last."))
        return redirect(_address_to_check(form, sent_key))
    surely = changes_a_phone(on_file, form.contact_data)
    if request.method == "POST":
        return (_send_surely if surely else _send)(request, form, person, sent_key=sent_key)
    context = {
        "changes": asked,
        "others": _others(request, form),
        "answer_by": actions.answered_by(today_in_madrid()),
        "asks_password": surely,
    }
    return render(request, "servicing/profile_check.html", context)


def _chosen(request: CustomerRequest) -> dict[str, str]:
    """What is theirs alone to choose, as it holds now."""
    known = actions.profile_of(request.user)
    return {"language": request.user.language, "reply_channel": known.reply_channel}


@require_POST
def put_off(request: CustomerRequest) -> HttpResponse:
    actions.put_off_profile(request.user)
    return redirect("home")


def _begin(request: CustomerRequest, person: Person) -> HttpResponse:
    refused = keeping.refused_key(request)
    begun = drafts.load(request.user, CONTACT_DATA.code, form_key=refused or None)
    if refused and begun:
        return _form(request, ProfileForm(begun))
    form = ProfileForm(initial=asdict(actions.on_file(person)) | _chosen(request) | begun)
    return _form(request, form, kept=bool(begun))


def _form(request: CustomerRequest, form: ProfileForm, *, kept: bool = False) -> HttpResponse:
    known = actions.profile_of(request.user)
    may_put_off = known.put_off_at is None and known.completed_at is None
    context = {"form": form, "may_put_off": may_put_off, "kept": kept}
    return render(request, "servicing/profile.html", context)


def _keep(request: CustomerRequest) -> HttpResponse:
    keeping.contact_data(request.user, {}, request.POST)
    messages.success(request, gettext("Saved. You find it on this page whenever you want to go on."))
    return redirect("home")


def _waits(request: CustomerRequest, pending: Case) -> HttpResponse:
    text = gettext(
        "We are still looking at this change of your contact data, and take no second one until it is done. "
        "Is something in it wrong? Write to us on this page, or take the request back here and begin again."
    )
    messages.info(request, text)
    return redirect(pending)


def _was_seen(request: CustomerRequest, pending: Case, seen: str) -> bool:
    return seen == typed_mark(pending.contact_data_change.data, _chosen(request))


def _others(request: CustomerRequest, form: ProfileForm) -> list[tuple[Any, str]]:
    """What holds at once, where it is another."""
    until_now = _chosen(request)
    return [
        (form.fields[name].label, dict(form.fields[name].choices)[form.cleaned_data[name]])  # type: ignore[attr-defined]
        for name, before in until_now.items()
        if form.cleaned_data[name] != before
    ]


@reauthentication_required
def _send_surely(
    request: CustomerRequest, form: ProfileForm, person: Person, *, sent_key: UUID
) -> HttpResponse:
    """A phone is where we call to make sure who somebody is: it takes the password."""
    return _send(request, form, person, sent_key=sent_key)


def _send(request: CustomerRequest, form: ProfileForm, person: Person, *, sent_key: UUID) -> HttpResponse:
    given = {name: form.cleaned_data[name] for name in ("language", "reply_channel")}
    try:
        case = actions.complete_profile(
            by=request.user, person=person, data=form.contact_data, sent_key=sent_key, **given
        )
    except actions.ChangeWaits:
        return redirect("servicing:profile")
    drafts.discard(request.user, CONTACT_DATA.code)
    with translation.override(given["language"]):
        if case is None:
            text = gettext("Thank you. Your details are complete.")
        else:
            text = gettext("Thank you. We have received the change.")
        messages.success(request, text)
    return redirect(case or "home")


def _address_to_check(form: ProfileForm, sent_key: UUID) -> str:
    return reverse("servicing:profile_check", args=[sent_key, form.mark])
