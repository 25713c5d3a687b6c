"""What must hold between the cells of one row. Dates come as YYYY-MM-DD, so that text order is date order."""

from collections.abc import Callable, Sequence
from datetime import date
from operator import eq, gt, sub

from policies.imports.schema import Table

Row = Sequence[str | None]
# A rule returns the column at fault and why, or None when the row may pass.
Rule = Callable[[Row], tuple[str, str] | None]
# The same rules for many rows at once, column by column ("" for an empty cell): do they hold for all of them?
Hold = Callable[[Sequence[Sequence[str]]], bool]
# Amounts have ten digits at most: as floating point they are a million times closer than this.
HALF_A_CENT = 0.005

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


def hold(table: Table, *, today: date) -> Hold:
    """Whether no row of a block breaks a rule; which one does, and why, is for `rules` to say."""
    place = {column: index for index, column in enumerate(table.columns)}
    found: list[Hold] = []
    if table.name in IN_ORDER:
        first, last = IN_ORDER[table.name]
        found.append(_all_in_order(place[first], place[last]))
    if table.name in NOT_LATER_THAN_TODAY:
        found.append(_none_later(place[NOT_LATER_THAN_TODAY[table.name]], today.isoformat()))
    if table.name in ADDS_UP:
        total, parts = ADDS_UP[table.name]
        found.append(_all_add_up(place[total], [place[part] for part in parts]))
    if table.name in NOT_ONESELF:
        own, others = NOT_ONESELF[table.name]
        found.append(_all_differ(place[own], [place[other] for other in others]))
    return lambda columns: all(rule(columns) for rule in found)


def _in_order(first: str, first_at: int, last: str, last_at: int) -> Rule:
    def rule(row: Row) -> tuple[str, str] | None:
        begins, ends = row[first_at], row[last_at]
        if begins is not None and ends is not None and ends < begins:
            return last, f"before {first} ({begins})"
        return None

    return rule


def _all_in_order(first_at: int, last_at: int) -> Hold:
    def holds(columns: Sequence[Sequence[str]]) -> bool:
        begins, ends = columns[first_at], columns[last_at]
        # An empty end comes before every begin: then a second look is needed.
        return not any(map(gt, begins, ends)) or not any(
            end and begin > end for begin, end in zip(begins, ends, strict=True)
        )

    return holds


def _not_later(column: str, at: int, today: str) -> Rule:
    def rule(row: Row) -> tuple[str, str] | None:
        day = row[at]
        return (column, "later than today") if day is not None and day > today else None

    return rule


def _none_later(at: int, today: str) -> Hold:
    return lambda columns: max(columns[at]) <= today


def _adds_up(total: str, total_at: int, parts_at: list[int]) -> Rule:
    def rule(row: Row) -> tuple[str, str] | None:
        parts = sum(_cents(row[at]) for at in parts_at)
        if parts == _cents(row[total_at]):
            return None
        return total, f"net, surcharge and taxes make {parts // 100}.{parts % 100:02}"

    return rule


def _all_add_up(total_at: int, parts_at: list[int]) -> Hold:
    def holds(columns: Sequence[Sequence[str]]) -> bool:
        parts = map(sum, zip(*(_numbers(columns[at]) for at in parts_at), strict=True))
        apart = list(map(sub, parts, _numbers(columns[total_at])))
        return min(apart) > -HALF_A_CENT and max(apart) < HALF_A_CENT

    return holds


def _numbers(amounts: Sequence[str]) -> list[float]:
    if "" in amounts:
        return [float(amount or 0) for amount in amounts]
    return list(map(float, amounts))


def _differs(own_at: int, others: dict[str, int]) -> Rule:
    def rule(row: Row) -> tuple[str, str] | None:
        for column, at in others.items():
            if row[at] is not None and row[at] == row[own_at]:
                return column, "nobody is their own guardian"
        return None

    return rule


def _all_differ(own_at: int, others_at: list[int]) -> Hold:
    return lambda columns: not any(any(map(eq, columns[own_at], columns[at])) for at in others_at)


def _cents(amount: str | None) -> int:
    """Amounts were read by `cells`: always two decimals."""
    return int(amount.replace(".", "")) if amount else 0
