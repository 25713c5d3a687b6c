"""Who may act in a request, and not only read it: whoever asked, whom it is about, a child's parents."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Person
from cases import actions, copies, papers
from cases.lifecycle import Side
from cases.models import Case, CaseDocument
from core.ages import today_in_madrid, years_before
from core.models import OutgoingEmail
from policies.access import Level
from policies.models import Grant
from tests.cases.kinds import make_case
from tests.people import Cast

pytestmark = pytest.mark.django_db

ADULTS = ("ana", "bruno", "elena", "felix", "hugo")


def about(cast: Cast, by: str, whom: str | None) -> Case:
    insured = cast.insured(getattr(cast, whom), cast.health) if whom else None
    return make_case(getattr(cast, by).user, about=insured, policy=cast.health)


def who_may(cast: Cast, case: Case) -> tuple[set[str], set[str]]:
    """Who reads it, and who acts in it."""
    users = {name: getattr(cast, name).user for name in ADULTS}
    reads = {name for name, user in users.items() if Case.objects.visible_to(user).filter(pk=case.pk)}
    acts = {name for name, user in users.items() if Case.objects.acting_for(user).filter(pk=case.pk)}
    assert acts == {name for name, user in users.items() if case.lets_act(user)}
    return reads, acts


@pytest.mark.parametrize(
    ("by", "whom", "reads", "acts"),
    [
        ("ana", None, {"ana"}, {"ana"}),
        ("ana", "ana", {"ana"}, {"ana"}),
        # Of an adult: whoever asked, and that adult.
        ("ana", "bruno", {"ana", "bruno"}, {"ana", "bruno"}),
        # Of a child of 9: the other parent too.
        ("ana", "carla", {"ana", "bruno"}, {"ana", "bruno"}),
        # Of one of 16: the parent who asked, and no other.
        ("bruno", "diego", {"bruno"}, {"bruno"}),
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


@pytest.mark.parametrize(("days", "acts"), [(1, True), (0, False), (-1, False)])
def test_until_the_day_of_the_sixteenth_birthday(cast: Cast, days: int, acts: bool) -> None:
    case = about(cast, "ana", "carla")
    born_on = years_before(today_in_madrid() + timedelta(days=days), 16)
    Person.objects.filter(pk=cast.carla.person.pk).update(born_on=born_on)  # type: ignore[union-attr]
    assert case.lets_act(cast.bruno.user) is acts  # type: ignore[arg-type]
    # Who asked goes on.
    assert case.lets_act(cast.ana.user)  # type: ignore[arg-type]


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
