"""What the customer was asked for has a day each; their clock follows the first of what is missing."""

from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.test import Client

from cases import clocks, tasks
from cases.actions import ask_for_paper, bring_back, decide, go, send_message, waive_paper
from cases.lifecycle import Side
from cases.models import Case, CaseDocument, Deadline, Paper
from core.models import OutgoingEmail
from core.staff import reasons
from core.templatetags.formats import longdate, shortdate
from tests.cases.kinds import make_case
from tests.people import Cast

MONDAY = "2026-11-23T09:00+01:00"
FIRST, SECOND = date(2026, 12, 3), date(2026, 12, 17)


@pytest.fixture
def now() -> Any:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def on(now: Any, day: str) -> None:
    now.move_to(datetime.fromisoformat(f"{day}T09:00+01:00"))


def paper(cast: Cast, case: Case, name: str, day: date) -> Paper:
    return ask_for_paper(case, by=cast.felix.user, name=name, why="x", answer_by=day)


def question(cast: Cast, case: Case, day: date) -> None:
    send_message(case, by=cast.felix.user, side=Side.STAFF, body="Which card?", answer_by=day)


def supply(cast: Cast, case: Case, given: Paper) -> None:
    Paper.objects.filter(pk=given.pk).update(supplied_at=given.asked_at)
    bring_back(case, by=cast.ana.user)


def clock(case: Case) -> tuple[str, date | None]:
    """Where it is, and the customer's day."""
    running = clocks.customer_due(case)
    return case.status, running.due_on if running else None


def test_a_second_paper_leaves_the_first_its_day(cast: Cast, now: Any) -> None:
    case = make_case(cast.ana.user)
    first, second = paper(cast, case, "Receipt", FIRST), paper(cast, case, "Statement", SECOND)
    assert (first.answer_by, second.answer_by) == (FIRST, SECOND)
    assert clock(case) == ("waiting", FIRST)
    supply(cast, case, first)
    assert clock(case) == ("waiting", SECOND)
    supply(cast, case, second)
    assert clock(case) == ("in_review", None)


def test_an_earlier_one_comes_first(cast: Cast, now: Any) -> None:
    case = make_case(cast.ana.user)
    late, soon = paper(cast, case, "Statement", SECOND), paper(cast, case, "Receipt", FIRST)
    assert clock(case) == ("waiting", FIRST)
    waive_paper(case, by=cast.felix.user, paper=soon)
    assert clock(case) == ("waiting", SECOND)
    waive_paper(case, by=cast.felix.user, paper=late)
    assert clock(case) == ("in_review", None)


def test_a_question_has_its_day_too(cast: Cast, now: Any) -> None:
    case = make_case(cast.ana.user)
    question(cast, case, FIRST)
    asked = paper(cast, case, "Statement", SECOND)
    assert clock(case) == ("waiting", FIRST)
    on(now, "2026-11-24")
    send_message(case, by=cast.ana.user, side=Side.CUSTOMER, body="The old one.")
    assert clock(case) == ("waiting", SECOND)
    supply(cast, case, asked)
    assert clock(case) == ("in_review", None)


@pytest.mark.parametrize("way", ["word", "file"])
def test_what_is_left_may_be_the_question(cast: Cast, now: Any, way: str) -> None:
    case = make_case(cast.ana.user)
    asked = paper(cast, case, "Receipt", FIRST)
    question(cast, case, SECOND)
    waive_paper(case, by=cast.felix.user, paper=asked)
    assert clock(case) == ("waiting", SECOND)
    on(now, "2026-11-24")
    if way == "word":
        send_message(case, by=cast.ana.user, side=Side.CUSTOMER, body="The old one.")
    else:
        CaseDocument.objects.create(
            reference="DOC-1", case=case, name="a.pdf", sha256="1", state="accepted",
            file=ContentFile(b"%PDF-1.7", "a.pdf"),
        )  # fmt: skip
        bring_back(case, by=cast.ana.user)
    assert clock(case) == ("in_review", None)


def test_reminders_and_alarms_follow(cast: Cast, now: Any) -> None:
    """Of each day one reminder and one alarm; a later paper neither delays nor repeats the first one's."""

    def told() -> tuple[int, bool]:
        tasks.remind()
        tasks.alarm()
        mails = OutgoingEmail.objects.filter(template="emails/case_reminder").count()
        return mails, Deadline.objects.get(term=clocks.CUSTOMER).alarmed_at is not None

    case = make_case(cast.ana.user)
    first = paper(cast, case, "Receipt", FIRST)
    on(now, "2026-12-01")
    assert told() == (1, False)
    paper(cast, case, "Statement", SECOND)
    on(now, "2026-12-02")
    assert told() == (1, False)
    on(now, "2026-12-04")
    assert told() == (1, True)
    paper(cast, case, "Photo", SECOND)
    assert told() == (1, True)
    supply(cast, case, first)
    assert told() == (1, False)
    on(now, "2026-12-16")
    assert told() == (2, False)
    on(now, "2026-12-18")
    assert told() == (2, True)


def test_a_day_that_was_over_before_is_no_day_of_the_next_asking(cast: Cast, now: Any) -> None:
    case = make_case(cast.ana.user)
    old = paper(cast, case, "Receipt", FIRST)
    question(cast, case, FIRST)
    decide(case, "answer", by=cast.felix.user, message="Done.")
    on(now, "2026-12-10")
    go(case, "reopen", by=cast.ana.user)
    new = paper(cast, case, "Statement", SECOND)
    assert clock(case) == ("waiting", SECOND)
    supply(cast, case, new)
    # The old paper and the old question were of another time. It may still come.
    assert clock(case) == ("in_review", None)
    supply(cast, case, old)
    assert clock(case) == ("in_review", None)


def test_of_old_papers_no_day_is_known(cast: Cast, now: Any, log_in: Any) -> None:
    case = make_case(cast.ana.user)
    old = paper(cast, case, "Receipt", FIRST)
    Paper.objects.update(answer_by=None)
    bring_back(case, by=cast.ana.user)
    assert clock(case) == ("waiting", FIRST)
    assert "<dt>By when</dt>" not in html_of(cast, log_in(cast.ana), case)
    new = paper(cast, case, "Statement", SECOND)
    assert clock(case) == ("waiting", SECOND)
    supply(cast, case, new)
    supply(cast, case, old)
    assert clock(case) == ("in_review", None)


# --- where it is read ----------------------------------------------------------------------------------


def html_of(cast: Cast, client: Client, case: Case) -> str:
    user = type(cast.ana.user).objects.get(email=cast.ana.email)
    user.language = "en"
    user.save()
    return client.get(case.get_absolute_url()).content.decode()


def test_the_customer_reads_each_day(cast: Cast, now: Any, log_in: Any) -> None:
    case = make_case(cast.ana.user)
    first, second = paper(cast, case, "Receipt", FIRST), paper(cast, case, "Statement", SECOND)
    late = "The day has passed."

    def slots() -> dict[str, tuple[bool, bool, bool]]:
        parts = html_of(cast, log_in(cast.ana), case).split('<article class="paper">')[1:]
        days = [longdate(day) for day in (FIRST, SECOND)]
        cut = [part.partition("</article>")[0] for part in parts]
        return {
            part.partition("<h3>")[2].partition("<")[0]: (*(day in part for day in days), late in part)  # type: ignore[misc]
            for part in cut
        }

    assert slots() == {"Receipt": (True, False, False), "Statement": (False, True, False)}
    on(now, "2026-12-03")
    assert slots() == {"Receipt": (True, False, False), "Statement": (False, True, False)}
    on(now, "2026-12-04")
    assert slots() == {"Receipt": (True, False, True), "Statement": (False, True, False)}
    waive_paper(case, by=cast.felix.user, paper=first)
    assert slots() == {"Receipt": (False, False, False), "Statement": (False, True, False)}
    supply(cast, case, second)
    assert slots() == {"Receipt": (False, False, False), "Statement": (False, False, False)}


def test_the_staff_read_each_day(cast: Cast, now: Any, log_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasons, "may_read", lambda request, subject, what: True)
    case = make_case(cast.ana.user)
    for name, day in (("Receipt", FIRST), ("Statement", SECOND)):
        paper(cast, case, name, day)
    on(now, "2026-12-04")
    html = log_in(cast.felix).get(f"/admin/cases/case/{case.pk}/change/").content.decode()
    rows = {
        name: html.partition(f"<td>{name}</td>")[2].partition("</tr>")[0] for name in ("Receipt", "Statement")
    }
    assert [shortdate(FIRST) in rows["Receipt"], shortdate(SECOND) in rows["Statement"]] == [True, True]
    assert ["clock-late" in rows[name] for name in rows] == [True, False]
