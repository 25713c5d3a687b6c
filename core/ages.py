"""Ages in whole years, as Spanish law counts them."""

from datetime import UTC, date, datetime
from typing import Literal

from core.deadlines import MADRID, add_months


def today_in_madrid(now: datetime | None = None) -> date:
    """The calendar day in Madrid at a moment (aware; default: this one)."""
    moment = datetime.now(UTC) if now is None else now
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(MADRID).date()


def birthday(born: date, year: int) -> date:
    """Who was born on 29 February has the birthday on 1 March in a common year."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def age(born: date, on: date) -> int:
    """Whole years completed on a day, the birthday counted (Código Civil art. 315); negative before birth."""
    return on.year - born.year - (on < birthday(born, on.year))


def years_before(on: date, years: int) -> date:
    """Cut-off for queries: born <= years_before(on, n) holds exactly for those aged n or more on that day."""
    try:
        return on.replace(year=on.year - years)
    except ValueError:
        return date(on.year - years, 2, 28)


def actuarial_age(born: date, on: date, tie: Literal["up", "down"] = "up") -> int:
    """PRM-01: age at the birthday nearest to the effective or renewal date, past or to come.

    The half-year is six calendar months after the last birthday, so that it falls on the same day number
    every year; the general conditions are silent about that very day, which `tie` decides.
    """
    completed = age(born, on)
    half = add_months(birthday(born, born.year + completed), 6)
    if on == half:
        return completed + (tie == "up")
    return completed + (on > half)
