"""When a trip can be certified (requirements TRV-01 to TRV-03, WOR-01, PAY-01 to PAY-08), on values alone."""

from datetime import date, timedelta

import pytest

from policies.certificates import Ground, Period, Trip, joined, refusals
from policies.payment_state import Receipt

TODAY = date(2026, 6, 15)
ALWAYS = (Period(date(2020, 1, 1), None),)


def paid(due_on: date) -> Receipt:
    return Receipt(due_on=due_on, paid_on=due_on)


def ground(
    *,
    longest: int = 90,
    periods: tuple[Period, ...] = ALWAYS,
    receipts: tuple[Receipt, ...] = (),
    payer: bool = True,
) -> Ground:
    return Ground(longest, periods, receipts, payer)


def codes(trip: Trip, on: Ground, today: date = TODAY) -> list[tuple[str, str]]:
    return [(refusal.code, refusal.field) for refusal in refusals(trip, on, today=today)]


def days_from(start: date, days: int) -> Trip:
    return Trip(start, start + timedelta(days=days - 1))


@pytest.mark.parametrize(
    ("longest", "days", "expected"),
    [
        (60, 60, []),
        (60, 61, [("too_long", "ends_on")]),
        (90, 90, []),
        (90, 91, [("too_long", "ends_on")]),
        (180, 180, []),
        (180, 181, [("too_long", "ends_on")]),
        (60, 1, []),
    ],
)
def test_the_longest_trip_counts_both_days(longest, days, expected):
    assert codes(days_from(date(2026, 7, 1), days), ground(longest=longest)) == expected


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "expected"),
    [
        (date(2026, 7, 2), date(2026, 7, 1), [("turned_round", "ends_on")]),
        (date(2026, 7, 1), date(2026, 7, 1), []),
        (date(2026, 6, 1), date(2026, 6, 14), [("over", "ends_on")]),
        # Already on the way: what is left of the trip may still be certified.
        (date(2026, 6, 1), date(2026, 6, 15), []),
        (date(2027, 6, 15), date(2027, 6, 20), []),
        (date(2027, 6, 16), date(2027, 6, 20), [("too_far_ahead", "starts_on")]),
    ],
)
def test_the_days_of_the_trip(starts_on, ends_on, expected):
    assert codes(Trip(starts_on, ends_on), ground()) == expected


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "expected"),
    [
        (date(2026, 7, 1), date(2026, 7, 31), []),
        (date(2026, 6, 30), date(2026, 7, 31), [("not_yet", "starts_on")]),
        (date(2026, 7, 1), date(2026, 8, 1), [("ended", "ends_on")]),
    ],
)
def test_the_first_and_the_last_day_of_cover(starts_on, ends_on, expected):
    july = (Period(date(2026, 7, 1), date(2026, 7, 31)),)
    assert codes(Trip(starts_on, ends_on), ground(periods=july)) == expected


def test_a_trip_over_a_hole_in_the_cover():
    holed = (Period(date(2026, 1, 1), date(2026, 7, 10)), Period(date(2026, 7, 12), None))
    assert codes(Trip(date(2026, 7, 5), date(2026, 7, 20)), ground(periods=holed)) == [
        ("interrupted", "starts_on")
    ]


def test_nobody_without_cover_is_certified():
    assert codes(days_from(date(2026, 7, 1), 5), ground(periods=())) == [("no_cover", "insured")]


def test_several_reasons_are_told_together():
    ended = (Period(date(2020, 1, 1), date(2026, 12, 31)),)
    trip = days_from(date(2027, 7, 1), 91)
    assert codes(trip, ground(periods=ended)) == [
        ("too_long", "ends_on"),
        ("too_far_ahead", "starts_on"),
        ("ended", "ends_on"),
    ]


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        ([], ()),
        (
            [Period(date(2026, 1, 1), date(2026, 6, 30)), Period(date(2026, 7, 1), None)],
            (Period(date(2026, 1, 1), None),),
        ),
        (
            [Period(date(2026, 7, 2), None), Period(date(2026, 1, 1), date(2026, 6, 30))],
            (Period(date(2026, 1, 1), date(2026, 6, 30)), Period(date(2026, 7, 2), None)),
        ),
        (
            [Period(date(2026, 1, 1), None), Period(date(2026, 2, 1), date(2026, 3, 1))],
            (Period(date(2026, 1, 1), None),),
        ),
        (
            [Period(date(2026, 1, 1), date(2026, 5, 1)), Period(date(2026, 2, 1), date(2026, 3, 1))],
            (Period(date(2026, 1, 1), date(2026, 5, 1)),),
        ),
    ],
)
def test_periods_that_touch_are_one(periods, expected):
    assert joined(periods) == expected


@pytest.mark.parametrize(
    ("receipts", "trip", "expected"),
    [
        # Due in the future: taken as paid in time.
        ((Receipt(date(2026, 7, 1)),), days_from(date(2026, 8, 20), 5), []),
        # Unpaid since 1 June, grace until 1 July: the last day of grace may be certified, the next not.
        ((Receipt(date(2026, 6, 1)),), Trip(date(2026, 6, 20), date(2026, 6, 30)), []),
        ((Receipt(date(2026, 6, 1)),), Trip(date(2026, 6, 20), date(2026, 7, 1)), ["premium_grace"]),
        # Unpaid since 1 April: suspended from 1 May.
        ((Receipt(date(2026, 4, 1)),), days_from(date(2026, 7, 1), 5), ["premium_suspended"]),
        # Paid today: cover is back tonight, so a trip from tomorrow may be certified, one from today not.
        ((Receipt(date(2026, 4, 1), paid_on=TODAY),), days_from(date(2026, 6, 16), 5), []),
        ((Receipt(date(2026, 4, 1), paid_on=TODAY),), days_from(TODAY, 5), ["premium_suspended"]),
        # Six months unpaid: the contract is over.
        ((Receipt(date(2025, 12, 1)),), days_from(date(2026, 7, 1), 5), ["premium_extinguished"]),
        ((Receipt(date(2026, 6, 1), first=True),), days_from(date(2026, 7, 1), 5), ["premium_not_started"]),
        # The hole lies in the past, but within the trip.
        (
            (Receipt(date(2026, 4, 1), paid_on=date(2026, 6, 10)),),
            Trip(date(2026, 6, 5), date(2026, 6, 20)),
            ["premium_restored"],
        ),
        ((paid(date(2026, 6, 1)),), days_from(date(2026, 7, 1), 5), []),
    ],
)
def test_the_premiums(receipts, trip, expected):
    found = refusals(trip, ground(receipts=receipts), today=TODAY)
    assert [refusal.code for refusal in found] == expected
    assert all(refusal.field == "insured" and refusal.text for refusal in found)


@pytest.mark.parametrize("due_on", [date(2026, 6, 1), date(2026, 4, 1), date(2025, 12, 1)])
def test_who_may_not_see_the_premiums_is_not_told_of_them(due_on):
    unpaid = (Receipt(due_on),)
    trip = days_from(date(2026, 7, 1), 5)
    [told] = refusals(trip, ground(receipts=unpaid), today=TODAY)
    [hidden] = refusals(trip, ground(receipts=unpaid, payer=False), today=TODAY)
    assert told.text != hidden.text
    assert not any(character.isdigit() for character in hidden.text)
