"""What must hold between the cells of one row. Dates come as YYYY-MM-DD, so that text order is date order."""

from collections.abc import Callable, Sequence
from datetime import date

from policies.imports.schema import Table

Row = Sequence[str | None]
# A rule returns the column at fault and why, or None when the row may pass.
Rule = Callable[[Row], tuple[str, str] | None]

IN_ORDER = {
    "policies": ("effective_on", "ends_on"),
    "insured_persons": ("insured_from", "insured_until"),
    "covers": ("starts_on", "ends_on"),
    "receipts": ("period_from", "period_to"),
    "mandates": ("signed_on", "ended_on"),
    "cards": ("valid_from", "valid_to"),
}
NOT_LATER_THAN_TODAY = {"persons": "born_on", "receipts": "paid_on"}
ADDS_UP = {"receipts": ("total", ("net", "surcharge", "taxes"))}
NOT_ONESELF = {"insured_persons": ("person_key", ("guardian_1_key", "guardian_2_key"))}


def rules(table: Table, *, today: date) -> tuple[Rule, ...]:
    """The rules for rows of a table, whose cells stand in the order of its columns."""
    place = {column: index for index, column in enumerate(table.columns)}
    found: list[Rule] = []
    if table.name in IN_ORDER:
        first, last = IN_ORDER[table.name]
        found.append(_in_order(first, place[first], last, place[last]))
    if table.name in NOT_LATER_THAN_TODAY:
        column = NOT_LATER_THAN_TODAY[table.name]
        found.append(_not_later(column, place[column], today.isoformat()))
    if table.name in ADDS_UP:
        total, parts = ADDS_UP[table.name]
        found.append(_adds_up(total, place[total], [place[part] for part in parts]))
    if table.name in NOT_ONESELF:
        own, others = NOT_ONESELF[table.name]
        found.append(_differs(place[own], {other: place[other] for other in others}))
    return tuple(found)


def _in_order(first: str, first_at: int, last: str, last_at: int) -> Rule:
    def rule(row: Row) -> tuple[str, str] | None:
        begins, ends = row[first_at], row[last_at]
        if begins is not None and ends is not None and ends < begins:
            return last, f"before {first} ({begins})"
        return None

    return rule


def _not_later(column: str, at: int, today: str) -> Rule:
    def rule(row: Row) -> tuple[str, str] | None:
        day = row[at]
        return (column, "later than today") if day is not None and day > today else None

    return rule


def _adds_up(total: str, total_at: int, parts_at: list[int]) -> Rule:
    def rule(row: Row) -> tuple[str, str] | None:
        # Ten digits at most: as floating point they are a million times closer than half a cent.
        if abs(sum(float(row[at] or 0) for at in parts_at) - float(row[total_at] or 0)) < 0.001:
            return None
        parts = sum(_cents(row[at]) for at in parts_at)
        return total, f"net, surcharge and taxes make {parts // 100}.{parts % 100:02}"

    return rule


def _differs(own_at: int, others: dict[str, int]) -> Rule:
    def rule(row: Row) -> tuple[str, str] | None:
        for column, at in others.items():
            if row[at] is not None and row[at] == row[own_at]:
                return column, "nobody is their own guardian"
        return None

    return rule


def _cents(amount: str | None) -> int:
    """Amounts were read by `cells`: always two decimals."""
    return int(amount.replace(".", "")) if amount else 0
