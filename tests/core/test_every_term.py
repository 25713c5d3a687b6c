"""A frozen day for every key of legal_terms.toml, counted by hand on a calendar; its clause in the register.

First and last days, ends of months, 29 February, holidays, both changes of summer time, midnight in Madrid.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest

from core.ages import age
from core.deadlines import MADRID, Interruption, WorkingCalendar, day_after_months, due, due_at
from core.legal_terms import DEFAULT_FILE, Term, load

OURS = load(DEFAULT_FILE)
SEAT = WorkingCalendar("MD", frozenset({"05-15", "11-09"}))
R, S = "restart", "suspend"
Stops = list[tuple[str, str | None, str]]

# key, the day that starts it, the last day: "2026-02-14 2026-03-01, 2028-02-14 2028-02-29"
LAST_DAYS = {
    # The contract
    "lcs.application_binds_insurer": "2026-02-14 2026-03-01, 2028-02-14 2028-02-29, 2026-12-17 2027-01-01",
    "lcs.divergence_claim": "2026-01-30 2026-02-28, 2028-01-30 2028-02-29, 2026-02-28 2026-03-28",
    "lcs.rescission_after_concealment": "2026-08-31 2026-09-30, 2026-12-31 2027-01-31",
    # One after the other: proposed, not answered, warned, not answered, told
    "lcs.aggravation_proposal": "2026-12-31 2027-02-28, 2027-12-31 2028-02-29, 2026-06-30 2026-08-30",
    "lcs.aggravation_answer": "2027-02-28 2027-03-15, 2028-02-29 2028-03-15, 2026-10-20 2026-11-04",
    "lcs.aggravation_warning": "2027-03-15 2027-03-30, 2028-03-15 2028-03-30",
    "lcs.aggravation_rescission_told": "2027-03-30 2027-04-07, 2028-03-30 2028-04-07, 2026-12-24 2027-01-01",
    "lcs.claim_notice": "2026-02-25 2026-03-04, 2028-02-25 2028-03-03, 2026-12-28 2027-01-04",
    "lcs.minimum_payment": "2026-01-20 2026-03-01, 2028-01-20 2028-02-29, 2026-11-22 2027-01-01",
    "lcs.default_starts": "2025-11-30 2026-02-28, 2027-11-30 2028-02-29, 2026-05-31 2026-08-31",
    "lcs.default_interest_step": "2024-02-29 2026-02-28, 2026-02-28 2028-02-28",
    "lcs.prescription_persons": "2024-02-29 2029-02-28, 2023-03-01 2028-03-01",
    "lcs.prescription_damage": "2024-02-29 2026-02-28, 2026-03-01 2028-03-01, 2026-12-31 2028-12-31",
    "lcs.expert_named": "2026-02-20 2026-02-28, 2026-02-21 2026-03-01, 2028-02-21 2028-02-29",
    "lcs.expert_third": "2026-01-29 2026-02-28, 2026-01-30 2026-03-01, 2028-01-30 2028-02-29",
    "lcs.expert_challenge_insurer": "2026-03-01 2026-03-31, 2026-10-01 2026-10-31, 2026-12-02 2027-01-01",
    "lcs.expert_challenge_insured": (
        "2026-01-01 2026-06-30, 2028-01-01 2028-06-29, 2026-09-01 2027-02-28, 2027-09-02 2028-02-29"
    ),
    "lcs.expert_payment": "2026-02-23 2026-02-28, 2026-02-24 2026-03-01, 2026-12-27 2027-01-01",
    "lcs.life_withdrawal": "2026-12-02 2027-01-01, 2026-01-31 2026-03-02, 2028-01-31 2028-03-01",
    "lcs.oncology_oblivion": "2024-02-29 2029-02-28, 2023-06-30 2028-06-30, 2018-11-22 2023-11-22",
    # Notices before a day: the last day that is early enough
    "lcs.nonrenewal_holder": (
        "2015-12-31 2015-10-31, 2016-01-01 2015-12-01, 2026-12-31 2026-11-30, 2027-03-31 2027-02-28, "
        "2028-03-31 2028-02-29, 2027-03-28 2027-02-28, 2026-07-01 2026-06-01"
    ),
    "lcs.nonrenewal_insurer": (
        "2026-12-31 2026-10-31, 2027-04-30 2027-02-28, 2028-04-30 2028-02-29, 2027-01-15 2026-11-15"
    ),
    "lcs.change_notice": "2026-12-31 2026-10-31, 2027-04-30 2027-02-28, 2016-01-01 2015-11-01",
    # 6 and 8 December, and the Monday between them, are no working days; nor is Holy Thursday
    "fun.registry_certificate": "2026-11-23 2026-12-16, 2026-04-01 2026-04-24",
    # Complaints
    "cmp.resolve": (
        "2024-12-31 2025-02-28, 2025-12-27 2026-02-27, 2025-12-28 2026-01-28, 2026-01-31 2026-02-28, "
        "2028-01-31 2028-02-29, 2026-02-28 2026-03-28, 2026-03-31 2026-04-30"
    ),
    "cmp.notify_decision": (
        "2025-12-27 2026-01-06, 2026-02-18 2026-02-28, 2026-02-19 2026-03-01, 2028-02-19 2028-02-29, "
        "2026-03-20 2026-03-30, 2026-10-20 2026-10-30"
    ),
    "cmp.remedy": "2025-12-20 2025-12-30, 2026-12-22 2027-01-01, 2026-02-18 2026-02-28",
    "cmp.inadmissible_reply": "2025-12-01 2025-12-11, 2026-02-19 2026-03-01, 2028-02-19 2028-02-29",
    "cmp.max_age": "2024-02-29 2029-02-28, 2021-12-28 2026-12-28",
    "cmp.max_age_entity_rules": "2024-02-29 2026-02-28, 2026-02-28 2028-02-28",
    "cmp.supervisor_resolves": "2026-03-01 2026-05-30, 2026-12-01 2027-03-01, 2027-12-01 2028-02-29",
    "cmp.put_right_told": "2026-05-31 2026-06-30, 2027-01-29 2027-02-28, 2028-01-31 2028-02-29",
    "cmp.annual_report": "2026-12-31 2027-03-31, 2027-12-31 2028-03-31",
    "svc.billing_answer": "2025-12-28 2026-01-02, 2026-02-24 2026-03-01, 2028-02-24 2028-02-29",
    "svc.review_window": "2026-01-29 2026-02-28, 2026-12-02 2027-01-01",
    # Data protection
    "gdpr.answer": "2018-05-25 2018-06-25, 2026-05-31 2026-06-30, 2026-01-31 2026-02-28",
    "gdpr.answer_extension": "2026-02-28 2026-04-28, 2026-12-31 2027-02-28, 2027-12-31 2028-02-29",
    "gdpr.repeat": "2026-08-31 2027-02-28, 2027-08-29 2028-02-29, 2026-05-23 2026-11-23",
    "gdpr.retention": "2024-02-29 2031-02-28, 2021-02-28 2028-02-28, 2026-12-31 2033-12-31",
    # Withdrawal
    "wdr.period": (
        "2026-02-15 2026-03-01, 2028-02-15 2028-02-29, 2026-12-18 2027-01-01, 2026-03-22 2026-04-05"
    ),
    "wdr.period_life": "2026-01-30 2026-03-01, 2028-01-30 2028-02-29",
    "wdr.refund": "2026-02-14 2026-02-28, 2026-10-18 2026-11-01",
    "wdr.refund_legal": "2026-01-29 2026-02-28, 2026-03-15 2026-04-14",
    # The general conditions
    "pet.death_notice": "2026-01-01 2026-03-02, 2028-01-01 2028-03-01, 2026-12-31 2027-03-01",
    "funeral.adapt_after_move": "2026-02-13 2026-02-28, 2028-02-14 2028-02-29, 2026-12-17 2027-01-01",
    "accident.disability_fixed": "2024-02-29 2025-02-28, 2027-02-28 2028-02-28",
    "accident.dental_treatment": "2024-02-29 2025-02-28, 2023-03-01 2024-03-01, 2026-12-31 2027-12-31",
    "hospital.include_newborn": "2026-08-31 2027-02-28, 2027-08-31 2028-02-29, 2026-03-31 2026-09-30",
    "hospital.new_process_gap": "2026-08-30 2027-02-28, 2027-08-29 2028-02-29, 2026-12-31 2027-06-30",
    "hospital.waiting_maternity": "2026-06-30 2027-02-28, 2027-06-30 2028-02-29, 2026-05-31 2027-01-31",
    "grief.call_from": "2026-02-22 2026-03-01, 2028-02-22 2028-02-29",
    "grief.call_until": "2026-02-22 2026-03-04, 2028-02-22 2028-03-03",
    "grief.sessions_within": "2024-02-29 2025-02-28, 2026-11-22 2027-11-22",
    "legal.late_claim": "2024-02-29 2026-02-28, 2026-06-01 2028-06-01",
    "legal.late_claim_tax": "2024-02-29 2028-02-29, 2025-03-01 2029-03-01",
    "consorcio.notice": "2026-02-22 2026-03-01, 2028-02-22 2028-02-29, 2026-12-25 2027-01-01",
    "travel.bail_after_return": "2026-12-31 2027-02-28, 2026-07-31 2026-09-30",
    "travel.bail_after_request": "2026-11-30 2027-02-28, 2027-11-30 2028-02-29",
    "travel.bail_health_annex": "2026-11-29 2027-02-28, 2026-01-31 2026-04-30",
    "travel.advance_repaid": "2026-01-29 2026-02-28, 2028-01-31 2028-03-01",
    # Direct debit
    "sepa.mandate_unused": "2024-02-29 2027-02-28, 2025-02-28 2028-02-28, 2023-11-30 2026-11-30",
    "sepa.prenotice": "2026-02-15 2026-03-01, 2026-12-18 2027-01-01",
    "sepa.refund_authorised": "2026-03-01 2026-04-26, 2026-01-04 2026-03-01, 2028-01-04 2028-02-29",
    "sepa.refund_unauthorised": "2026-01-31 2027-02-28, 2027-01-31 2028-02-29, 2026-11-30 2027-12-30",
    # Our own word, in working days of Madrid: San Isidro, the day of All Saints that fell on a Sunday, La
    # Almudena, Christmas, New Year, Epiphany, Holy Week, the national day, a weekend with a change of time
    "svc.enquiry_answer": "2026-05-14 2026-05-19, 2026-12-31 2027-01-05, 2026-10-30 2026-11-04",
    "svc.enquiry_answer.authorisations": (
        "2026-04-01 2026-04-06, 2026-12-24 2026-12-28, 2026-03-27 2026-03-30, 2026-10-23 2026-10-26"
    ),
    "svc.enquiry_answer.reimbursements": "2026-05-14 2026-05-20, 2026-11-06 2026-11-12",
    "svc.enquiry_answer.data": "2026-04-01 2026-04-10, 2026-12-24 2027-01-04, 2028-02-24 2028-03-02",
    "svc.bank_account": "2026-12-30 2027-01-05, 2027-01-04 2027-01-08",
    "svc.contact_data": "2026-10-09 2026-10-15, 2026-11-20 2026-11-25, 2026-10-30 2026-11-05",
}

# The same terms where something stood in between.
INTERRUPTED: list[tuple[str, str, Stops, str | None]] = [
    # Asked for a remedy on day 10, given on day 15: since 28 December 2025 the month begins again
    ("cmp.resolve", "2026-01-31", [("2026-02-10", "2026-02-15", R)], "2026-03-15"),
    ("cmp.resolve", "2026-01-31", [("2026-02-10", None, R)], None),
    ("cmp.resolve", "2028-01-31", [("2028-02-29", "2028-03-31", R)], "2028-04-30"),
    ("cmp.resolve", "2026-01-31", [("2026-03-01", "2026-03-05", R)], "2026-02-28"),
    # before, the days were only left out of the two months
    ("cmp.resolve", "2025-12-20", [("2026-01-10", "2026-01-14", S)], "2026-02-24"),
    ("svc.bank_account", "2026-11-23", [("2026-11-24", "2026-11-26", S)], "2026-11-30"),
    ("svc.contact_data", "2026-11-20", [("2026-11-21", "2026-11-22", S)], "2026-11-25"),
    # The day of a notice stays, whatever stands in between
    ("lcs.nonrenewal_holder", "2027-03-31", [("2027-02-01", "2027-02-20", R)], "2027-02-28"),
    ("lcs.change_notice", "2027-04-30", [("2027-02-01", None, S)], "2027-02-28"),
]

# First day of a span of whole months, first day after it.
SPANS = {
    "lcs.grace_period": (
        "2026-03-01 2026-04-01, 2026-01-28 2026-02-28, 2026-01-31 2026-03-01, 2028-01-31 2028-03-01"
    ),
    "lcs.extinction": "2026-03-01 2026-09-01, 2026-08-30 2027-03-01, 2027-08-29 2028-02-29",
    "wdr.none_for_travel_under": "2026-02-01 2026-03-01, 2026-01-31 2026-03-01, 2026-07-15 2026-08-15",
}

MOMENTS = {
    # 24:00 of the day of payment, which is Madrid's day
    "lcs.restore_cover": [
        ("2026-03-28T09:00+01:00", "2026-03-29T00:00+01:00"),
        ("2026-03-29T23:59+02:00", "2026-03-30T00:00+02:00"),
        ("2026-10-25T00:30+02:00", "2026-10-26T00:00+01:00"),
        ("2026-11-22T22:59:59+00:00", "2026-11-23T00:00+01:00"),
        ("2026-11-22T23:00:00+00:00", "2026-11-24T00:00+01:00"),
        ("2026-12-31T23:59:59+01:00", "2027-01-01T00:00+01:00"),
        ("2028-02-28T12:00+01:00", "2028-02-29T00:00+01:00"),
    ],
    "gdpr.breach": [
        ("2026-12-30T00:00+01:00", "2027-01-02T00:00+01:00"),
        ("2026-03-28T10:00+01:00", "2026-03-31T11:00+02:00"),
        ("2026-10-24T10:00+02:00", "2026-10-27T09:00+01:00"),
        ("2028-02-27T12:00+01:00", "2028-03-01T12:00+01:00"),
    ],
    "legal.researched_answer": [
        ("2026-03-28T12:00+01:00", "2026-03-30T13:00+02:00"),
        ("2026-10-24T12:00+02:00", "2026-10-26T11:00+01:00"),
        ("2026-12-31T00:00+01:00", "2027-01-02T00:00+01:00"),
    ],
    "svc.refund_hold": [
        ("2026-11-23T10:00+01:00", "2026-11-26T10:00+01:00"),
        ("2026-10-23T00:00+02:00", "2026-10-25T23:00+01:00"),
    ],
    # Noon of a Friday, or of the eve of San Isidro: twelve hours of that day count
    "home_help.start_from": [
        ("2026-11-20T12:00+01:00", "2026-11-24T12:00+01:00"),
        ("2026-03-27T12:00+01:00", "2026-03-31T12:00+02:00"),
        ("2026-05-14T12:00+02:00", "2026-05-19T12:00+02:00"),
        ("2026-11-21T12:00+01:00", "2026-11-25T00:00+01:00"),
    ],
    "home_help.start_until": [
        ("2026-10-23T12:00+02:00", "2026-10-28T12:00+01:00"),
        ("2026-12-24T18:00+01:00", "2026-12-30T18:00+01:00"),
    ],
    "svc.wait_target": [
        ("2026-03-29T01:58+01:00", "2026-03-29T03:01+02:00"),
        ("2026-10-25T02:58+02:00", "2026-10-25T02:01+01:00"),
        ("2026-12-31T23:58+01:00", "2027-01-01T00:01+01:00"),
    ],
}

# Born, the last day below the age, the first day of it.
AGES = {
    "gdpr.child_consent": "2012-11-23 2026-11-22 2026-11-23, 2012-02-29 2026-02-28 2026-03-01",
    "gdpr.parents": "2012-12-31 2026-12-30 2026-12-31, 2016-02-29 2030-02-28 2030-03-01",
    "health.majority": "2010-11-23 2026-11-22 2026-11-23, 2012-02-29 2028-02-28 2028-02-29",
}

FIGURES = {
    "money.legal_interest": "2016-01-01 3.00, 2022-12-31 3.00, 2023-01-01 3.25, 2026-11-22 3.25",
    "lcs.default_interest": "2016-01-01 1.5, 2026-11-22 1.5",
    "lcs.default_interest_floor": "2016-01-01 20, 2026-11-22 20",
    "svc.wait_target_share": "2025-12-28 95, 2026-11-22 95",
}


def cases(table: dict[str, str]) -> list[tuple[str, ...]]:
    return [(key, *case.split()) for key, row in table.items() for case in row.split(", ")]


MOMENT_CASES = [(key, *pair) for key, pairs in MOMENTS.items() for pair in pairs]


def day(text: str) -> date:
    return date.fromisoformat(text)


def rule(key: str, on: date) -> Term:
    return OURS.term(key, on)


@pytest.mark.parametrize(("key", "begun", "last"), cases(LAST_DAYS))
def test_the_last_day(key: str, begun: str, last: str) -> None:
    assert due(day(begun), rule(key, day(begun)), calendar=SEAT) == day(last)


@pytest.mark.parametrize(("key", "begun", "stops", "last"), INTERRUPTED)
def test_the_last_day_where_something_stood_in_between(
    key: str, begun: str, stops: Stops, last: str | None
) -> None:
    between = [Interruption(day(a), day(b) if b else None, effect) for a, b, effect in stops]  # type: ignore[arg-type]
    assert due(day(begun), rule(key, day(begun)), between, SEAT) == (day(last) if last else None)


@pytest.mark.parametrize(("key", "first", "after"), cases(SPANS))
def test_the_day_after_a_span_of_months(key: str, first: str, after: str) -> None:
    found = rule(key, day(first))
    assert found.unit == "months"
    assert day_after_months(day(first), int(found.value)) == day(after)


@pytest.mark.parametrize(("key", "begun", "over"), MOMENT_CASES)
def test_the_moment(key: str, begun: str, over: str) -> None:
    moment = datetime.fromisoformat(begun)
    got = due_at(moment, rule(key, moment.astimezone(MADRID).date()), SEAT)
    # As written, because two moments of the hour that comes twice are never equal.
    assert (got.tzinfo, got.isoformat()) == (MADRID, datetime.fromisoformat(over).isoformat())


@pytest.mark.parametrize(("key", "born", "before", "reached"), cases(AGES))
def test_the_birthday(key: str, born: str, before: str, reached: str) -> None:
    years = int(rule(key, day(reached)).value)
    assert rule(key, day(reached)).unit == "years_of_age"
    assert (age(day(born), day(before)), age(day(born), day(reached))) == (years - 1, years)


@pytest.mark.parametrize(("key", "on", "value"), cases(FIGURES))
def test_the_figure(key: str, on: str, value: str) -> None:
    assert Decimal(rule(key, day(on)).value) == Decimal(value)


def named() -> Iterator[tuple[str, date]]:
    """Every key that a table names, with the day for which its row is asked."""
    for table in (LAST_DAYS, SPANS, FIGURES):
        yield from ((key, day(on)) for key, on, *_rest in cases(table))
    yield from ((key, day(reached)) for key, _born, _before, reached in cases(AGES))
    yield from (
        (key, datetime.fromisoformat(on).astimezone(MADRID).date()) for key, on, _over in MOMENT_CASES
    )


def unnamed(rows: Iterator[Term], cases_of: list[tuple[str, date]]) -> list[str]:
    return [
        f"{row.key} from {row.valid_from}"
        for row in rows
        if sum(key == row.key and row.holds_on(on) for key, on in cases_of) < (1 if row.valid_to else 2)
    ]


def test_every_row_of_the_file_has_its_days_here() -> None:
    """Two at least for what holds today, one for what once held; and no key is named that is not there."""
    assert unnamed(iter(OURS), list(named())) == []
    assert {key for key, _on in named()} == set(OURS.keys())


def test_a_key_that_no_table_names_would_be_seen() -> None:
    without = [(key, on) for key, on in named() if key != "wdr.refund_legal"]
    assert unnamed(iter(OURS), without) == ["wdr.refund_legal from 0001-01-01"]
    only_today = [(key, on) for key, on in named() if key != "cmp.remedy" or on >= date(2025, 12, 28)]
    assert unnamed(iter(OURS), only_today) == ["cmp.remedy from 0001-01-01"]
