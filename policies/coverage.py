"""Which covers the persons of a policy have, said once for all who have the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import money
from core.deadlines import day_after_months
from core.templatetags.formats import longdate


@dataclass(frozen=True)
class CoverRow:
    """A cover of one insured person, as the particular conditions give it."""

    cover: int
    insured: int
    capital: Decimal | None
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class Standing:
    """How a cover stands today; equal for persons who need not be told apart.

    `begins_on`: only while that day is to come. `waiting_until`: first day without waiting period, only while
    that day is to come. `waited`: there was a waiting period, and it is over.
    """

    capital: Decimal | None
    begins_on: date | None
    ends_on: date | None
    waiting_until: date | None
    waited: bool


@dataclass(frozen=True)
class Group:
    """`names` is empty when all persons of the page have the cover in this same way."""

    standing: Standing
    names: tuple[str, ...]

    @property
    def line(self) -> str:
        """Insured sum, first and last day, waiting period that is over or was never there."""
        how = self.standing
        parts = []
        if how.capital is not None:
            parts.append(_("insured sum %(sum)s") % {"sum": money.euros(how.capital, get_language() or "es")})
        if how.begins_on is not None:
            parts.append(_("begins on %(day)s") % {"day": longdate(how.begins_on)})
        if how.ends_on is not None:
            parts.append(_("ends on %(day)s") % {"day": longdate(how.ends_on)})
        if how.waiting_until is None:
            parts.append(_("waiting period over") if how.waited else _("no waiting period"))
        return " · ".join(parts)


def waiting_ends_on(starts_on: date, months: int | None) -> date | None:
    """The first day on which nothing has to wait any more; None without a waiting period."""
    return day_after_months(starts_on, months) if months else None


def standing(row: CoverRow, waiting_months: int | None, today: date) -> Standing:
    until = waiting_ends_on(row.starts_on, waiting_months)
    return Standing(
        capital=row.capital,
        begins_on=row.starts_on if row.starts_on > today else None,
        ends_on=row.ends_on,
        waiting_until=until if until is not None and until > today else None,
        waited=until is not None and until <= today,
    )


def groups(
    rows: Iterable[CoverRow], names: dict[int, str], waiting_months: int | None, today: date
) -> Sequence[Group]:
    """The persons of one cover by how it stands for them, in the order of `names` (insured person → name)."""
    found: dict[Standing, list[int]] = {}
    order = {insured: position for position, insured in enumerate(names)}
    for row in sorted(rows, key=lambda row: order[row.insured]):
        found.setdefault(standing(row, waiting_months, today), []).append(row.insured)
    return [
        Group(how, () if set(who) == set(names) else tuple(names[insured] for insured in who))
        for how, who in found.items()
    ]
