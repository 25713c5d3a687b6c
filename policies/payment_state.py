"""Payment state of a contract, from the due and paid dates of its premium receipts.

LCS art. 15 and the general conditions (PAY-01 to PAY-08): an unpaid first premium gives no cover; with a
later one unpaid, cover holds for a month of grace and is then suspended, and the contract is extinguished six
months after the due date unless the insurer has claimed the premium; paid before that, cover comes back at
24:00 of the day. Dates are days in Madrid. The end of the contract itself (expiry, withdrawal) is not known
here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from core import legal_terms
from core.deadlines import MADRID, day_after_months, end_of_day, hours_after_day, start_of_day
from core.legal_terms import Term

Terms = Callable[[str, date], Term]


class PaymentState(StrEnum):
    NOT_STARTED = "not_started"
    IN_FORCE = "in_force"
    GRACE = "grace"
    SUSPENDED = "suspended"
    EXTINGUISHED = "extinguished"
    RESTORED = "restored"


@dataclass(frozen=True)
class Receipt:
    """A premium receipt.

    `claimed_on`: the day on which the insurer demanded payment. `period_to`: last day that the receipt pays
    for. `first`: the first premium of the contract, which has no month of grace.
    """

    due_on: date
    paid_on: date | None = None
    claimed_on: date | None = None
    period_to: date | None = None
    first: bool = False


@dataclass(frozen=True)
class PaymentStatus:
    """State at a moment.

    `since`: its beginning; for in force and restored, that of the unbroken cover. `until`: the moment at
    which it is over, by what is known. None: unknown, or without end. `receipt`: the one that decides.
    `returns_at`: when cover (re)starts, where it is out and that is known.
    """

    state: PaymentState
    since: datetime | None
    until: datetime | None
    receipt: Receipt | None
    covered: bool
    returns_at: datetime | None = None


@dataclass(frozen=True)
class Gap:
    """Time without cover. `start` None: from the beginning; `end` None: no end is known."""

    state: PaymentState
    start: datetime | None
    end: datetime | None
    receipt: Receipt

    def holds_at(self, moment: datetime) -> bool:
        return self.begins_before(moment) and (self.end is None or moment < self.end)

    def meets(self, start: datetime, end: datetime) -> bool:
        return self.begins_before(end, inclusive=False) and (self.end is None or start < self.end)

    def begins_before(self, moment: datetime, *, inclusive: bool = True) -> bool:
        return self.start is None or self.start < moment or (inclusive and self.start == moment)


def payment_status(
    receipts: Iterable[Receipt], on: date | datetime, terms: Terms = legal_terms.term
) -> PaymentStatus:
    """State on a day (as it begins) or at an aware moment. No receipts at all: in force, nothing is owed."""
    moment = _moment(on)
    ordered = sorted(receipts, key=_age_order)
    gaps = _gaps(ordered, terms)
    holding = [gap for gap in gaps if gap.holds_at(moment)]
    if holding:
        return _without_cover(gaps, holding)
    return _in_grace(ordered, moment, terms) or _with_cover(ordered, gaps, moment)


def covered_on(
    receipts: Iterable[Receipt], day: date, *, today: date, terms: Terms = legal_terms.term
) -> bool:
    """Is there cover all day? What falls due after `today` counts as paid in time, save a first premium."""
    return is_covered_throughout(receipts, day, day, today=today, terms=terms)


def is_covered_throughout(
    receipts: Iterable[Receipt], start: date, end: date, *, today: date, terms: Terms = legal_terms.term
) -> bool:
    """Is there cover on every day from `start` to `end`, by what is known today (see covered_on)?"""
    if end < start:
        raise ValueError("the period ends before it begins")
    expected = sorted((_as_expected(receipt, today) for receipt in receipts), key=_age_order)
    begins, ends = start_of_day(start), end_of_day(end)
    return not any(gap.meets(begins, ends) for gap in _gaps(expected, terms))


def suspended_from(receipt: Receipt, terms: Terms = legal_terms.term) -> date:
    """First day without cover while a receipt is unpaid; the due date is the first day of grace (PAY-05)."""
    return day_after_months(receipt.due_on, int(terms("lcs.grace_period", receipt.due_on).value))


def extinguished_from(receipt: Receipt, terms: Terms = legal_terms.term) -> date:
    """First day without contract if a receipt is neither paid nor claimed by the insurer before (PAY-06)."""
    return day_after_months(receipt.due_on, int(terms("lcs.extinction", receipt.due_on).value))


def returns_if_paid(on: date, terms: Terms = legal_terms.term) -> datetime:
    """When suspended cover comes back after payment on a day: 24:00 of it by LCS art. 15 (PAY-08)."""
    return hours_after_day(on, int(terms("lcs.restore_cover", on).value))


def _gaps(receipts: Iterable[Receipt], terms: Terms) -> list[Gap]:
    """All time without cover by the age of the receipts; the extinction comes last and cuts off the rest."""
    found = [gap for receipt in receipts for gap in _gaps_of(receipt, terms)]
    dead = [(gap.start, gap) for gap in found if gap.state is PaymentState.EXTINGUISHED and gap.start]
    if not dead:
        return found
    end, extinction = min(dead, key=lambda pair: pair[0])
    earlier = [gap for gap in found if gap.begins_before(end, inclusive=False)]
    return [*(replace(gap, end=end if gap.end is None else min(gap.end, end)) for gap in earlier), extinction]


def _gaps_of(receipt: Receipt, terms: Terms) -> list[Gap]:
    if receipt.first:
        return [_not_started(receipt)]
    # Nearly every receipt is paid in time: no term needs to be looked up for it.
    if receipt.paid_on is not None and receipt.paid_on <= receipt.due_on:
        return []
    suspended = suspended_from(receipt, terms)
    if receipt.paid_on is not None and receipt.paid_on < suspended:
        return []
    out = Gap(PaymentState.SUSPENDED, start_of_day(suspended), None, receipt)
    dead = extinguished_from(receipt, terms)
    if any(day is not None and day < dead for day in (receipt.paid_on, receipt.claimed_on)):
        returns = None if receipt.paid_on is None else returns_if_paid(receipt.paid_on, terms)
        return [replace(out, end=returns)]
    return [
        replace(out, end=start_of_day(dead)),
        Gap(PaymentState.EXTINGUISHED, start_of_day(dead), None, receipt),
    ]


def _not_started(receipt: Receipt) -> Gap:
    """PAY-04: no cover before payment. Only the day of payment is known, so it counts from its beginning."""
    starts = None if receipt.paid_on is None else start_of_day(max(receipt.due_on, receipt.paid_on))
    return Gap(PaymentState.NOT_STARTED, None, starts, receipt)


def _without_cover(gaps: list[Gap], holding: list[Gap]) -> PaymentStatus:
    """Extinction first, then a missing first premium, then the oldest unpaid receipt."""
    rank = (PaymentState.EXTINGUISHED, PaymentState.NOT_STARTED, PaymentState.SUSPENDED)
    deciding = min(holding, key=lambda gap: rank.index(gap.state))
    if deciding.state is PaymentState.EXTINGUISHED:
        return PaymentStatus(deciding.state, deciding.start, None, deciding.receipt, covered=False)
    same = _joined([gap for gap in gaps if gap.state is deciding.state], deciding)
    whole = _joined(gaps, deciding)
    return PaymentStatus(
        state=deciding.state,
        since=same.start,
        until=same.end,
        receipt=deciding.receipt,
        covered=False,
        returns_at=whole.end,
    )


def _joined(gaps: Sequence[Gap], around: Gap) -> Gap:
    """`around`, made as long as the gaps that overlap or touch it: they are one time without cover."""
    while True:
        longer = around
        for gap in gaps:
            touches = longer.end is None or gap.begins_before(longer.end)
            if touches and (gap.end is None or longer.begins_before(gap.end)):
                longer = _hull(longer, gap)
        if longer == around:
            return around
        around = longer


def _hull(one: Gap, other: Gap) -> Gap:
    start = None if one.start is None or other.start is None else min(one.start, other.start)
    end = None if one.end is None or other.end is None else max(one.end, other.end)
    return replace(one, start=start, end=end)


def _in_grace(receipts: Iterable[Receipt], moment: datetime, terms: Terms) -> PaymentStatus | None:
    """PAY-05: the oldest receipt that is due, not yet paid at that moment, and still within its month."""
    day = moment.astimezone(MADRID).date()
    for receipt in receipts:
        paid = receipt.paid_on is not None and receipt.paid_on <= day
        if receipt.first or paid or day < receipt.due_on:
            continue
        suspended = suspended_from(receipt, terms)
        if day < suspended:
            ends = suspended if receipt.paid_on is None else min(receipt.paid_on, suspended)
            begins, over = start_of_day(receipt.due_on), start_of_day(ends)
            return PaymentStatus(PaymentState.GRACE, begins, over, receipt, covered=True)
    return None


def _with_cover(receipts: list[Receipt], gaps: list[Gap], moment: datetime) -> PaymentStatus:
    ended = [(gap.end, gap) for gap in gaps if gap.end is not None and gap.end <= moment]
    if not ended:
        return PaymentStatus(PaymentState.IN_FORCE, None, None, None, covered=True)
    since, last = max(ended, key=lambda pair: pair[0])
    if last.state is PaymentState.SUSPENDED:
        until = _restored_until(receipts, last.receipt, since)
        if until is None or moment < until:
            return PaymentStatus(PaymentState.RESTORED, since, until, last.receipt, covered=True)
    return PaymentStatus(PaymentState.IN_FORCE, since, None, None, covered=True)


def _restored_until(receipts: Iterable[Receipt], paid: Receipt, since: datetime) -> datetime | None:
    """Cover is called restored until the next premium falls due or, with none known, its period ends."""
    ends = [start_of_day(receipt.due_on) for receipt in receipts]
    if paid.period_to is not None:
        ends.append(end_of_day(paid.period_to))
    return min((end for end in ends if end > since), default=None)


def _as_expected(receipt: Receipt, today: date) -> Receipt:
    if receipt.paid_on is None and not receipt.first and receipt.due_on >= today:
        return replace(receipt, paid_on=receipt.due_on)
    return receipt


def _age_order(receipt: Receipt) -> tuple[date, bool]:
    return receipt.due_on, not receipt.first


def _moment(on: date | datetime) -> datetime:
    if not isinstance(on, datetime):
        return start_of_day(on)
    if on.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return on
