"""Nobody here reads health data without saying why.

What is clinical is rendered only where `may_read` says yes, and it says yes only after a reason was given:
the audit row and the grant to read are written in one transaction. A grant holds for one session of one
member of staff, for one person and one thing, for `HEALTH_GRANT_SECONDS`.

A page that shows health data asks `may_read(request, subject, what)`; where it says no, it links to
`ask_url(request, subject, what)` and shows nothing. `subject` is a Person, or None where nobody on file is
concerned; `what` is `audit.thing(row)`. A Panel that is `clinical` does all of that by itself.

The row of the reason is the row of the thing itself. What else the reason opens, as a file of a request, gets
a row of its own by `note_opened`, once for each reason, before anything of it leaves.
"""

import time
from dataclasses import dataclass
from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import audit
from core.models import AuditEntry

SESSION_KEY = "health_reasons"
SALT = "core.staff.reasons"
# The page may stand open over lunch before the form is sent.
ASKED_FOR = 4 * 3600


@dataclass(frozen=True)
class Asked:
    """What a link to the page of reasons asks for, on behalf of whom, and where it leads back to."""

    user: int
    subject: int | None
    what: str
    back: str


class WhyForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why do you need to read it?"), widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("In words"),
        required=False,
        max_length=300,
        help_text=_("Needed for another reason. The person reads it: write nothing about anybody's health."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = audit.REASONS.items()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") == audit.OTHER and not cleaned.get("words") and "words" not in self.errors:
            self.add_error("words", _("Say in a few words why."))
        return cleaned


def may_read(request: HttpRequest, subject: Model | None, what: str) -> bool:
    """Whether a reason was given in this session for this person and this thing, and still holds."""
    until = request.session.get(SESSION_KEY, {}).get(_key(subject, what), 0)
    return bool(until > time.time())


def ask_url(request: HttpRequest, subject: Model | None, what: str, *, back: str = "") -> str:
    """The address of the page that asks for the reason, and leads back to this one, or to `back`."""
    asked = [request.user.pk, subject.pk if subject else None, what, back or request.get_full_path()]
    return reverse("admin:reason", args=[signing.dumps(asked, salt=SALT, compress=True)])


def read_link(request: HttpRequest, token: str) -> Asked | None:
    """What that address asks for; None where it is not ours, is old, or was made for a colleague."""
    try:
        asked = Asked(*signing.loads(token, salt=SALT, max_age=ASKED_FOR))
    except signing.BadSignature:
        return None
    return asked if asked.user == request.user.pk else None


def give(request: HttpRequest, asked: Asked, *, reason: str, words: str) -> AuditEntry:
    """The reason goes to the record, and with it the thing is open for a while; or neither happens."""
    session, before = request.session, request.session.get(SESSION_KEY, {})
    try:
        with transaction.atomic():
            subject = person(asked.subject)
            now = time.time()
            live = {key: until for key, until in before.items() if until > now}
            session[SESSION_KEY] = live | {_key(subject, asked.what): now + settings.HEALTH_GRANT_SECONDS}
            session.save()
            return audit.record(
                audit.READ,
                by=request.user,
                subject=subject,
                what=asked.what,
                reason=reason,
                words=words,
                address=address(request),
            )
    except BaseException:
        # The middleware saves the session once more: it must not find there what was taken back.
        session[SESSION_KEY] = before
        raise


def note_opened(request: HttpRequest, subject: Model | None, *, under: str, what: str) -> AuditEntry | None:
    """One more thing that the reason for `under` has opened, with that reason: once for each reason given.

    In the transaction of the caller, to whom `may_read` has said yes for `under`.
    """
    whose = subject.pk if subject else None
    mine = AuditEntry.objects.filter(verb=audit.READ, actor=request.user.pk, subject=whose)
    given = mine.filter(what=under).order_by("-seq").first()
    if given is None:
        raise PermissionDenied
    if mine.filter(what=what, seq__gt=given.seq).exists():
        return None
    return audit.record(
        audit.READ,
        by=request.user,
        subject=subject,
        what=what,
        reason=given.reason,
        words=given.words,
        address=address(request),
    )


def person(pk: int | None) -> Model | None:
    people = AuditEntry._meta.get_field("subject").related_model
    return people._default_manager.filter(pk=pk).first() if pk else None


def address(request: HttpRequest) -> str:
    """The client's address, through the proxies that we trust."""
    return str(get_adapter(request).get_client_ip(request) or "")


def _key(subject: Model | None, what: str) -> str:
    return f"{subject.pk if subject else ''} {what}"
