"""What somebody has begun to write and not sent yet: for 30 days, on any of their devices.

An app says once where the form of its kind stands (`register_form`), for the home page to lead back to it,
which of its fields the database must not tell, and what becomes of a form that arrives after its log-in has
run out.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.last_words import register_keeper
from cases.lifecycle import Text, kind_of
from cases.models import Case, Draft
from core.prepared import AnyOf, Prepared, Slot
from core.resealing import Place, sealed_anew
from core.secrets import Unreadable, seal, unseal

if TYPE_CHECKING:
    from accounts.models import User

LIFE = timedelta(days=30)
# A form is a few fields; what is longer than any field of ours is no draft of one.
LONGEST_FIELD = 20_000
# What static/js/portal.js says, which wants no page in return.
BY_ITSELF = "by-itself"
# Open at once in one place, in as many tabs.
MOST_FORMS = 5


# (who, where, key of the form, what stands in it) -> whether it is of what this form has sent.
WasSent = Callable[["User", str, uuid.UUID, Mapping[str, str]], bool]
# Of these places, those whose form is still there for this person.
Still = Callable[["User", set[str]], set[str]]


@dataclass(frozen=True)
class Form:
    url_name: str
    sealed: frozenset[str]
    label: Text
    was_sent: WasSent
    still: Still | None


@dataclass(frozen=True)
class Begun:
    """A draft as the home page shows it; without an address it can only be deleted."""

    kind: str
    place: str
    form_key: str
    label: Text
    title: str
    url: str
    saved_at: datetime
    dies_at: datetime


_FORMS: dict[str, Form] = {}

_BEGUN = Prepared(
    lambda: Draft.objects.filter(
        AnyOf("kind", Slot("kinds")), user=Slot("user"), saved_at__gt=Slot("since")
    ).values_list("kind", "place", "form_key", "title", "saved_at")
)


def register_form(
    kind: str,
    url_name: str,
    *,
    keep: Callable[["User", Mapping[str, Any], QueryDict], None],
    sealed: frozenset[str] = frozenset(),
    label: Text = "",
    posts_to: str = "",
    was_sent: WasSent | None = None,
    still: Still | None = None,
) -> None:
    """`keep` saves what was typed as the draft that the page at `url_name` shows; 404 where there is none.

    What is no request of its own says how it is called (`label`), which address takes it, where that is not
    the page itself, and whether a form of a place was sent already. What stands in several places says in
    which of them it is `still` to be found: a policy ends, a request is no longer anybody's to read.
    """
    _FORMS[kind] = Form(url_name, sealed, label, was_sent or _opened_a_case, still)

    def keeper(user: "User", arguments: Mapping[str, Any], typed: QueryDict) -> str:
        # Sent already by another tab: nothing of it is begun.
        said = {name: str(value) for name, value in typed.items()}
        if _was_sent(user, kind, arguments.get("reference", ""), said.get("sent_key", ""), said):
            return ""
        keep(user, arguments, typed)
        return reverse(url_name, kwargs=dict(arguments))

    register_keeper(posts_to or url_name, keeper)


def save(
    user: "User",
    kind: str,
    data: Mapping[str, str],
    *,
    place: str = "",
    title: str = "",
    form_key: str = "",
    goes_on_from: str = "",
) -> Draft | None:
    """The latest words win. None: this form was sent already, and nothing is kept of it.

    `goes_on_from` is the mark of the draft with which the form began (`go_on`): that one has become this one.
    """
    if form_key and _was_sent(user, kind, place, form_key, data):
        return None
    with transaction.atomic():
        take_over(user, kind, goes_on_from, place=place)
        draft, _made = Draft.objects.get_or_create(user=user, kind=kind, place=place, form_key=form_key)
        draft.data = {name: _kept(draft, name, _short(value)) for name, value in data.items()}
        draft.title, draft.saved_at = title, timezone.now()
        draft.save(update_fields=["data", "title", "saved_at"])
        forms = Draft.objects.filter(user=user, kind=kind, place=place).order_by("-saved_at")
        Draft.objects.filter(pk__in=forms.values_list("pk", flat=True)[MOST_FORMS:]).delete()
    return draft


def load(user: "User", kind: str, *, place: str = "", form_key: str | None = None) -> dict[str, str]:
    """What was saved last, or of one form; {} if there is nothing, or if it is too old although the sweep has
    not come by yet."""
    draft = _latest(user, kind, place, form_key)
    if draft is None:
        return {}
    data = _words(draft)
    # Saved by a tab that stayed open after another one had sent: a new form, or its words would be lost.
    if _was_sent(user, kind, place, data.get("sent_key", ""), data):
        del data["sent_key"]
    return data


def go_on(user: "User", kind: str, *, place: str = "", form_key: str | None = None) -> dict[str, str]:
    """As `load`, for another form to begin with. It has a key of its own: the tab with the first may still be
    open, and both may be sent. `goes_on_from` says from what it goes on."""
    draft = _latest(user, kind, place, form_key)
    if draft is None:
        return {}
    data = _words(draft)
    data.pop("sent_key", None)
    return data | {"goes_on_from": f"{draft.form_key}@{draft.saved_at.isoformat()}"}


def take_over(user: "User", kind: str, goes_on_from: str, *, place: str = "") -> None:
    """The draft of this mark is another form's now, unless somebody has written in it since."""
    key, _at, moment = goes_on_from.partition("@")
    try:
        saved_at = parse_datetime(moment)
    except ValueError:
        return
    if saved_at is not None and timezone.is_aware(saved_at):
        rows = Draft.objects.filter(user=user, kind=kind, place=place, form_key=form_key(key))
        rows.filter(saved_at=saved_at).delete()


def discard(user: "User", kind: str, *, place: str = "", form_key: str | None = None) -> None:
    rows = Draft.objects.filter(user=user, kind=kind, place=place)
    (rows if form_key is None else rows.filter(form_key=form_key)).delete()


def begun(user: "User") -> list[Begun]:
    """The latest of each place, newest first."""
    rows = _BEGUN.run(user=user.pk, kinds=list(_FORMS), since=timezone.now() - LIFE)
    latest: dict[tuple[str, str], tuple[str, str, datetime]] = {}
    for kind, place, key, title, saved_at in rows:
        latest.setdefault((kind, place), (key, title, saved_at))
    there = _still_there(user, latest.keys())
    return [
        Begun(
            kind,
            place,
            key,
            _FORMS[kind].label or kind_of(kind).label,
            title,
            reverse(_FORMS[kind].url_name, args=[place] if place else []) if (kind, place) in there else "",
            saved_at,
            saved_at + LIFE,
        )
        for (kind, place), (key, title, saved_at) in latest.items()
    ]


def _still_there(user: "User", begun: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    places: dict[str, set[str]] = {}
    for kind, place in begun:
        places.setdefault(kind, set()).add(place)
    there = set()
    for kind, wanted in places.items():
        still = _FORMS[kind].still
        there |= {(kind, place) for place in (still(user, wanted) if still else wanted)}
    return there


@transaction.atomic
def forget_old() -> int:
    """Drafts of which nobody has written for 30 days. Returns how many."""
    return Draft.objects.filter(saved_at__lte=timezone.now() - LIFE).delete()[0]


def reseal(draft: Draft) -> bool:
    """After a change of keys. Raises Unreadable."""
    anew = {
        name: sealed_anew(value, purpose=_purpose(draft, name))
        for name, value in draft.data.items()
        if _is_sealed(draft, name)
    }
    changed = any(draft.data[name] != value for name, value in anew.items())
    draft.data |= anew
    return changed


SEALED_FIELDS = Place(
    "fields of drafts", lambda: Draft.objects.filter(kind__in=_sealing_kinds()), "data", reseal
)


def form_key(sent_key: str) -> str:
    """As a key, whatever the browser sent."""
    try:
        return str(uuid.UUID(sent_key))
    except ValueError:
        return ""


def _latest(user: "User", kind: str, place: str, form_key: str | None) -> Draft | None:
    rows = Draft.objects.filter(user=user, kind=kind, place=place, saved_at__gt=timezone.now() - LIFE)
    return (rows if form_key is None else rows.filter(form_key=form_key)).first()


def _words(draft: Draft) -> dict[str, str]:
    return {name: _read(draft, name, value) for name, value in draft.data.items()}


def _short(value: str) -> str:
    # The database takes no zero character.
    return str(value)[:LONGEST_FIELD].replace("\0", "")


def _was_sent(user: "User", kind: str, place: str, sent_key: str, typed: Mapping[str, str]) -> bool:
    key, form = form_key(sent_key), _FORMS.get(kind)
    was_sent = form.was_sent if form else _opened_a_case
    return bool(key) and was_sent(user, place, uuid.UUID(key), typed)


def _opened_a_case(user: "User", place: str, key: uuid.UUID, typed: Mapping[str, str]) -> bool:
    return Case.objects.filter(asked_by=user, sent_key=key).exists()


def _kept(draft: Draft, name: str, value: str) -> str:
    return seal(value, purpose=_purpose(draft, name)) if _is_sealed(draft, name) else value


def _read(draft: Draft, name: str, value: str) -> str:
    if not _is_sealed(draft, name):
        return value
    try:
        return unseal(value, purpose=_purpose(draft, name))
    except Unreadable:
        # Of a key that was given up: this field is typed again.
        return ""


def _is_sealed(draft: Draft, name: str) -> bool:
    form = _FORMS.get(draft.kind)
    return form is not None and name in form.sealed


def _sealing_kinds() -> list[str]:
    return [kind for kind, form in _FORMS.items() if form.sealed]


def _purpose(draft: Draft, name: str) -> str:
    return f"cases_draft.{name}:{draft.pk}"
