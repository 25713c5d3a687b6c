"""Arithmetic of terms: days, months "from date to date", working days, hours; and what interrupts them.

Months and years are counted from date to date and end on the last day of the month when it has no such day
(Código Civil art. 5.1); days are calendar days unless the term says working days (art. 5.2).
"""

import calendar as month_lengths
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from core.legal_terms import Term
from core.working_days import is_working_day

MADRID = ZoneInfo("Europe/Madrid")
ONE_DAY = timedelta(days=1)

Effect = Literal["restart", "suspend"]


@dataclass(frozen=True)
class WorkingCalendar:
    """The working days of one place: a region (MD, CT …) and the town's own days ("05-15")."""

    region: str = "MD"
    local_holidays: frozenset[str] = frozenset()

    def is_working(self, day: date) -> bool:
        return is_working_day(day, self.region, self.local_holidays)


@dataclass(frozen=True)
class Interruption:
    """The clock stands from the day on which something was asked to the day it came (None: not yet).

    "restart": the whole term runs again from `to_on`. "suspend": only the days in between are added.
    """

    from_on: date
    to_on: date | None
    effect: Effect = "restart"

    def __post_init__(self) -> None:
        if self.to_on is not None and self.to_on < self.from_on:
            raise ValueError("an interruption cannot end before it begins")


SEAT = WorkingCalendar()


def add_days(day: date, days: int) -> date:
    return day + timedelta(days=days)


def add_months(day: date, months: int) -> date:
    """31 January and one month: the last day of February. Negative months count back."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, month_lengths.monthrange(year, month)[1]))


def add_years(day: date, years: int) -> date:
    return add_months(day, 12 * years)


def day_after_months(first: date, months: int) -> date:
    """The day after a span of whole months whose first day is `first`.

    1 March and one month: 1 April. 31 January and one month: 1 March, because February is then over.
    """
    last = add_months(first, months)
    return last if last.day == first.day else last + ONE_DAY


def add_working_days(day: date, days: int, calendar: WorkingCalendar = SEAT) -> date:
    """The nth working day after a day, which itself is not counted."""
    if days < 0:
        raise ValueError("working days are counted forward only")
    while days:
        day += ONE_DAY
        days -= calendar.is_working(day)
    return day


def working_days_between(start: date, end: date, calendar: WorkingCalendar = SEAT) -> int:
    """Working days after `start` up to and including `end`."""
    return sum(calendar.is_working(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


def start_of_day(day: date) -> datetime:
    return datetime.combine(day, time(), MADRID)


def end_of_day(day: date) -> datetime:
    """24:00 in Madrid, which is 00:00 of the next day: what happens before this moment is in time."""
    return start_of_day(day + ONE_DAY)


def add_term(day: date, term: Term, calendar: WorkingCalendar = SEAT) -> date:
    """Last day of a term that is counted in days or longer units, from the day that starts it.

    Of a notice that must come before a day: the last day on which it is early enough.
    """
    value = -int(term.value) if term.before else int(term.value)
    match term.unit:
        case "days":
            return add_days(day, value)
        case "working_days":
            return add_working_days(day, value, calendar)
        case "months":
            return add_months(day, value)
        case "years":
            return add_years(day, value)
    raise ValueError(f"{term.key} is counted in {term.unit}, not in days")


def due(
    start: date,
    term: Term,
    interruptions: Iterable[Interruption] = (),
    calendar: WorkingCalendar = SEAT,
) -> date | None:
    """Last day of a term with its interruptions; None while the clock stands.

    An interruption that begins when the term is already over changes nothing, nor does any where a notice
    must come before a day: that day does not move.
    """
    if term.before:
        return add_term(start, term, calendar)
    paused: list[tuple[date, date]] = []
    deadline = add_term(start, term, calendar)
    for interruption in sorted(interruptions, key=lambda i: i.from_on):
        if interruption.from_on > deadline:
            break
        if interruption.to_on is None:
            return None
        if interruption.effect == "restart":
            start, paused = max(start, interruption.to_on), []
        else:
            begun = max([interruption.from_on, start, *(end for _, end in paused)])
            paused.append((begun, max(begun, interruption.to_on)))
        deadline = _lengthen(add_term(start, term, calendar), term, paused, calendar)
    return deadline


def due_at(start: datetime, term: Term, calendar: WorkingCalendar = SEAT) -> datetime:
    """Moment, in Madrid, at which a term counted in hours or minutes is over."""
    local = _aware(start).astimezone(MADRID)
    hours = int(term.value)
    match term.unit:
        case "minutes":
            return (local.astimezone(UTC) + timedelta(minutes=int(term.value))).astimezone(MADRID)
        case "hours":
            return (local.astimezone(UTC) + timedelta(hours=hours)).astimezone(MADRID)
        case "hours_after_day":
            return hours_after_day(local.date(), hours)
        case "working_hours":
            return _add_working_hours(local, hours, calendar)
    raise ValueError(f"{term.key} is counted in {term.unit}, not in hours")


def hours_after_day(day: date, hours: int) -> datetime:
    """Hours counted from 24:00 of a day; each 24 are one calendar day, also when the clocks change."""
    days, rest = divmod(hours, 24)
    whole = end_of_day(day + timedelta(days=days))
    return (whole.astimezone(UTC) + timedelta(hours=rest)).astimezone(MADRID)


def _add_working_hours(local: datetime, hours: int, calendar: WorkingCalendar) -> datetime:
    # The clocks change on Sundays, which are never working days, so wall time is safe here.
    left = timedelta(hours=hours)
    while True:
        midnight = end_of_day(local.date())
        if calendar.is_working(local.date()):
            rest_of_day = midnight - local
            if left <= rest_of_day:
                return local + left
            left -= rest_of_day
        local = midnight


def _lengthen(deadline: date, term: Term, paused: list[tuple[date, date]], calendar: WorkingCalendar) -> date:
    if term.unit == "working_days":
        lost = sum(working_days_between(begin, end, calendar) for begin, end in paused)
        return add_working_days(deadline, lost, calendar)
    return add_days(deadline, sum((end - begin).days for begin, end in paused))


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment
