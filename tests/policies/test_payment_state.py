from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import legal_terms
from core.deadlines import MADRID, add_months
from policies.payment_state import (
    PaymentState,
    Receipt,
    covered_on,
    extinguished_from,
    is_covered_throughout,
    payment_status,
    returns_if_paid,
    suspended_from,
)

NOT_STARTED, IN_FORCE, GRACE, SUSPENDED, EXTINGUISHED, RESTORED = PaymentState
MARCH = date(2026, 3, 1)


def at(month, day, hour=0, year=2026):
    return datetime(year, month, day, hour, tzinfo=MADRID)


def contract_terms(key, on):
    """General conditions that give cover back 24 hours after the day of payment."""
    found = legal_terms.term(key, on)
    return replace(found, value=24) if key == "lcs.restore_cover" else found


UNPAID = Receipt(MARCH)
CLAIMED = Receipt(MARCH, claimed_on=date(2026, 8, 31))
CLAIMED_LATE = Receipt(MARCH, claimed_on=date(2026, 9, 1))
PAID_IN_MAY = Receipt(MARCH, paid_on=date(2026, 5, 20), period_to=date(2027, 2, 28))
PAID_IN_GRACE = Receipt(MARCH, paid_on=date(2026, 3, 31))
PAID_A_DAY_LATE = Receipt(MARCH, paid_on=date(2026, 4, 1))
PAID_AT_THE_LAST = Receipt(MARCH, paid_on=date(2026, 8, 31))
PAID_TOO_LATE = Receipt(MARCH, paid_on=date(2026, 9, 1))


@pytest.mark.parametrize(
    ("receipt", "on", "state", "since", "until", "returns"),
    [
        # PAY-05, PAY-06: unpaid.
        (UNPAID, date(2026, 2, 28), IN_FORCE, None, None, None),
        (UNPAID, date(2026, 3, 1), GRACE, at(3, 1), at(4, 1), None),
        (UNPAID, date(2026, 3, 31), GRACE, at(3, 1), at(4, 1), None),
        (UNPAID, date(2026, 4, 1), SUSPENDED, at(4, 1), at(9, 1), None),
        (UNPAID, date(2026, 8, 31), SUSPENDED, at(4, 1), at(9, 1), None),
        (UNPAID, date(2026, 9, 1), EXTINGUISHED, at(9, 1), None, None),
        (UNPAID, date(2030, 1, 1), EXTINGUISHED, at(9, 1), None, None),
        # PAY-06: claimed by the insurer on the last day, and a day too late.
        (CLAIMED, date(2026, 9, 1), SUSPENDED, at(4, 1), None, None),
        (CLAIMED, date(2027, 9, 1), SUSPENDED, at(4, 1), None, None),
        (CLAIMED_LATE, date(2026, 8, 31), SUSPENDED, at(4, 1), at(9, 1), None),
        (CLAIMED_LATE, date(2026, 9, 1), EXTINGUISHED, at(9, 1), None, None),
        # PAY-08: paid on 20 May, LCS art. 15: back at 24:00.
        (PAID_IN_MAY, date(2026, 3, 31), GRACE, at(3, 1), at(4, 1), None),
        (PAID_IN_MAY, date(2026, 4, 1), SUSPENDED, at(4, 1), at(5, 21), at(5, 21)),
        (PAID_IN_MAY, date(2026, 5, 20), SUSPENDED, at(4, 1), at(5, 21), at(5, 21)),
        (PAID_IN_MAY, date(2026, 5, 21), RESTORED, at(5, 21), at(3, 1, year=2027), None),
        (PAID_IN_MAY, date(2027, 2, 28), RESTORED, at(5, 21), at(3, 1, year=2027), None),
        (PAID_IN_MAY, date(2027, 3, 1), IN_FORCE, at(5, 21), None, None),
        # Paid within the month: never out.
        (PAID_IN_GRACE, date(2026, 3, 30), GRACE, at(3, 1), at(3, 31), None),
        (PAID_IN_GRACE, date(2026, 3, 31), IN_FORCE, None, None, None),
        (PAID_IN_GRACE, date(2026, 4, 1), IN_FORCE, None, None, None),
        # Paid on the first day without cover.
        (PAID_A_DAY_LATE, date(2026, 3, 31), GRACE, at(3, 1), at(4, 1), None),
        (PAID_A_DAY_LATE, date(2026, 4, 1), SUSPENDED, at(4, 1), at(4, 2), at(4, 2)),
        (PAID_A_DAY_LATE, date(2026, 4, 2), RESTORED, at(4, 2), None, None),
        # Paid on the last day before the extinction, and too late.
        (PAID_AT_THE_LAST, date(2026, 8, 31), SUSPENDED, at(4, 1), at(9, 1), at(9, 1)),
        (PAID_AT_THE_LAST, date(2026, 9, 1), RESTORED, at(9, 1), None, None),
        (PAID_TOO_LATE, date(2026, 8, 31), SUSPENDED, at(4, 1), at(9, 1), None),
        (PAID_TOO_LATE, date(2026, 9, 1), EXTINGUISHED, at(9, 1), None, None),
        (PAID_TOO_LATE, date(2026, 9, 2), EXTINGUISHED, at(9, 1), None, None),
        # Claimed in time and paid long after.
        (
            replace(CLAIMED, paid_on=date(2026, 11, 3)),
            date(2026, 11, 3),
            SUSPENDED,
            at(4, 1),
            at(11, 4),
            at(11, 4),
        ),
        (replace(CLAIMED, paid_on=date(2026, 11, 3)), date(2026, 11, 4), RESTORED, at(11, 4), None, None),
        # Paid on time, or before.
        (Receipt(MARCH, paid_on=MARCH), MARCH, IN_FORCE, None, None, None),
        (Receipt(MARCH, paid_on=date(2026, 2, 20)), MARCH, IN_FORCE, None, None, None),
    ],
)
def test_one_later_receipt(receipt, on, state, since, until, returns):
    status = payment_status([receipt], on)
    assert (status.state, status.since, status.until, status.returns_at) == (state, since, until, returns)
    assert status.covered == (state in {IN_FORCE, GRACE, RESTORED})
    assert status.receipt == (None if state is IN_FORCE else receipt)


def test_cover_comes_back_a_day_later_by_conditions_that_say_24_hours_after_the_day():
    before = payment_status([PAID_IN_MAY], date(2026, 5, 21), terms=contract_terms)
    assert (before.state, before.until, before.returns_at) == (SUSPENDED, at(5, 22), at(5, 22))
    after = payment_status([PAID_IN_MAY], date(2026, 5, 22), terms=contract_terms)
    assert (after.state, after.since) == (RESTORED, at(5, 22))


FIRST_UNPAID = Receipt(MARCH, first=True)


@pytest.mark.parametrize(
    ("receipt", "on", "state", "since", "until", "returns"),
    [
        # PAY-04: nothing is covered before payment, there is no month of grace and no extinction by silence.
        (FIRST_UNPAID, date(2026, 2, 1), NOT_STARTED, None, None, None),
        (FIRST_UNPAID, date(2026, 3, 1), NOT_STARTED, None, None, None),
        (FIRST_UNPAID, date(2027, 3, 1), NOT_STARTED, None, None, None),
        (replace(FIRST_UNPAID, paid_on=MARCH), date(2026, 2, 28), NOT_STARTED, None, at(3, 1), at(3, 1)),
        (replace(FIRST_UNPAID, paid_on=MARCH), date(2026, 3, 1), IN_FORCE, at(3, 1), None, None),
        (
            replace(FIRST_UNPAID, paid_on=date(2026, 2, 1)),
            date(2026, 2, 28),
            NOT_STARTED,
            None,
            at(3, 1),
            at(3, 1),
        ),
        (replace(FIRST_UNPAID, paid_on=date(2026, 2, 1)), date(2026, 3, 1), IN_FORCE, at(3, 1), None, None),
        (
            replace(FIRST_UNPAID, paid_on=date(2026, 3, 9)),
            date(2026, 3, 8),
            NOT_STARTED,
            None,
            at(3, 9),
            at(3, 9),
        ),
        (replace(FIRST_UNPAID, paid_on=date(2026, 3, 9)), date(2026, 3, 9), IN_FORCE, at(3, 9), None, None),
        (
            replace(FIRST_UNPAID, paid_on=date(2027, 3, 9)),
            date(2027, 3, 9),
            IN_FORCE,
            at(3, 9, year=2027),
            None,
            None,
        ),
    ],
)
def test_the_first_premium(receipt, on, state, since, until, returns):
    status = payment_status([receipt], on)
    assert (status.state, status.since, status.until, status.returns_at) == (state, since, until, returns)
    assert status.covered == (state is IN_FORCE)


@pytest.mark.parametrize(
    ("due", "suspended", "extinguished"),
    [
        (date(2026, 3, 1), date(2026, 4, 1), date(2026, 9, 1)),
        (date(2026, 1, 28), date(2026, 2, 28), date(2026, 7, 28)),
        # No 29, 30 or 31 February: the month of grace ends with February (CC art. 5.1).
        (date(2026, 1, 29), date(2026, 3, 1), date(2026, 7, 29)),
        (date(2026, 1, 31), date(2026, 3, 1), date(2026, 7, 31)),
        (date(2028, 1, 31), date(2028, 3, 1), date(2028, 7, 31)),
        (date(2028, 1, 29), date(2028, 2, 29), date(2028, 7, 29)),
        (date(2026, 3, 31), date(2026, 5, 1), date(2026, 10, 1)),
        (date(2026, 8, 30), date(2026, 9, 30), date(2027, 3, 1)),
        (date(2026, 8, 31), date(2026, 10, 1), date(2027, 3, 1)),
        (date(2026, 12, 31), date(2027, 1, 31), date(2027, 7, 1)),
        (date(2028, 2, 29), date(2028, 3, 29), date(2028, 8, 29)),
    ],
)
def test_months_end_both_sides(due, suspended, extinguished):
    receipt = Receipt(due)
    one = timedelta(days=1)
    assert (suspended_from(receipt), extinguished_from(receipt)) == (suspended, extinguished)
    states = [
        payment_status([receipt], day).state
        for day in (due - one, due, suspended - one, suspended, extinguished - one, extinguished)
    ]
    assert states == [IN_FORCE, GRACE, GRACE, SUSPENDED, SUSPENDED, EXTINGUISHED]


@pytest.mark.parametrize(
    ("paid_on", "by_law", "by_contract"),
    [
        (date(2026, 5, 20), datetime(2026, 5, 20, 22, tzinfo=UTC), datetime(2026, 5, 21, 22, tzinfo=UTC)),
        # Clocks go forward on 29 March 2026 and back on 25 October: midnight stays midnight.
        (date(2026, 3, 28), datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 29, 22, tzinfo=UTC), datetime(2026, 3, 30, 22, tzinfo=UTC)),
        (date(2026, 10, 24), datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 25, 23, tzinfo=UTC), datetime(2026, 10, 26, 23, tzinfo=UTC)),
        (date(2026, 12, 31), datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2027, 1, 1, 23, tzinfo=UTC)),
    ],
)
def test_the_moment_of_return(paid_on, by_law, by_contract):
    assert returns_if_paid(paid_on) == by_law
    assert returns_if_paid(paid_on, terms=contract_terms) == by_contract
    receipt = Receipt(add_months(paid_on, -3), paid_on=paid_on)
    second = timedelta(seconds=1)
    assert payment_status([receipt], by_law - second).state is SUSPENDED
    assert payment_status([receipt], by_law).state is RESTORED


def test_moments_are_read_in_madrid_and_need_a_zone():
    last_second = datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC)
    assert payment_status([UNPAID], last_second).state is GRACE
    assert payment_status([UNPAID], last_second + timedelta(seconds=1)).state is SUSPENDED
    with pytest.raises(ValueError, match="time zone"):
        payment_status([UNPAID], datetime(2026, 3, 31))  # noqa: DTZ001


def test_no_receipts_owe_nothing():
    status = payment_status([], MARCH)
    assert (status.state, status.covered, status.receipt) == (IN_FORCE, True, None)


JANUARY, FEBRUARY = Receipt(date(2026, 1, 1)), Receipt(date(2026, 2, 1))
JANUARY_PAID_LATE = replace(JANUARY, paid_on=date(2026, 3, 10))
FEBRUARY_PAID_LATER = replace(FEBRUARY, paid_on=date(2026, 4, 3))


@pytest.mark.parametrize(
    ("receipts", "on", "state", "since", "until", "deciding", "returns"),
    [
        # Monthly instalments, two unpaid: the oldest decides.
        ([FEBRUARY, JANUARY], date(2026, 1, 31), GRACE, at(1, 1), at(2, 1), JANUARY, None),
        ([FEBRUARY, JANUARY], date(2026, 2, 1), SUSPENDED, at(2, 1), at(7, 1), JANUARY, None),
        ([FEBRUARY, JANUARY], date(2026, 3, 1), SUSPENDED, at(2, 1), at(7, 1), JANUARY, None),
        ([FEBRUARY, JANUARY], date(2026, 7, 1), EXTINGUISHED, at(7, 1), None, JANUARY, None),
        # January paid while February is within its month: back, and in grace for February.
        (
            [replace(JANUARY, paid_on=date(2026, 2, 10)), FEBRUARY],
            date(2026, 2, 10),
            SUSPENDED,
            at(2, 1),
            at(2, 11),
            replace(JANUARY, paid_on=date(2026, 2, 10)),
            at(2, 11),
        ),
        (
            [replace(JANUARY, paid_on=date(2026, 2, 10)), FEBRUARY],
            date(2026, 2, 11),
            GRACE,
            at(2, 1),
            at(3, 1),
            FEBRUARY,
            None,
        ),
        # January paid when February is overdue too: out until February is paid.
        ([JANUARY_PAID_LATE, FEBRUARY], date(2026, 3, 11), SUSPENDED, at(2, 1), at(8, 1), FEBRUARY, None),
        ([JANUARY_PAID_LATE, FEBRUARY], date(2026, 8, 1), EXTINGUISHED, at(8, 1), None, FEBRUARY, None),
        (
            [JANUARY_PAID_LATE, FEBRUARY_PAID_LATER],
            date(2026, 2, 15),
            SUSPENDED,
            at(2, 1),
            at(4, 4),
            JANUARY_PAID_LATE,
            at(4, 4),
        ),
        (
            [JANUARY_PAID_LATE, FEBRUARY_PAID_LATER],
            date(2026, 4, 4),
            RESTORED,
            at(4, 4),
            None,
            FEBRUARY_PAID_LATER,
            None,
        ),
        # Restored until the next premium falls due, whether that is paid or not.
        (
            [PAID_IN_MAY, Receipt(date(2026, 9, 1))],
            date(2026, 8, 31),
            RESTORED,
            at(5, 21),
            at(9, 1),
            PAID_IN_MAY,
            None,
        ),
        (
            [PAID_IN_MAY, Receipt(date(2026, 9, 1))],
            date(2026, 9, 1),
            GRACE,
            at(9, 1),
            at(10, 1),
            Receipt(date(2026, 9, 1)),
            None,
        ),
        (
            [PAID_IN_MAY, Receipt(date(2026, 9, 1), paid_on=date(2026, 9, 1))],
            date(2026, 9, 1),
            IN_FORCE,
            at(5, 21),
            None,
            None,
            None,
        ),
        # A premium that falls due on the very day of return does not hide the return.
        (
            [PAID_IN_MAY, Receipt(date(2026, 5, 21), paid_on=date(2026, 5, 21))],
            date(2026, 5, 21),
            RESTORED,
            at(5, 21),
            at(3, 1, year=2027),
            PAID_IN_MAY,
            None,
        ),
        # What is paid after the extinction, or falls due after it, revives nothing.
        (
            [UNPAID, Receipt(date(2027, 3, 1), date(2027, 3, 1))],
            date(2027, 3, 1),
            EXTINGUISHED,
            at(9, 1),
            None,
            UNPAID,
            None,
        ),
        ([UNPAID, Receipt(date(2027, 3, 1))], date(2027, 5, 1), EXTINGUISHED, at(9, 1), None, UNPAID, None),
        # The first premium unpaid comes before a later one, which still ends the contract.
        (
            [replace(JANUARY, first=True), FEBRUARY],
            date(2026, 3, 5),
            NOT_STARTED,
            None,
            at(8, 1),
            replace(JANUARY, first=True),
            None,
        ),
        # First paid, renewal unpaid.
        (
            [Receipt(date(2025, 3, 1), date(2025, 3, 1), first=True), UNPAID],
            date(2026, 2, 28),
            IN_FORCE,
            at(3, 1, year=2025),
            None,
            None,
            None,
        ),
        (
            [Receipt(date(2025, 3, 1), date(2025, 3, 1), first=True), UNPAID],
            MARCH,
            GRACE,
            at(3, 1),
            at(4, 1),
            UNPAID,
            None,
        ),
    ],
)
def test_several_receipts(receipts, on, state, since, until, deciding, returns):
    status = payment_status(receipts, on)
    assert (status.state, status.since, status.until) == (state, since, until)
    assert (status.receipt, status.returns_at) == (deciding, returns)


@pytest.mark.parametrize(
    ("receipts", "day", "today", "covered"),
    [
        ([UNPAID], date(2026, 3, 31), date(2026, 3, 10), True),
        ([UNPAID], date(2026, 4, 1), date(2026, 3, 10), False),
        # Not yet due: taken as paid when its day comes …
        ([UNPAID], date(2026, 4, 1), date(2026, 2, 28), True),
        # On the due day the bank still collects.
        ([UNPAID], date(2026, 4, 1), date(2026, 3, 1), True),
        ([UNPAID], date(2026, 4, 1), date(2026, 3, 2), False),
        # … but never a first premium.
        ([FIRST_UNPAID], date(2026, 4, 1), date(2026, 2, 28), False),
        ([replace(FIRST_UNPAID, paid_on=date(2026, 2, 20))], date(2026, 3, 1), date(2026, 2, 28), True),
        ([replace(FIRST_UNPAID, paid_on=date(2026, 2, 20))], date(2026, 2, 28), date(2026, 2, 28), False),
        ([PAID_IN_MAY], date(2026, 5, 20), date(2026, 5, 20), False),
        ([PAID_IN_MAY], date(2026, 5, 21), date(2026, 5, 20), True),
        ([UNPAID], date(2026, 9, 1), date(2026, 9, 1), False),
        ([], date(2026, 9, 1), date(2026, 9, 1), True),
    ],
)
def test_cover_on_a_day(receipts, day, today, covered):
    assert covered_on(receipts, day, today=today) == covered


@pytest.mark.parametrize(
    ("receipts", "start", "end", "today", "covered"),
    [
        ([UNPAID], date(2026, 3, 20), date(2026, 3, 31), date(2026, 3, 10), True),
        ([UNPAID], date(2026, 3, 20), date(2026, 4, 1), date(2026, 3, 10), False),
        ([PAID_IN_MAY], date(2026, 3, 1), date(2026, 3, 31), date(2026, 6, 1), True),
        ([PAID_IN_MAY], date(2026, 3, 1), date(2026, 6, 30), date(2026, 6, 1), False),  # out in the middle
        ([PAID_IN_MAY], date(2026, 5, 20), date(2026, 6, 30), date(2026, 6, 1), False),
        ([PAID_IN_MAY], date(2026, 5, 21), date(2026, 6, 30), date(2026, 6, 1), True),
        ([UNPAID], date(2026, 2, 1), date(2027, 2, 1), date(2026, 1, 15), True),  # not yet due
        ([FIRST_UNPAID], date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 1), False),
    ],
)
def test_cover_throughout(receipts, start, end, today, covered):
    assert is_covered_throughout(receipts, start, end, today=today) == covered


def test_a_period_turned_round_is_refused():
    with pytest.raises(ValueError, match="before it begins"):
        is_covered_throughout([], date(2026, 3, 2), date(2026, 3, 1), today=MARCH)


DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@st.composite
def receipts(draw):
    due_on = draw(DAYS)
    later = st.none() | st.integers(-10, 400).map(lambda days: due_on + timedelta(days=days))
    return Receipt(due_on, paid_on=draw(later), claimed_on=draw(later), first=draw(st.integers(0, 5)) == 0)


@given(st.lists(receipts(), max_size=4), DAYS)
def test_status_and_cover_agree_and_the_state_lasts_until_it_ends(owed, day):
    status = payment_status(owed, day)
    assert status.covered == covered_on(owed, day, today=date.max)
    assert status.covered == (status.state in {IN_FORCE, GRACE, RESTORED})
    if status.until is not None:
        before = payment_status(owed, status.until - timedelta(seconds=1))
        after = payment_status(owed, status.until)
        assert before.state is status.state
        assert (after.state, after.receipt) != (status.state, status.receipt)
    if status.returns_at is not None:
        assert not status.covered
        assert payment_status(owed, status.returns_at).covered


@given(st.lists(receipts(), max_size=3), DAYS)
def test_the_order_of_the_receipts_does_not_matter(owed, day):
    assert payment_status(owed[::-1], day).state is payment_status(owed, day).state


@given(st.lists(receipts(), max_size=3), DAYS)
def test_an_extinguished_contract_stays_so(owed, day):
    states = [payment_status(owed, day + timedelta(days=40 * step)).state for step in range(8)]
    assert all(later is EXTINGUISHED for earlier, later in pairwise(states) if earlier is EXTINGUISHED)


@given(receipts(), DAYS)
def test_a_later_receipt_paid_when_due_never_costs_cover(receipt, day):
    in_time = replace(receipt, first=False, paid_on=receipt.due_on)
    assert payment_status([in_time], day).state is IN_FORCE
