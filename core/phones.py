"""Phone lines of the insurer and when somebody answers them. Hours are wall-clock time of the line's zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext, pgettext

from core.text import localised
from core.working_days import is_working_day

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT_AFTER = time.max
HORIZON = timedelta(days=60)


@dataclass(frozen=True)
class Interval:
    """Open on `weekdays` (0 is Monday) from `opens` until just before `closes`; time.max means midnight."""

    weekdays: frozenset[int]
    opens: time
    closes: time

    def holds(self, day: date, clock: time) -> bool:
        ends = clock < self.closes or self.closes == MIDNIGHT_AFTER
        return day.weekday() in self.weekdays and self.opens <= clock and ends


@dataclass(frozen=True)
class Phone:
    key: str
    number: str
    display: str
    label: Mapping[str, str]
    note: Mapping[str, str]
    free: bool
    always: bool
    hours: tuple[Interval, ...]
    working_days_only: bool
    zone: str
    region: str
    local_holidays: frozenset[str]

    @property
    def name(self) -> str:
        return localised(self.label)

    @property
    def remark(self) -> str:
        return localised(self.note)

    @property
    def open_now(self) -> bool:
        return is_open(self, timezone.now())

    @property
    def opens_next(self) -> datetime | None:
        return next_opening(self, timezone.now())

    @property
    def hours_in_words(self) -> str:
        if self.always:
            return gettext("24 hours, every day")
        parts = [_interval_in_words(interval) for interval in self.hours]
        if self.working_days_only:
            parts.append(gettext("working days only"))
        return ", ".join(parts)


def is_open(phone: Phone, at: datetime) -> bool:
    """Whether somebody answers at the moment `at` (aware)."""
    if phone.always:
        return True
    local = at.astimezone(ZoneInfo(phone.zone))
    return _answers_on(phone, local.date()) and any(
        interval.holds(local.date(), local.time()) for interval in phone.hours
    )


def next_opening(phone: Phone, at: datetime) -> datetime | None:
    """The moment, in the line's zone, from which it answers again; `at` itself while it is open."""
    zone = ZoneInfo(phone.zone)
    local = at.astimezone(zone)
    if is_open(phone, at):
        return local
    for offset in range(HORIZON.days):
        day = local.date() + timedelta(days=offset)
        if not _answers_on(phone, day):
            continue
        starts = [
            datetime.combine(day, interval.opens, zone)
            for interval in phone.hours
            if day.weekday() in interval.weekdays
        ]
        later = [start for start in starts if start > local]
        if later:
            return min(later)
    return None


def weekdays_of(names: list[str]) -> frozenset[int]:
    return frozenset(DAYS.index(name) for name in names)


def clock(text: str) -> time:
    """ "08:00"; "24:00" is the end of the day."""
    return MIDNIGHT_AFTER if text == "24:00" else time.fromisoformat(text)


def _answers_on(phone: Phone, day: date) -> bool:
    return not phone.working_days_only or is_working_day(day, phone.region, phone.local_holidays)


def _interval_in_words(interval: Interval) -> str:
    closes = "24:00" if interval.closes == MIDNIGHT_AFTER else f"{interval.closes:%H:%M}"
    return gettext("%(days)s, %(opens)s to %(closes)s") % {
        "days": _days_in_words(sorted(interval.weekdays)),
        "opens": f"{interval.opens:%H:%M}",
        "closes": closes,
    }


def _days_in_words(weekdays: list[int]) -> str:
    names = (
        pgettext("day of the week in opening hours", "Monday"),
        pgettext("day of the week in opening hours", "Tuesday"),
        pgettext("day of the week in opening hours", "Wednesday"),
        pgettext("day of the week in opening hours", "Thursday"),
        pgettext("day of the week in opening hours", "Friday"),
        pgettext("day of the week in opening hours", "Saturday"),
        pgettext("day of the week in opening hours", "Sunday"),
    )
    if weekdays == list(range(7)):
        return gettext("every day")
    unbroken = weekdays == list(range(weekdays[0], weekdays[-1] + 1))
    if unbroken and len(weekdays) > 2:
        return gettext("%(first)s to %(last)s") % {
            "first": names[weekdays[0]],
            "last": names[weekdays[-1]],
        }
    return ", ".join(names[day] for day in weekdays)
