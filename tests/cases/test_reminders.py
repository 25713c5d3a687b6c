"""Before a day a mail to whoever has the ball, after it a flag for the staff; once each."""

import logging
from datetime import date, datetime

import pytest
import time_machine
from django.conf import settings
from django.utils.module_loading import import_string

from cases import tasks
from cases.actions import ask_for_paper, bring_back, make_move
from cases.lifecycle import Side
from cases.models import Case, Deadline
from cases.reminders import remind
from core.models import OutgoingEmail
from tests.cases.kinds import make_case
from tests.people import Cast

MONDAY = "2026-11-23T09:00+01:00"


def asked(cast: Cast, answer_by: str = "2026-12-04") -> Case:
    """On Monday 23 November a paper is asked for, by a Friday."""
    case = make_case(cast.ana.user)
    ask_for_paper(case, by=cast.felix.user, name="Receipt", why="x", answer_by=date.fromisoformat(answer_by))
    return case


def on(now: time_machine.Traveller, day: str) -> None:
    now.move_to(datetime.fromisoformat(f"{day}T09:00+01:00"))


def reminders() -> list[str]:
    return list(OutgoingEmail.objects.filter(template="emails/case_reminder").values_list("to", flat=True))


# The 5th and 6th are a weekend; the 4th is two working days after the 2nd.
DAYS = [("2026-11-24", 0), ("2026-12-01", 0), ("2026-12-02", 1), ("2026-12-04", 1), ("2026-12-05", 0)]


@pytest.mark.parametrize(("day", "expected"), DAYS)
def test_a_reminder_before_the_day(cast: Cast, day: str, expected: int) -> None:
    with time_machine.travel(MONDAY, tick=False) as now:
        asked(cast)
        on(now, day)
        tasks.remind()
        tasks.remind()
    assert reminders() == ["ana@example.org"] * expected


HOURS = [
    ("2026-12-02T00:30+01:00", 0),
    ("2026-12-02T07:59:59+01:00", 0),
    ("2026-12-02T08:00+01:00", 1),
    ("2026-12-02T20:59:59+01:00", 1),
    ("2026-12-02T21:00+01:00", 0),
    # Of Madrid, whatever the server's clock shows: in winter an hour ahead of it, in summer two.
    ("2026-12-02T07:00+00:00", 1),
    ("2026-12-02T20:00+00:00", 0),
    ("2027-06-02T06:00+00:00", 1),
    ("2027-06-02T05:59+00:00", 0),
    ("2027-06-02T19:00+00:00", 0),
]


@pytest.mark.parametrize(("moment", "expected"), HOURS)
def test_by_day_alone(cast: Cast, moment: str, expected: int) -> None:
    with time_machine.travel(MONDAY, tick=False) as now:
        case = asked(cast)
        now.move_to(datetime.fromisoformat(moment))
        Deadline.objects.filter(case=case, term="customer.answer").update(
            due_on=date.fromisoformat(moment[:10])
        )
        tasks.remind()
        for row in Deadline.objects.filter(case=case):
            remind(deadline_id=row.pk)
    assert reminders() == ["ana@example.org"] * expected


def test_what_came_due_at_night_goes_in_the_morning(cast: Cast) -> None:
    with time_machine.travel(MONDAY, tick=False) as now:
        asked(cast)
        sent = []
        for hour in ("2026-12-01T23:30", "2026-12-02T00:30", "2026-12-02T07:30", "2026-12-02T08:30"):
            now.move_to(datetime.fromisoformat(f"{hour}+01:00"))
            tasks.remind()
            sent.append(len(reminders()))
    assert sent == [0, 0, 0, 1]


def test_what_it_says(cast: Cast) -> None:
    cast.ana.user.language = "es"
    with time_machine.travel(MONDAY, tick=False) as now:
        case = asked(cast)
        on(now, "2026-12-02")
        tasks.remind()
    mail = OutgoingEmail.objects.get(template="emails/case_reminder")
    assert case.reference in mail.subject
    assert "4 de diciembre de 2026" in mail.text
    assert f"/{case.reference}/" in mail.text
    assert "Receipt" not in mail.text + mail.html


def test_none_on_the_day_of_the_asking(cast: Cast) -> None:
    with time_machine.travel(MONDAY, tick=False) as now:
        asked(cast, answer_by="2026-11-24")
        tasks.remind()
        assert reminders() == []
        on(now, "2026-11-24")
        tasks.remind()
    assert reminders() == ["ana@example.org"]


def test_none_when_it_has_come_or_the_case_is_closed(cast: Cast) -> None:
    with time_machine.travel(MONDAY, tick=False) as now:
        come, closed = asked(cast), asked(cast)
        come.papers.update(supplied_at=come.opened_at)
        bring_back(come, by=cast.ana.user)
        make_move(closed, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
        on(now, "2026-12-03")
        tasks.remind()
        on(now, "2027-01-20")
        tasks.alarm()
    assert reminders() == []
    assert list(Deadline.objects.exclude(alarmed_at=None).values_list("case", "term")) == [
        (come.pk, "svc.enquiry_answer")
    ]


def test_asked_again_they_are_reminded_again(cast: Cast) -> None:
    with time_machine.travel(MONDAY, tick=False) as now:
        case = asked(cast)
        on(now, "2026-12-02")
        tasks.remind()
        case.papers.update(supplied_at=case.opened_at)
        bring_back(case, by=cast.ana.user)
        ask_for_paper(case, by=cast.felix.user, name="Other", why="x", answer_by=date(2026, 12, 18))
        on(now, "2026-12-17")
        tasks.remind()
    assert reminders() == ["ana@example.org"] * 2


def test_nobody_is_reminded_whose_account_is_closed(cast: Cast) -> None:
    with time_machine.travel(MONDAY, tick=False) as now:
        asked(cast)
        type(cast.ana.user).objects.filter(email=cast.ana.email).update(is_active=False)
        on(now, "2026-12-02")
        tasks.remind()
    assert reminders() == []


def test_an_alarm_after_the_day(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    with time_machine.travel(MONDAY, tick=False) as now, caplog.at_level(logging.WARNING, "cases.reminders"):
        case = make_case(cast.ana.user)
        deadline = Deadline.objects.get()
        assert deadline.due_on == date(2026, 11, 25)
        on(now, "2026-11-25")
        tasks.alarm()
        deadline.refresh_from_db()
        assert (deadline.alarmed_at, deadline.is_late()) == (None, False)
        on(now, "2026-11-26")
        tasks.alarm()
        tasks.alarm()
        deadline.refresh_from_db()
        assert (deadline.alarmed_at, deadline.is_late()) == (datetime.now().astimezone(), True)
    assert [record.case for record in caplog.records] == [case.reference]  # type: ignore[attr-defined]


def test_both_are_done_by_themselves() -> None:
    planned = {row["task"] for row in settings.CELERY_BEAT_SCHEDULE.values()}
    for name in ("cases.tasks.remind", "cases.tasks.alarm"):
        assert name in planned
        assert import_string(name).name == name
