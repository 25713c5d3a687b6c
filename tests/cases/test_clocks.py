"""Every clock of a case, day by day: the rows that customer and staff read."""

from dataclasses import replace
from datetime import date, datetime

import pytest
import time_machine

from cases import clocks, lifecycle
from cases.actions import make_move
from cases.lifecycle import Side
from cases.models import Deadline
from core.deadlines import MADRID, due_at
from core.legal_terms import UnknownTermError, current, term
from tests.cases.kinds import make_case
from tests.people import Cast

R, S = "restart", "suspend"
Day = str

TABLE: list[tuple[str, Day, list[tuple[Day, Day | None, str]], Day | None]] = [
    # A complaint: one month since 28 December 2025, from date to date
    ("cmp.resolve", "2026-01-31", [], "2026-02-28"),
    ("cmp.resolve", "2026-01-28", [], "2026-02-28"),
    ("cmp.resolve", "2026-01-27", [], "2026-02-27"),
    ("cmp.resolve", "2028-01-31", [], "2028-02-29"),
    ("cmp.resolve", "2028-01-29", [], "2028-02-29"),
    ("cmp.resolve", "2028-02-29", [], "2028-03-29"),
    ("cmp.resolve", "2026-03-31", [], "2026-04-30"),
    ("cmp.resolve", "2026-12-31", [], "2027-01-31"),
    ("cmp.resolve", "2026-07-31", [], "2026-08-31"),
    # two months before that day
    ("cmp.resolve", "2025-12-27", [], "2026-02-27"),
    ("cmp.resolve", "2025-12-28", [], "2026-01-28"),
    ("cmp.resolve", "2025-06-30", [], "2025-08-30"),
    ("cmp.resolve", "2024-12-31", [], "2025-02-28"),
    # interrupted on day 10, given on day 15: begins again, or only stands for five days
    ("cmp.resolve", "2026-01-31", [("2026-02-10", "2026-02-15", R)], "2026-03-15"),
    ("cmp.resolve", "2026-01-31", [("2026-02-10", "2026-02-15", S)], "2026-03-05"),
    ("cmp.resolve", "2026-01-31", [("2026-02-10", None, R)], None),
    ("cmp.resolve", "2026-01-31", [("2026-02-10", None, S)], None),
    # given on the same day
    ("cmp.resolve", "2026-01-31", [("2026-02-10", "2026-02-10", S)], "2026-02-28"),
    ("cmp.resolve", "2026-01-31", [("2026-02-10", "2026-02-10", R)], "2026-03-10"),
    # on the last day, and one too late
    ("cmp.resolve", "2026-01-31", [("2026-02-28", "2026-03-03", S)], "2026-03-03"),
    ("cmp.resolve", "2026-01-31", [("2026-02-28", "2026-03-03", R)], "2026-04-03"),
    ("cmp.resolve", "2026-01-31", [("2026-03-01", "2026-03-03", R)], "2026-02-28"),
    ("cmp.resolve", "2026-01-31", [("2026-03-01", None, S)], "2026-02-28"),
    # twice
    (
        "cmp.resolve",
        "2026-01-31",
        [("2026-02-05", "2026-02-07", S), ("2026-02-20", "2026-02-23", S)],
        "2026-03-05",
    ),
    (
        "cmp.resolve",
        "2026-01-31",
        [("2026-02-05", "2026-02-07", S), ("2026-02-20", "2026-02-23", R)],
        "2026-03-23",
    ),
    (
        "cmp.resolve",
        "2026-01-31",
        [("2026-02-05", "2026-02-07", R), ("2026-02-20", "2026-02-23", S)],
        "2026-03-10",
    ),
    ("cmp.resolve", "2026-01-31", [("2026-02-05", "2026-02-07", S), ("2026-02-20", None, S)], None),
    ("cmp.notify_decision", "2026-02-20", [], "2026-03-02"),
    ("cmp.notify_decision", "2028-02-20", [], "2028-03-01"),
    ("cmp.remedy", "2026-12-24", [], "2027-01-03"),
    ("cmp.supervisor_resolves", "2026-03-01", [], "2026-05-30"),
    # A claim: 40 days for the minimum payment, 3 months until default
    ("lcs.minimum_payment", "2026-01-01", [], "2026-02-10"),
    ("lcs.minimum_payment", "2026-01-20", [], "2026-03-01"),
    ("lcs.minimum_payment", "2028-01-20", [], "2028-02-29"),
    ("lcs.minimum_payment", "2026-11-30", [], "2027-01-09"),
    ("lcs.default_starts", "2026-01-01", [], "2026-04-01"),
    ("lcs.default_starts", "2025-11-30", [], "2026-02-28"),
    ("lcs.default_starts", "2027-11-30", [], "2028-02-29"),
    ("lcs.default_starts", "2026-05-31", [], "2026-08-31"),
    ("lcs.default_interest_step", "2024-02-29", [], "2026-02-28"),
    ("lcs.default_interest_step", "2026-02-28", [], "2028-02-28"),
    ("lcs.claim_notice", "2026-02-25", [], "2026-03-04"),
    ("lcs.prescription_persons", "2024-02-29", [], "2029-02-28"),
    ("lcs.prescription_persons", "2023-03-01", [], "2028-03-01"),
    # The contract
    # a notice before the end of the year, which nothing moves
    ("lcs.nonrenewal_insurer", "2026-12-31", [], "2026-10-31"),
    ("lcs.nonrenewal_holder", "2027-03-31", [("2027-02-10", "2027-02-20", S)], "2027-02-28"),
    ("lcs.change_notice", "2028-04-30", [("2028-01-10", None, R)], "2028-02-29"),
    ("lcs.extinction", "2026-08-31", [], "2027-02-28"),
    ("wdr.period", "2026-03-22", [], "2026-04-05"),
    ("gdpr.answer", "2026-05-31", [], "2026-06-30"),
    ("sepa.refund_authorised", "2026-03-01", [], "2026-04-26"),
    ("sepa.refund_unauthorised", "2026-01-31", [], "2027-02-28"),
    ("svc.billing_answer", "2026-10-23", [], "2026-10-28"),
    # Over both changes of summer time, in calendar and in working days
    ("cmp.notify_decision", "2026-03-20", [], "2026-03-30"),
    ("cmp.notify_decision", "2026-10-20", [], "2026-10-30"),
    ("svc.enquiry_answer", "2026-03-27", [], "2026-03-31"),
    ("svc.enquiry_answer", "2026-10-23", [], "2026-10-27"),
    # Working days of the seat: a week, a weekend, Easter, its own days, Christmas
    ("svc.enquiry_answer", "2026-11-23", [], "2026-11-25"),
    ("svc.enquiry_answer", "2026-11-19", [], "2026-11-23"),
    ("svc.enquiry_answer", "2026-11-20", [], "2026-11-24"),
    ("svc.enquiry_answer", "2026-11-21", [], "2026-11-24"),
    ("svc.enquiry_answer", "2026-04-01", [], "2026-04-07"),
    ("svc.enquiry_answer", "2026-05-14", [], "2026-05-19"),
    ("svc.enquiry_answer", "2026-11-06", [], "2026-11-11"),
    ("svc.enquiry_answer", "2026-12-24", [], "2026-12-29"),
    ("svc.enquiry_answer", "2026-12-31", [], "2027-01-05"),
    ("svc.bank_account", "2026-12-30", [], "2027-01-05"),
    ("svc.bank_account", "2027-01-04", [], "2027-01-08"),
    ("svc.bank_account", "2028-02-28", [], "2028-03-02"),
    # and what stops them: only working days are given back
    ("svc.bank_account", "2026-11-23", [("2026-11-24", "2026-11-26", S)], "2026-11-30"),
    ("svc.bank_account", "2026-11-23", [("2026-11-27", "2026-11-30", S)], "2026-11-26"),
    ("svc.bank_account", "2026-11-23", [("2026-11-26", "2026-11-29", S)], "2026-11-27"),
    ("svc.enquiry_answer", "2026-11-20", [("2026-11-21", "2026-11-22", S)], "2026-11-24"),
    ("fun.registry_certificate", "2026-11-23", [], "2026-12-16"),
]


def day(text: Day) -> date:
    return date.fromisoformat(text)


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 60


@pytest.mark.parametrize(("key", "begun", "stops", "expected"), TABLE)
def test_the_day(
    cast: Cast, key: str, begun: Day, stops: list[tuple[Day, Day | None, str]], expected: Day | None
) -> None:
    case = make_case(cast.ana.user, "bank_account")
    Deadline.objects.all().delete()
    clocks.start(case, key, on=day(begun))
    for from_on, to_on, effect in stops:
        clocks.interrupt(case, on=day(from_on), effect=effect)  # type: ignore[arg-type]
        if to_on:
            clocks.resume(case, on=day(to_on))
    deadline = Deadline.objects.get()
    assert deadline.due_on == (day(expected) if expected else None)
    assert clocks.answer_due(case) == deadline
    assert clocks.term_of(deadline).source  # type: ignore[union-attr]


# Hours are hours: 72 of them over a night that is an hour short or long. Whole days end at midnight.
HOURS = [
    ("svc.refund_hold", "2026-11-23T10:00+01:00", "2026-11-26T10:00+01:00"),
    ("svc.refund_hold", "2026-03-28T10:00+01:00", "2026-03-31T11:00+02:00"),
    ("svc.refund_hold", "2026-10-24T10:00+02:00", "2026-10-27T09:00+01:00"),
    ("svc.refund_hold", "2028-02-27T12:00+01:00", "2028-03-01T12:00+01:00"),
    ("gdpr.breach", "2026-12-30T00:00+01:00", "2027-01-02T00:00+01:00"),
    ("lcs.restore_cover", "2026-03-28T09:00+01:00", "2026-03-29T00:00+01:00"),
    ("lcs.restore_cover", "2026-03-29T09:00+02:00", "2026-03-30T00:00+02:00"),
    ("lcs.restore_cover", "2026-10-25T00:30+02:00", "2026-10-26T00:00+01:00"),
    ("home_help.start_from", "2026-11-20T12:00+01:00", "2026-11-24T12:00+01:00"),
    ("home_help.start_from", "2026-03-27T12:00+01:00", "2026-03-31T12:00+02:00"),
    ("home_help.start_until", "2026-10-23T12:00+02:00", "2026-10-28T12:00+01:00"),
]


@pytest.mark.parametrize(("key", "begun", "expected"), HOURS)
def test_the_hour(key: str, begun: str, expected: str) -> None:
    moment = datetime.fromisoformat(begun)
    got = due_at(moment, term(key, on=moment.astimezone(MADRID).date()), clocks.calendar())
    assert got == datetime.fromisoformat(expected)


# The day is Madrid's, also where the server's clock still shows the day before.
MIDNIGHTS = [
    ("2026-11-22T22:59:59+00:00", "2026-11-22", "2026-11-24"),
    ("2026-11-22T23:00:00+00:00", "2026-11-23", "2026-11-25"),
    ("2026-03-28T22:59:59+00:00", "2026-03-28", "2026-03-31"),
    ("2026-03-28T23:00:00+00:00", "2026-03-29", "2026-03-31"),
    ("2026-03-29T22:00:00+00:00", "2026-03-30", "2026-04-01"),
    ("2026-10-24T22:00:00+00:00", "2026-10-25", "2026-10-27"),
    ("2026-10-25T22:59:59+00:00", "2026-10-25", "2026-10-27"),
    ("2026-10-25T23:00:00+00:00", "2026-10-26", "2026-10-28"),
]


@pytest.mark.parametrize(("moment", "begun", "expected"), MIDNIGHTS)
def test_a_question_begins_its_clock(cast: Cast, moment: str, begun: Day, expected: Day) -> None:
    with time_machine.travel(moment, tick=False):
        deadline = clocks.answer_due(make_case(cast.ana.user))
    assert deadline is not None
    assert (deadline.starts_on, deadline.due_on) == (day(begun), day(expected))


def test_every_term_that_is_counted_in_days_can_be_a_clock(cast: Cast) -> None:
    case = make_case(cast.ana.user)
    begun = date(2026, 1, 31)
    rows = [row for row in current() if row.unit in {"days", "working_days", "months", "years"}]
    for row in (row for row in rows if row.holds_on(begun)):
        due_on = clocks.start(case, row.key, on=begun).due_on
        assert (due_on < begun) == row.before  # type: ignore[operator]
    with pytest.raises(UnknownTermError):
        clocks.start(case, "no.such_term", on=date(2026, 1, 31))


def test_the_clock_stands_while_the_customer_has_the_ball(cast: Cast) -> None:
    with time_machine.travel("2026-11-23T09:00Z", tick=False) as now:
        case = make_case(cast.ana.user)
        make_move(case, "ask", by=cast.felix.user, side=Side.STAFF)
        assert clocks.answer_due(case).due_on is None  # type: ignore[union-attr]
        now.move_to(datetime.fromisoformat("2026-11-26T09:00+00:00"))
        make_move(case, "supply", by=cast.ana.user, side=Side.CUSTOMER)
    deadline = clocks.answer_due(case)
    assert deadline is not None
    # Three working days were the customer's: 25 November becomes the 30th.
    assert deadline.due_on == date(2026, 11, 30)
    assert deadline.interruptions == [{"from": "2026-11-23", "to": "2026-11-26", "effect": "suspend"}]


def test_closing_stops_it_and_opening_again_starts_it_anew(cast: Cast) -> None:
    with time_machine.travel("2026-11-23T09:00Z", tick=False) as now:
        case = make_case(cast.ana.user)
        make_move(case, "answer", by=cast.felix.user, side=Side.STAFF)
        deadline = Deadline.objects.get()
        assert (deadline.met_on, deadline.is_late(date(2027, 1, 1))) == (date(2026, 11, 23), False)
        assert clocks.answer_due(case) is None
        now.move_to(datetime.fromisoformat("2026-12-01T09:00+00:00"))
        make_move(case, "reopen", by=cast.ana.user, side=Side.CUSTOMER)
    deadline.refresh_from_db()
    assert (deadline.met_on, deadline.due_on) == (None, date(2026, 12, 3))


def test_asked_twice_it_stands_once(cast: Cast) -> None:
    case = make_case(cast.ana.user)
    clocks.start(case, "cmp.resolve", on=date(2026, 1, 31))
    for asked in (date(2026, 2, 10), date(2026, 2, 12)):
        clocks.interrupt(case, on=asked, effect="suspend")
    clocks.resume(case, on=date(2026, 2, 15))
    clocks.resume(case, on=date(2026, 2, 20))
    assert Deadline.objects.get(term="cmp.resolve").due_on == date(2026, 3, 5)


def test_the_first_of_several_clocks_is_the_one_that_is_shown(cast: Cast) -> None:
    case = make_case(cast.ana.user)
    Deadline.objects.all().delete()
    for key in ("lcs.default_starts", "lcs.minimum_payment"):
        clocks.start(case, key, on=date(2026, 1, 1))
    clocks.ask_by(case, on=date(2026, 1, 2), due_on=date(2026, 1, 5))
    assert clocks.answer_due(case).term == "lcs.minimum_payment"  # type: ignore[union-attr]
    assert clocks.customer_due(case).due_on == date(2026, 1, 5)  # type: ignore[union-attr]
    assert clocks.term_of(clocks.customer_due(case)) is None  # type: ignore[arg-type]


def test_a_kind_says_what_waiting_does_to_its_term(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    strict = replace(lifecycle.kind_of("enquiry"), waiting="restart")
    monkeypatch.setitem(lifecycle._KINDS, "enquiry", strict)
    with time_machine.travel("2026-11-23T09:00Z", tick=False) as now:
        case = make_case(cast.ana.user)
        make_move(case, "ask", by=cast.felix.user, side=Side.STAFF)
        now.move_to(datetime.fromisoformat("2026-11-24T09:00+00:00"))
        make_move(case, "supply", by=cast.ana.user, side=Side.CUSTOMER)
    assert clocks.answer_due(case).due_on == date(2026, 11, 26)  # type: ignore[union-attr]
