"""How somebody wants to be reached: asked at the first log-in, changed whenever they like."""

from dataclasses import asdict
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Case as DbCase
from django.db.models import OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.actions import change_language
from accounts.models import Person, User
from cases.actions import open_case
from cases.clocks import calendar
from cases.models import Case
from cases.sent_once import key_of_other_words
from core.deadlines import add_term
from core.legal_terms import term
from servicing import emails
from servicing.contact_data import ContactData, changes
from servicing.kinds import CONTACT_DATA
from servicing.models import ContactDataChange, Profile


class ChangeWaits(Exception):  # noqa: N818
    """A change is on its way already, with other data: there is no second one until that is over."""


def on_file(person: Person) -> ContactData:
    return ContactData(person.phone, "", person.address, person.postcode, person.town)


def pending_change(user: User) -> Case | None:
    """The change that the insurer has not made yet."""
    rows = Case.objects.visible_to(user).open().filter(asked_by=user, kind=CONTACT_DATA.code)
    return rows.select_related("contact_data_change").first()


def answered_by(on: date) -> date:
    """The last day for the answer to a change that is asked on `on`."""
    return add_term(on, term(CONTACT_DATA.answer_term, on=on), calendar())


def profile_of(user: User) -> Profile:
    return Profile.objects.filter(user=user).first() or Profile(user=user)


# Comes with the user (accounts.backend.ALONGSIDE).
REMINDER = Coalesce(
    Subquery(
        Profile.objects.filter(user=OuterRef("pk"))
        .annotate(word=DbCase(When(completed_at=None, then=Value("remind")), default=Value("")))
        .values("word")
    ),
    Value("ask"),
)


def reminder(user: User) -> str:
    """What the first page says of the profile: "ask", "remind" or nothing."""
    word: str | None = getattr(user, "profile_reminder", None)
    return User.objects.filter(pk=user.pk).values_list(REMINDER, flat=True)[0] if word is None else word


@transaction.atomic
def complete_profile(
    *, by: User, person: Person, data: ContactData, language: str, reply_channel: str, sent_key: UUID
) -> Case | None:
    """Language and channel hold at once; what is on file becomes a request, if it is to be another.

    The same form sent twice with the same data is one request. While one is open there is no second: raises
    ChangeWaits for other data, and then nothing is written.
    """
    # One at a time: two tabs do not send two requests.
    User.objects.select_for_update().get(pk=by.pk)
    before, words = on_file(person), asdict(data)
    asked = bool(changes(before, data))
    waiting = pending_change(by) if asked else None
    if waiting is not None:
        if ContactDataChange.objects.filter(case=waiting, **words).exists():
            return waiting
        raise ChangeWaits
    if language != by.language:
        change_language(by, language=language)
    Profile.objects.update_or_create(
        user=by, defaults={"reply_channel": reply_channel, "completed_at": timezone.now()}
    )
    if not asked:
        return None
    case, opened = open_case(kind=CONTACT_DATA, by=by, language=by.language, sent_key=sent_key)
    if not opened and not ContactDataChange.objects.filter(case=case, **words).exists():
        # The back button has shown the form of a change that is over: other data are another change.
        other = key_of_other_words(sent_key, *words.values())
        case, opened = open_case(kind=CONTACT_DATA, by=by, language=by.language, sent_key=other)
    if opened:
        ContactDataChange.objects.create(case=case, replaces=asdict(before), **words)
        emails.contact_data_asked(case)
    return case


def put_off_profile(user: User) -> None:
    """Once: from then on the first page only reminds."""
    Profile.objects.get_or_create(user=user, defaults={"put_off_at": timezone.now()})
