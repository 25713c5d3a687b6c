from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import MoneyError, euros, parse_euros, round_cents


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("0.005", "0.01"),
        ("0.004", "0.00"),
        ("2.675", "2.68"),
        ("1.125", "1.13"),  # half to even would say 1.12
        ("-1.125", "-1.13"),
        ("-0.001", "0.00"),
        ("487.5", "487.50"),
    ],
)
def test_half_a_cent_goes_up(amount, rounded):
    assert str(round_cents(Decimal(amount))) == rounded


def test_floats_are_not_money():
    with pytest.raises(TypeError):
        round_cents(0.1)


@pytest.mark.parametrize(
    ("amount", "language", "text"),
    [
        ("1234.5", "es", "1.234,50\xa0€"),
        ("1234.5", "ca", "1.234,50\xa0€"),
        ("1234.5", "ca-valencia", "1.234,50\xa0€"),
        ("1234.5", "en", "€1,234.50"),
        ("1234.5", "en-gb", "€1,234.50"),
        ("60", "es", "60,00\xa0€"),
        ("-5", "es", "-5,00\xa0€"),
        ("-0.001", "es", "0,00\xa0€"),
        ("0.125", "en", "€0.13"),
        ("1000000", "es", "1.000.000,00\xa0€"),
    ],
)
def test_amounts_as_each_language_writes_them(amount, language, text):
    assert euros(Decimal(amount), language) == text


def test_no_amount_is_no_text():
    assert euros(None, "es") == ""


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("60", "60.00"),
        ("60,00", "60.00"),
        ("60.00", "60.00"),
        ("60,5", "60.50"),
        ("0,05", "0.05"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1234,50", "1234.50"),
        ("1.234.567", "1234567.00"),
        ("1.234.567,89", "1234567.89"),
        ("1 234,50", "1234.50"),
        ("1\u202f234\u00a0567,89 €", "1234567.89"),
        ("60 €", "60.00"),
        ("€60.00", "60.00"),
        ("60,00 eur", "60.00"),
        ("-60,00", "-60.00"),
        ("\u221260,00", "-60.00"),
        ("-€60.00", "-60.00"),
        ("-0,00", "0.00"),
        ("\uff16\uff10,00", "60.00"),
        ("1234567890", "1234567890.00"),
    ],
)
def test_amounts_as_people_and_files_write_them(typed, amount):
    assert str(parse_euros(typed)) == amount


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        (None, "empty"),
        ("  ", "empty"),
        ("€", "empty"),
        ("sesenta", "format"),
        ("60,", "format"),
        (",60", "format"),
        ("1,2,3", "format"),
        ("12.34,50", "format"),
        ("1.2345.678", "format"),
        ("1,234,50", "format"),
        ("12 34", "format"),
        ("--60", "format"),
        ("6e3", "format"),
        ("NaN", "format"),
        ("60 $", "format"),
        ("60,005x", "format"),
        ("1.234", "ambiguous"),
        ("12,345", "ambiguous"),
        ("0,005", "decimals"),
        ("60,0055", "decimals"),
        ("1.234,567", "decimals"),
        ("1234.567", "decimals"),
        ("12345678901", "size"),
    ],
)
def test_amounts_that_are_none(typed, code):
    with pytest.raises(MoneyError) as refusal:
        parse_euros(typed)
    assert refusal.value.code == code


@given(
    st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2), st.sampled_from(["es", "ca", "en"])
)
def test_what_is_written_reads_back(amount, language):
    assert parse_euros(euros(amount, language)) == amount
