"""Interest of default, LCS art. 20: euro by euro."""

from datetime import date
from decimal import Decimal

import pytest

from core.interest import Span, default_interest, yearly_rate
from core.legal_terms import UnknownTermError

TABLE = [
    # amount, event, paid, interest
    # 3.25 % × 1.5 = 4.875 % over 365 days of a common year
    ("10000", "2025-01-01", "2026-01-01", "487.50"),
    ("10000", "2025-01-01", "2025-01-01", "0.00"),
    ("10000", "2025-01-01", "2025-01-02", "1.34"),
    ("10000", "2025-01-01", "2025-01-31", "40.07"),
    ("0", "2025-01-01", "2026-01-01", "0.00"),
    ("0.01", "2025-01-01", "2026-01-01", "0.00"),
    ("1234.56", "2025-01-01", "2025-07-01", "29.85"),
    # A year with a 29 February has one day more; so has one that ends the day after it
    ("10000", "2024-01-01", "2025-01-01", "488.84"),
    ("10000", "2023-03-01", "2024-03-01", "488.84"),
    ("10000", "2023-02-28", "2024-02-28", "487.50"),
    ("10000", "2024-02-28", "2024-02-29", "1.34"),
    # The event of 29 February: two years later is 28 February
    ("10000", "2024-02-29", "2026-02-28", "975.00"),
    ("10000", "2024-02-29", "2026-03-01", "980.48"),
    # To the second anniversary, and the first day at 20 %
    ("10000", "2023-05-10", "2025-05-10", "976.34"),
    ("10000", "2023-05-10", "2025-05-11", "981.82"),
    ("10000", "2023-05-10", "2026-05-10", "2976.34"),
    # The legal interest rose from 3.00 to 3.25 on 1 January 2023
    ("10000", "2022-12-01", "2022-12-31", "36.99"),
    ("10000", "2022-12-01", "2023-01-01", "38.32"),
    ("10000", "2022-01-01", "2023-01-01", "450.10"),
    # Both changes of summer time are one day like any other
    ("10000", "2026-03-28", "2026-03-30", "2.67"),
    ("10000", "2026-10-24", "2026-10-26", "2.67"),
]


@pytest.mark.parametrize(("amount", "event", "paid", "expected"), TABLE)
def test_interest(amount: str, event: str, paid: str, expected: str) -> None:
    got, _spans = default_interest(
        Decimal(amount), event_on=date.fromisoformat(event), until_on=date.fromisoformat(paid)
    )
    assert got == Decimal(expected)


def test_how_it_comes_about() -> None:
    total, spans = default_interest(Decimal(10_000), event_on=date(2022, 12, 1), until_on=date(2024, 12, 31))
    assert spans == [
        Span(date(2022, 12, 2), date(2022, 12, 31), 30, Decimal("4.50"), spans[0].amount),
        Span(date(2023, 1, 1), date(2024, 12, 1), 701, Decimal("4.875"), spans[1].amount),
        Span(date(2024, 12, 2), date(2024, 12, 31), 30, Decimal(20), spans[2].amount),
    ]
    assert total == Decimal("1137.64")


def test_it_runs_from_the_notice_that_came_late_but_steps_with_the_event() -> None:
    late, _spans = default_interest(
        Decimal(10_000), event_on=date(2025, 1, 1), from_on=date(2025, 7, 1), until_on=date(2026, 1, 1)
    )
    assert late == Decimal("245.75")
    assert yearly_rate(date(2027, 1, 1), event_on=date(2025, 1, 1)) == Decimal("4.875")
    assert yearly_rate(date(2027, 1, 2), event_on=date(2025, 1, 1)) == Decimal(20)


def test_a_rate_above_the_floor_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from core import interest

    real = interest.term
    monkeypatch.setattr(
        interest,
        "term",
        lambda key, on: SimpleNamespace(value=16) if key == "money.legal_interest" else real(key, on),
    )
    assert yearly_rate(date(2030, 1, 1), event_on=date(2025, 1, 1)) == Decimal(24)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="owed"):
        default_interest(Decimal(-1), event_on=date(2025, 1, 1), until_on=date(2026, 1, 1))
    with pytest.raises(ValueError, match="before the event"):
        default_interest(
            Decimal(1), event_on=date(2025, 1, 1), from_on=date(2024, 12, 31), until_on=date(2026, 1, 1)
        )
    with pytest.raises(UnknownTermError):
        default_interest(Decimal(1), event_on=date(2015, 1, 1), until_on=date(2015, 2, 1))
