"""Working days of a place in Spain: Monday to Friday, less national, regional and local holidays."""

from collections.abc import Collection
from datetime import date
from functools import lru_cache


@lru_cache(maxsize=256)
def public_holidays(region: str, year: int) -> frozenset[date]:
    """National holidays and those of one region ("MD", "CT", …), without the two local days of each town."""
    # The first import costs half a second of CPU: only who asks for a working day pays it.
    import holidays

    return frozenset(holidays.country_holidays("ES", subdiv=region, years=year))


def is_working_day(day: date, region: str, local_holidays: Collection[str] = ()) -> bool:
    """`local_holidays` are the town's own days, each written as month and day: "05-15"."""
    return (
        day.weekday() < 5
        and f"{day:%m-%d}" not in local_holidays
        and day not in public_holidays(region, day.year)
    )
