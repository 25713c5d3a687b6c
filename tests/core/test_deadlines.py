from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.deadlines import (
    MADRID,
    Interruption,
    WorkingCalendar,
    add_days,
    add_months,
    add_working_days,
    add_years,
    day_after_months,
    due,
    due_at,
    end_of_day,
    hours_after_day,
    start_of_day,
    working_days_between,
)
from core.legal_terms import Term

BARCELONA = WorkingCalendar("CT", frozenset({"09-24"}))
MADRID_TOWN = WorkingCalendar("MD", frozenset({"05-15", "11-09"}))
DATES = st.dates(date(1990, 1, 1), date(2050, 12, 31))


def of(value, unit):
    calendar = "working" if unit.startswith("working") else "natural"
    return Term("test", value, unit, calendar, date.min, None, "test")


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),  # CC art. 5.1
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 1, 28), 1, date(2026, 2, 28)),
        (date(2026, 1, 29), 1, date(2026, 2, 28)),
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
        (date(2026, 2, 28), 1, date(2026, 3, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 8, 30), 6, date(2027, 2, 28)),
        (date(2026, 6, 15), 18, date(2027, 12, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 1, 15), 0, date(2026, 1, 15)),
    ],
)
def test_months_from_date_to_date(day, months, result):
    assert add_months(day, months) == result


@pytest.mark.parametrize(
    ("first", "months", "after"),
    [
        (date(2026, 3, 1), 1, date(2026, 4, 1)),
        (date(2026, 3, 1), 6, date(2026, 9, 1)),
        (date(2026, 3, 31), 1, date(2026, 5, 1)),
        (date(2026, 1, 28), 1, date(2026, 2, 28)),
        (date(2026, 1, 29), 1, date(2026, 3, 1)),
        (date(2026, 1, 31), 1, date(2026, 3, 1)),
        (date(2024, 1, 29), 1, date(2024, 2, 29)),
        (date(2024, 1, 31), 1, date(2024, 3, 1)),
        (date(2026, 8, 30), 6, date(2027, 3, 1)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
    ],
)
def test_the_day_after_whole_months(first, months, after):
    assert day_after_months(first, months) == after


def test_days_and_years():
    assert add_days(date(2026, 2, 20), 40) == date(2026, 4, 1)
    assert add_days(date(2026, 12, 31), 1) == date(2027, 1, 1)
    assert add_years(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("day", "days", "calendar", "result"),
    [
        (date(2026, 5, 13), 1, MADRID_TOWN, date(2026, 5, 14)),
        (date(2026, 5, 14), 1, MADRID_TOWN, date(2026, 5, 18)),  # San Isidro is a Friday, then the weekend
        (date(2026, 5, 14), 1, BARCELONA, date(2026, 5, 15)),
        (date(2026, 9, 10), 1, BARCELONA, date(2026, 9, 14)),  # 11 September: Catalonia only
        (date(2026, 9, 10), 1, MADRID_TOWN, date(2026, 9, 11)),
        (date(2026, 9, 23), 1, BARCELONA, date(2026, 9, 25)),  # La Mercè: the town only
        (date(2026, 12, 24), 1, MADRID_TOWN, date(2026, 12, 28)),
        (date(2026, 12, 31), 1, MADRID_TOWN, date(2027, 1, 4)),  # over the end of the year
        (date(2026, 8, 3), 5, MADRID_TOWN, date(2026, 8, 10)),  # August counts
        (date(2026, 5, 16), 0, MADRID_TOWN, date(2026, 5, 16)),
    ],
)
def test_working_days(day, days, calendar, result):
    assert add_working_days(day, days, calendar) == result


def test_working_days_are_not_counted_back():
    with pytest.raises(ValueError, match="forward"):
        add_working_days(date(2026, 5, 16), -1)


@pytest.mark.parametrize(
    ("day", "begins", "ends"),
    [
        # Days of 24, 23 (29 March) and 25 hours (25 October).
        (date(2026, 3, 1), datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 1, 23, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2026, 7, 1), datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 7, 1, 22, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
def test_a_day_begins_and_ends_in_madrid(day, begins, ends):
    assert start_of_day(day).astimezone(UTC) == begins
    assert end_of_day(day).astimezone(UTC) == ends


@pytest.mark.parametrize(
    ("day", "hours", "moment"),
    [
        (date(2026, 5, 20), 0, datetime(2026, 5, 20, 22, tzinfo=UTC)),  # LCS art. 15: 24:00
        (date(2026, 5, 20), 24, datetime(2026, 5, 21, 22, tzinfo=UTC)),
        (date(2026, 5, 20), 30, datetime(2026, 5, 22, 4, tzinfo=UTC)),
        (date(2026, 3, 28), 0, datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (date(2026, 3, 28), 24, datetime(2026, 3, 29, 22, tzinfo=UTC)),  # a day of 23 hours is a day
        (date(2026, 10, 24), 24, datetime(2026, 10, 25, 23, tzinfo=UTC)),  # and one of 25 too
    ],
)
def test_hours_after_a_day(day, hours, moment):
    assert hours_after_day(day, hours) == moment
    assert due_at(start_of_day(day), of(hours, "hours_after_day")) == moment


MONTH, TEN_DAYS, TEN_WORKING = of(1, "months"), of(10, "days"), of(10, "working_days")
FILED = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("counted", "interruptions", "last_day"),
    [
        (MONTH, [], date(2026, 4, 2)),
        # Asked on the tenth day, given on the fifteenth.
        (MONTH, [(date(2026, 3, 12), date(2026, 3, 17), "restart")], date(2026, 4, 17)),
        (MONTH, [(date(2026, 3, 12), date(2026, 3, 17), "suspend")], date(2026, 4, 7)),
        (MONTH, [(date(2026, 3, 12), None, "restart")], None),
        (MONTH, [(date(2026, 3, 12), None, "suspend")], None),
        # On the last day it still counts, a day later it does not.
        (MONTH, [(date(2026, 4, 2), date(2026, 4, 5), "suspend")], date(2026, 4, 5)),
        (MONTH, [(date(2026, 4, 3), date(2026, 4, 5), "suspend")], date(2026, 4, 2)),
        (MONTH, [(date(2026, 4, 3), None, "restart")], date(2026, 4, 2)),
        # Given on the same day: nothing is lost by suspension, the month begins anew by restart.
        (MONTH, [(date(2026, 3, 12), date(2026, 3, 12), "suspend")], date(2026, 4, 2)),
        (MONTH, [(date(2026, 3, 12), date(2026, 3, 12), "restart")], date(2026, 4, 12)),
        # Two, one inside the other: no day is added twice.
        (
            TEN_DAYS,
            [
                (date(2026, 3, 4), date(2026, 3, 10), "suspend"),
                (date(2026, 3, 6), date(2026, 3, 8), "suspend"),
            ],
            date(2026, 3, 18),
        ),
        (
            TEN_DAYS,
            [
                (date(2026, 3, 6), date(2026, 3, 12), "suspend"),
                (date(2026, 3, 4), date(2026, 3, 8), "suspend"),
            ],
            date(2026, 3, 20),
        ),
        # A restart forgets what was suspended before it.
        (
            TEN_DAYS,
            [
                (date(2026, 3, 4), date(2026, 3, 6), "suspend"),
                (date(2026, 3, 8), date(2026, 3, 9), "restart"),
            ],
            date(2026, 3, 19),
        ),
        # The second falls into the time that the first has added.
        (
            TEN_DAYS,
            [
                (date(2026, 3, 4), date(2026, 3, 9), "suspend"),
                (date(2026, 3, 16), date(2026, 3, 18), "suspend"),
            ],
            date(2026, 3, 19),
        ),
        # Working days: a weekend in between costs nothing.
        (TEN_WORKING, [], date(2026, 3, 16)),
        (TEN_WORKING, [(date(2026, 3, 6), date(2026, 3, 9), "suspend")], date(2026, 3, 17)),
        (TEN_WORKING, [(date(2026, 3, 6), date(2026, 3, 8), "suspend")], date(2026, 3, 16)),
    ],
)
def test_interruptions(counted, interruptions, last_day):
    assert due(FILED, counted, [Interruption(*one) for one in interruptions]) == last_day


def test_an_interruption_ends_after_it_begins():
    with pytest.raises(ValueError, match="before it begins"):
        Interruption(date(2026, 3, 2), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("start", "counted", "moment"),
    [
        (datetime(2026, 3, 28, 12, tzinfo=MADRID), of(48, "hours"), datetime(2026, 3, 30, 13, tzinfo=MADRID)),
        (
            datetime(2026, 10, 24, 12, tzinfo=MADRID),
            of(72, "hours"),
            datetime(2026, 10, 27, 11, tzinfo=MADRID),
        ),
        # Friday 18:00: six hours of Friday, Monday, 18 hours of Tuesday.
        (
            datetime(2026, 3, 6, 18, tzinfo=MADRID),
            of(48, "working_hours"),
            datetime(2026, 3, 10, 18, tzinfo=MADRID),
        ),
        (
            datetime(2026, 3, 7, 9, tzinfo=MADRID),
            of(48, "working_hours"),
            datetime(2026, 3, 11, 0, tzinfo=MADRID),
        ),
        (
            datetime(2026, 3, 6, 17, tzinfo=UTC),
            of(72, "working_hours"),
            datetime(2026, 3, 11, 18, tzinfo=MADRID),
        ),
    ],
)
def test_terms_in_hours(start, counted, moment):
    assert due_at(start, counted) == moment


def test_days_and_hours_are_not_mixed_up():
    with pytest.raises(ValueError, match="counted in hours"):
        due(FILED, of(48, "hours"))
    with pytest.raises(ValueError, match="counted in months"):
        due_at(start_of_day(FILED), MONTH)
    with pytest.raises(ValueError, match="time zone"):
        due_at(datetime(2026, 3, 6), of(48, "hours"))  # noqa: DTZ001


@given(DATES, st.integers(1, 400), st.sampled_from(["days", "months", "years"]))
def test_a_notice_on_the_last_day_is_early_enough(end, value, unit):
    """And counted forward again it never passes the day that it must precede."""
    notice = replace(of(min(value, 30), unit), before=True)
    last = due(end, notice)
    assert last < end
    assert due(last, replace(notice, before=False)) <= end


@given(DATES, st.integers(0, 400))
def test_whole_months_end_at_most_a_day_apart(day, months):
    last, after = add_months(day, months), day_after_months(day, months)
    assert (after - last).days in (0, 1)
    assert after.day in (day.day, 1)


@given(DATES, st.integers(0, 40))
def test_working_days_count_back_to_the_same_number(day, days):
    assert working_days_between(day, add_working_days(day, days)) == days


@given(DATES, st.integers(0, 60), st.integers(0, 60), st.sampled_from([MONTH, TEN_DAYS, TEN_WORKING]))
def test_an_interruption_never_shortens_a_term(start, offset, length, counted):
    begun = add_days(start, offset)
    plain = due(start, counted)
    suspended = due(start, counted, [Interruption(begun, add_days(begun, length), "suspend")])
    restarted = due(start, counted, [Interruption(begun, add_days(begun, length), "restart")])
    assert plain <= suspended <= restarted
