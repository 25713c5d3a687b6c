"""Who may act in a request, and not only read it: whom it is about, a child's parents, else whoever asked."""

import logging
import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.actions import close_account
from accounts.backend import OneHashBackend
from accounts.models import Person
from cases import actions, copies, listing, papers, reading, tasks
from cases.lifecycle import Side
from cases.listing import Filter
from cases.models import Case, CaseDocument
from core.models import OutgoingEmail
from policies.access import Level
from policies.models import Grant
from tests.cases.kinds import make_case
from tests.people import Cast, make_user

pytestmark = pytest.mark.django_db

WITH_ACCOUNT = ("ana", "bruno", "diego", "elena", "felix", "hugo")


@pytest.fixture(autouse=True)
def diegos_account(cast: Cast) -> None:
    """He is 16 and has one of his own."""
    cast.diego.user = make_user("diego@example.org", language="ca")
    Person.objects.filter(pk=cast.diego.person.pk).update(user=cast.diego.user, linked_at=timezone.now())  # type: ignore[union-attr]
    cast.diego.user.refresh_from_db()


def about(cast: Cast, by: str, whom: str | None) -> Case:
    insured = cast.insured(getattr(cast, whom), cast.health) if whom else None
    return make_case(getattr(cast, by).user, about=insured, policy=cast.health)


def who_may(cast: Cast, case: Case) -> tuple[set[str], set[str]]:
    """Who reads it, and who acts in it."""
    users = {name: getattr(cast, name).user for name in WITH_ACCOUNT}
    reads = {name for name, user in users.items() if Case.objects.visible_to(user).filter(pk=case.pk)}
    acts = {name for name, user in users.items() if Case.objects.acting_for(user).filter(pk=case.pk)}
    assert acts == {name for name, user in users.items() if case.lets_act(user)}
    return reads, acts


@pytest.mark.parametrize(
    ("by", "whom", "reads", "acts"),
    [
        ("ana", None, {"ana"}, {"ana"}),
        ("ana", "ana", {"ana"}, {"ana"}),
        # Of an adult: that adult alone, whoever asked.
        ("ana", "bruno", {"bruno"}, {"bruno"}),
        # Of a child of 9: the other parent too.
        ("ana", "carla", {"ana", "bruno"}, {"ana", "bruno"}),
        # Of one of 16: he himself, and no parent.
        ("bruno", "diego", {"diego"}, {"diego"}),
        ("diego", "diego", {"diego"}, {"diego"}),
        # The holder of the policy neither reads nor acts by holding it.
        ("bruno", "bruno", {"bruno"}, {"bruno"}),
    ],
)
def test_the_family(cast: Cast, by: str, whom: str | None, reads: set[str], acts: set[str]) -> None:
    assert who_may(cast, about(cast, by, whom)) == (reads, acts)


def test_a_grant_lets_read_and_not_act(cast: Cast) -> None:
    for receiver in (cast.ana, cast.elena):
        Grant.objects.create(giver=cast.bruno.person, receiver=receiver.person, level=Level.CLINICAL)
    assert who_may(cast, about(cast, "bruno", "bruno")) == ({"ana", "bruno", "elena"}, {"bruno"})


def test_by_grant_who_asked_reads_on(cast: Cast) -> None:
    case = about(cast, "ana", "diego")
    assert who_may(cast, case) == ({"diego"}, {"diego"})
    Grant.objects.create(giver=cast.diego.person, receiver=cast.ana.person, level=Level.AMOUNTS)
    assert who_may(cast, case) == ({"diego"}, {"diego"})
    Grant.objects.create(giver=cast.diego.person, receiver=cast.bruno.person, level=Level.CLINICAL)
    assert who_may(cast, case) == ({"bruno", "diego"}, {"diego"})


# Diego is 16 on 23 November 2026, which begins at 23:00 of the 22nd in London.
BIRTHDAY = date(2010, 11, 23)
MOMENTS = [
    ("2026-11-21T12:00+01:00", {"ana", "bruno"}),
    ("2026-11-22T22:59:59+00:00", {"ana", "bruno"}),
    ("2026-11-22T23:00:00+00:00", set()),
    ("2026-11-23T12:00+01:00", set()),
    ("2028-11-23T12:00+01:00", set()),
]


@pytest.mark.parametrize(("moment", "parents"), MOMENTS)
def test_until_the_day_of_the_sixteenth_birthday(cast: Cast, moment: str, parents: set[str]) -> None:
    Person.objects.filter(pk=cast.diego.person.pk).update(born_on=BIRTHDAY)  # type: ignore[union-attr]
    with time_machine.travel("2026-11-20T12:00+01:00", tick=False) as now:
        case, nobody_s = about(cast, "ana", "diego"), about(cast, "ana", None)
        now.move_to(datetime.fromisoformat(moment))
        assert who_may(cast, case) == (parents | {"diego"},) * 2
        assert who_may(cast, nobody_s) == ({"ana"}, {"ana"})


def readers(cast: Cast, case: Case) -> dict[str, tuple[bool, bool, int]]:
    """By what the pages ask: is it listed and has a page, does it wait, and the number in the menu."""
    found = {}
    for name in ("ana", "bruno", "diego"):
        user = OneHashBackend().get_user(getattr(cast, name).user.pk)
        assert user is not None
        listed = case in listing.list_page(user, Filter()).cases
        page = reading.found(user, case.reference)
        assert listed == (page is not None)
        assert (case in reading.waiting_for(user)) == (page is not None and page.reader_acts)  # type: ignore[attr-defined]
        unread = reading.unread_count(user)
        del user.unread_messages  # type: ignore[attr-defined]
        assert unread == reading.unread_count(user)
        found[name] = (listed, page is not None and page.reader_acts, unread)  # type: ignore[attr-defined]
    return found


def test_the_pages_follow(cast: Cast) -> None:
    Person.objects.filter(pk=cast.diego.person.pk).update(born_on=BIRTHDAY)  # type: ignore[union-attr]
    none, reads, acts = (False, False, 0), (True, False, 0), (True, True, 1)
    with time_machine.travel("2026-11-22T22:00+00:00", tick=False) as now:
        case = about(cast, "ana", "diego")
        actions.send_message(case, by=cast.felix.user, side=Side.STAFF, body="Good morning.")
        assert readers(cast, case) == {"ana": acts, "bruno": acts, "diego": acts}
        now.move_to(datetime.fromisoformat("2026-11-22T23:00+00:00"))
        assert readers(cast, case) == {"ana": none, "bruno": none, "diego": acts}
        Grant.objects.create(giver=cast.diego.person, receiver=cast.ana.person, level=Level.CLINICAL)
        assert readers(cast, case) == {"ana": reads, "bruno": none, "diego": acts}
        # What is about nobody, and one's own, counts on.
        for whom in (None, "ana"):
            mine = about(cast, "ana", whom)
            actions.send_message(mine, by=cast.felix.user, side=Side.STAFF, body="Good morning.")
        assert readers(cast, case)["ana"] == (True, False, 2)


def test_nobody_of_the_staff_works_on_what_they_once_asked(cast: Cast) -> None:
    case = about(cast, "felix", "diego")
    assert (case.lets_act(cast.felix.user), case.is_own_of(cast.felix.user)) == (False, True)  # type: ignore[arg-type]
    with pytest.raises(actions.OwnRequest):
        actions.take(case, by=cast.felix.user)  # type: ignore[arg-type]


# --- who is told ----------------------------------------------------------------------------------


def mails_of(case: Case) -> list[tuple[str, str, str]]:
    found = OutgoingEmail.objects.filter(text__contains=case.reference).order_by("pk")
    told = list(found.values_list("to", "template", "language"))
    OutgoingEmail.objects.all().delete()
    return told


def news(to: str, language: str = "es") -> list[tuple[str, str, str]]:
    return [(f"{to}@example.org", "emails/case_message", language)]


def test_mails_go_to_who_may_read(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    Person.objects.filter(pk=cast.diego.person.pk).update(born_on=BIRTHDAY)  # type: ignore[union-attr]
    ana, bruno, diego, felix = (actor.user for actor in (cast.ana, cast.bruno, cast.diego, cast.felix))
    assert ana
    assert diego
    with time_machine.travel("2026-11-22T12:00+01:00", tick=False) as now:
        case = about(cast, "ana", "diego")
        OutgoingEmail.objects.all().delete()
        actions.send_message(case, by=felix, side=Side.STAFF, body="Good morning.")
        actions.send_message(case, by=bruno, side=Side.CUSTOMER, body="Hello.")
        actions.send_message(case, by=diego, side=Side.CUSTOMER, body="Hello.")
        assert mails_of(case) == news("ana") * 3
        now.move_to(datetime.fromisoformat("2026-11-23T12:00+01:00"))
        actions.send_message(case, by=diego, side=Side.CUSTOMER, body="Hello.")
        assert mails_of(case) == []
        actions.ask_for_paper(
            case, by=felix, name="Receipt", why="x", answer_by=date(2026, 11, 25)  # type: ignore[arg-type]
        )  # fmt: skip
        assert mails_of(case) == news("diego", "ca")
        # A grant lets Ana read and not send: the reminder is his who can.
        Grant.objects.create(giver=cast.diego.person, receiver=cast.ana.person, level=Level.CLINICAL)
        now.move_to(datetime.fromisoformat("2026-11-24T12:00+01:00"))
        tasks.remind()
        assert mails_of(case) == [("diego@example.org", "emails/case_reminder", "ca")]
        actions.send_message(case, by=felix, side=Side.STAFF, body="Good morning.")
        actions.send_message(case, by=diego, side=Side.CUSTOMER, body="Hello.")
        assert mails_of(case) == news("ana") * 2
        Grant.objects.update(revoked_at=timezone.now())
        Person.objects.filter(user=diego).update(user=None, linked_at=None)
        with caplog.at_level(logging.WARNING, "cases.emails"):
            actions.send_message(case, by=felix, side=Side.STAFF, body="Good morning.")
    assert mails_of(case) == []
    assert [(record.message, record.case) for record in caplog.records] == [  # type: ignore[attr-defined]
        ("case_nobody_told", case.reference)
    ]


@pytest.mark.parametrize(
    ("whom", "by_mail"), [("diego", False), ("carla", True), ("ana", True), (None, True)]
)
def test_who_closed_their_account_is_answered_until_the_child_is_grown(
    cast: Cast, whom: str | None, by_mail: bool
) -> None:
    Person.objects.filter(pk=cast.diego.person.pk).update(born_on=BIRTHDAY)  # type: ignore[union-attr]
    with time_machine.travel("2026-11-20T12:00+01:00", tick=False) as now:
        case = about(cast, "ana", whom)
        close_account(cast.ana.user)  # type: ignore[arg-type]
        case = Case.objects.get(pk=case.pk)
        assert case.is_answered_by_mail
        OutgoingEmail.objects.all().delete()
        now.move_to(datetime.fromisoformat("2026-11-23T12:00+01:00"))
        actions.send_message(case, by=cast.felix.user, side=Side.STAFF, body="Good morning.")
        assert case.is_answered_by_mail == by_mail
    told = [("ana@example.org", "emails/case_answer", "es")] if by_mail else news("diego", "ca")
    assert mails_of(case) == told


def test_who_closes_their_account_takes_nobody_else_s_answers_along(cast: Cast) -> None:
    case = about(cast, "ana", "bruno")
    assert case not in Case.objects.visible_to(cast.ana.user)
    close_account(cast.ana.user)  # type: ignore[arg-type]
    case = Case.objects.get(pk=case.pk)
    OutgoingEmail.objects.all().delete()
    actions.send_message(case, by=cast.felix.user, side=Side.STAFF, body="Good morning.")
    assert (case.contact_email, case.is_answered_by_mail) == ("", False)
    assert [mail.to for mail in OutgoingEmail.objects.all()] == [cast.bruno.email]


def test_who_may_answer_is_told_of_the_new_message(cast: Cast) -> None:
    case = about(cast, "ana", "bruno")
    actions.send_message(case, by=cast.felix.user, side=Side.STAFF, body="Good morning.")
    read = {
        name: reading.unread_count(getattr(cast, name).user) for name in ("ana", "bruno", "elena", "hugo")
    }
    assert read == {"ana": 0, "bruno": 1, "elena": 0, "hugo": 0}
    for name, number in read.items():
        with_it = OneHashBackend().get_user(getattr(cast, name).user.pk)
        assert with_it.unread_messages == number  # type: ignore[union-attr]


def test_nobody_who_is_not_logged_in(cast: Cast) -> None:
    from django.contrib.auth.models import AnonymousUser

    stranger_s = make_case(None, contact_email="x@example.org")
    assert not stranger_s.lets_act(AnonymousUser())
    assert list(Case.objects.acting_for(AnonymousUser())) == []


# --- the actions ----------------------------------------------------------------------------------


def pdf(name: str = "a.pdf", words: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.7 " + words, "application/pdf")


@pytest.fixture
def quarantine(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.QUARANTINE = tmp_path / "quarantine"
    monkeypatch.setattr("core.kick.after_commit", lambda *args: None)


def read_only(cast: Cast) -> Case:
    """Bruno's own affair, which Ana may read."""
    Grant.objects.create(giver=cast.bruno.person, receiver=cast.ana.person, level=Level.CLINICAL)
    case = about(cast, "bruno", "bruno")
    actions.send_message(case, by=cast.felix.user, side=Side.STAFF, body="Good morning.")
    return case


def test_each_verb_asks(cast: Cast, quarantine: None) -> None:
    case, ana = read_only(cast), cast.ana.user
    assert ana
    verbs = [
        lambda: actions.send_message(case, by=ana, side=Side.CUSTOMER, body="Hello?"),
        lambda: actions.go(case, "withdraw", by=ana),
        lambda: actions.mark_read(case, by=ana),
        lambda: papers.receive(case, pdf(), by=ana),
        lambda: copies.ask(case=case, by=ana),
    ]
    for verb in verbs:
        with pytest.raises(actions.MayNotAct):
            verb()
    case.refresh_from_db()
    assert (case.status, case.documents.count(), copies.of(case)) == ("received", 0, None)
    assert [(row.body, row.read_at) for row in case.messages.all()] == [("Good morning.", None)]


def test_whoever_asked_is_told_what_others_do(cast: Cast, quarantine: None) -> None:
    """That there is something new, and nothing of what it is; once for the files of one hour."""
    case = about(cast, "ana", "carla")
    OutgoingEmail.objects.all().delete()

    def mails() -> list[tuple[str, str]]:
        found = list(OutgoingEmail.objects.order_by("pk").values_list("to", "template"))
        OutgoingEmail.objects.all().delete()
        return found

    told = [(cast.ana.email, "emails/case_message")]
    bruno, ana = cast.bruno.user, cast.ana.user
    assert bruno
    assert ana
    message = actions.send_message(case, by=bruno, side=Side.CUSTOMER, body="Carla sneezes.")
    mail = OutgoingEmail.objects.get()
    assert "sneezes" not in mail.subject + mail.text + mail.html
    assert mails() == told
    # The same form again is the same message.
    key = uuid.uuid4()
    for _time in range(2):
        actions.send_message(case, by=bruno, side=Side.CUSTOMER, body="Twice", sent_key=key)
    assert mails() == told
    for number in range(3):
        papers.receive(case, pdf(words=bytes([48 + number])), by=bruno)
    assert mails() == told
    CaseDocument.objects.update(sent_at=message.sent_at - timedelta(hours=2))
    papers.receive(case, pdf(words=b"later"), by=bruno)
    assert mails() == told
    actions.go(case, "withdraw", by=bruno, note="She is well.")
    assert mails() == told
    # Of one's own doing nobody need be told.
    mine = about(cast, "ana", "carla")
    actions.send_message(mine, by=ana, side=Side.CUSTOMER, body="Hello?")
    papers.receive(mine, pdf(), by=ana)
    actions.go(mine, "withdraw", by=ana)
    assert mails() == []


def test_the_mark_of_reading_is_theirs_who_act(cast: Cast) -> None:
    case = about(cast, "ana", "carla")
    actions.send_message(case, by=cast.felix.user, side=Side.STAFF, body="Good morning.")
    assert cast.bruno.user
    assert actions.mark_read(case, by=cast.bruno.user) == 1
    assert case.messages.get().read_at is not None
