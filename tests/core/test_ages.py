import random
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from core.ages import actuarial_age, age, birthday, today_in_madrid, years_before


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2008, 5, 14), date(2026, 5, 13), 17),
        (date(2008, 5, 14), date(2026, 5, 14), 18),
        (date(2008, 5, 14), date(2026, 5, 15), 18),
        (date(2008, 12, 31), date(2026, 12, 30), 17),
        (date(2008, 12, 31), date(2027, 1, 1), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),  # CC art. 315: the eighteenth year is complete on 1 March
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 28), 19),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2008, 3, 1), date(2026, 2, 28), 17),
        (date(2008, 3, 1), date(2026, 3, 1), 18),
        (date(2026, 1, 1), date(2026, 1, 1), 0),
        (date(2026, 1, 2), date(2026, 1, 1), -1),
    ],
)
def test_age_in_whole_years(born, on, years):
    assert age(born, on) == years


@pytest.mark.parametrize(
    ("on", "years", "cut_off"),
    [
        (date(2026, 5, 14), 18, date(2008, 5, 14)),
        (date(2026, 2, 28), 18, date(2008, 2, 28)),
        (date(2026, 3, 1), 18, date(2008, 3, 1)),
        (date(2024, 2, 29), 16, date(2008, 2, 29)),
        (date(2024, 2, 29), 18, date(2006, 2, 28)),
        (date(2026, 5, 14), 0, date(2026, 5, 14)),
    ],
)
def test_cut_off_dates(on, years, cut_off):
    assert years_before(on, years) == cut_off


def test_cut_off_and_age_agree_on_ten_thousand_dates():
    chance = random.Random(315)
    first = date(1920, 1, 1)
    for _ in range(10_000):
        on = first + timedelta(days=chance.randrange(45_000))
        years = chance.choice((0, 1, 9, 14, 16, 18, 65, 70))
        # Around the anniversary, and around the leap day, where the two could part.
        near = date(on.year - years, *chance.choice(((on.month, min(on.day, 28)), (2, 28), (3, 1))))
        born = near + timedelta(days=chance.randrange(-3, 4))
        assert (born <= years_before(on, years)) == (age(born, on) >= years), (born, on, years)


def test_everybody_has_one_birthday_a_year():
    assert birthday(date(2008, 2, 29), 2026) == date(2026, 3, 1)
    assert birthday(date(2008, 2, 29), 2028) == date(2028, 2, 29)
    assert birthday(date(2008, 5, 14), 2026) == date(2026, 5, 14)


@pytest.mark.parametrize(
    ("moment", "day", "years"),
    [
        # Diego, born 14 May 2008, comes of age at midnight in Madrid, which is 22:00 UTC in summer …
        (datetime(2026, 5, 13, 21, 59, 59, tzinfo=UTC), date(2026, 5, 13), 17),
        (datetime(2026, 5, 13, 22, 0, tzinfo=UTC), date(2026, 5, 14), 18),
    ],
)
def test_coming_of_age_at_midnight_in_summer(moment, day, years):
    assert today_in_madrid(moment) == day
    assert age(date(2008, 5, 14), today_in_madrid(moment)) == years


@pytest.mark.parametrize(
    ("moment", "day", "years"),
    [
        # … and 23:00 UTC in winter.
        (datetime(2026, 1, 13, 22, 59, 59, tzinfo=UTC), date(2026, 1, 13), 17),
        (datetime(2026, 1, 13, 23, 0, tzinfo=UTC), date(2026, 1, 14), 18),
    ],
)
def test_coming_of_age_at_midnight_in_winter(moment, day, years):
    assert today_in_madrid(moment) == day
    assert age(date(2008, 1, 14), today_in_madrid(moment)) == years


def test_today_is_read_from_the_clock():
    with time_machine.travel(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), tick=False):
        assert today_in_madrid() == date(2027, 1, 1)


def test_a_moment_without_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        today_in_madrid(datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("born", "on", "up", "down"),
    [
        (date(1960, 3, 10), date(2024, 11, 1), 65, 65),  # PRM-01
        (date(1960, 3, 10), date(2024, 8, 1), 64, 64),  # PRM-01
        (date(1960, 3, 10), date(2024, 9, 9), 64, 64),
        (date(1960, 3, 10), date(2024, 9, 10), 65, 64),  # exactly six months
        (date(1960, 3, 10), date(2024, 9, 11), 65, 65),
        (date(1960, 3, 10), date(2025, 3, 9), 65, 65),
        (date(1960, 3, 10), date(2025, 3, 10), 65, 65),
        (date(1960, 9, 10), date(2025, 3, 9), 64, 64),
        (date(1960, 9, 10), date(2025, 3, 10), 65, 64),
        (date(1960, 9, 10), date(2025, 3, 11), 65, 65),
        (date(1960, 8, 31), date(2025, 2, 28), 65, 64),  # no 31 February: its last day
        (date(1960, 8, 31), date(2025, 3, 1), 65, 65),
        (date(1960, 2, 29), date(2025, 8, 31), 65, 65),  # birthday on 1 March 2025 …
        (date(1960, 2, 29), date(2025, 9, 1), 66, 65),  # … so the half-year is 1 September
        (date(1960, 2, 29), date(2024, 8, 29), 65, 64),
        (date(1960, 3, 10), date(1960, 3, 10), 0, 0),
    ],
)
def test_actuarial_age(born, on, up, down):
    assert actuarial_age(born, on) == up
    assert actuarial_age(born, on, tie="down") == down
