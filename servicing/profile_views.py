"""LOG-17: the profile, asked at the first log-in and open to change at any time."""

from dataclasses import asdict

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import Person
from accounts.requests import CustomerRequest, form_page
from cases import drafts
from servicing import kept as keeping
from servicing import profile_actions as actions
from servicing.kinds import CONTACT_DATA
from servicing.profile_forms import ProfileForm


@form_page
@never_cache
def profile(request: CustomerRequest) -> HttpResponse:
    person = request.user.person_on_file
    if person is None:
        return redirect("account_link")
    pending = actions.pending_change(request.user)
    if pending is not None:
        return redirect(pending)
    if "save" in request.POST:
        return _keep(request)
    known = actions.profile_of(request.user)
    begun = drafts.load(request.user, CONTACT_DATA.code)
    given = {"language": request.user.language, "reply_channel": known.reply_channel}
    initial = asdict(actions.on_file(person)) | given | begun
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=initial)
    if not form.is_valid():
        may_put_off = known.put_off_at is None and known.completed_at is None
        context = {"form": form, "may_put_off": may_put_off, "kept": bool(begun) and not form.is_bound}
        return render(request, "servicing/profile.html", context)
    if form.contact_data.phone != person.phone or form.contact_data.second_phone:
        return _save_surely(request, form, person)
    return _save(request, form, person)


@require_POST
def put_off(request: CustomerRequest) -> HttpResponse:
    actions.put_off_profile(request.user)
    return redirect("home")


def _keep(request: CustomerRequest) -> HttpResponse:
    keeping.contact_data(request.user, {}, request.POST)
    if request.POST["save"] == drafts.BY_ITSELF:
        return HttpResponse(status=204)
    messages.success(request, gettext("Saved. You find it on this page whenever you want to go on."))
    return redirect("home")


@reauthentication_required
def _save_surely(request: CustomerRequest, form: ProfileForm, person: Person) -> HttpResponse:
    """A phone is where we call to make sure who somebody is: it takes the password."""
    return _save(request, form, person)


def _save(request: CustomerRequest, form: ProfileForm, person: Person) -> HttpResponse:
    given = {name: form.cleaned_data[name] for name in ("language", "reply_channel", "sent_key")}
    case = actions.complete_profile(by=request.user, person=person, data=form.contact_data, **given)
    drafts.discard(request.user, CONTACT_DATA.code)
    with translation.override(given["language"]):
        messages.success(request, gettext("Thank you. Your details are complete."))
    return redirect(case or "home")
