"""One receipt: its parts add up (PAY-12), and its account is the one of the day on which it fell due."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from core.money import euros
from policies.access import Level
from policies.models import Grant, Mandate, PremiumReceipt
from tests.factories import make_receipt
from tests.people import Cast
from tests.policies.pages import in_english, queries, words  # noqa: F401

OLD, NEW = "ES9121000418450200051332", "ES7921000813610123456789"


@pytest.fixture
def receipt(cast: Cast) -> PremiumReceipt:
    User.objects.update(language="en")
    Mandate.objects.create(
        reference="M-1", policy=cast.health, iban=OLD, signed_on=date(2024, 1, 1), ended_on=date(2026, 3, 31)
    )
    Mandate.objects.create(
        reference="M-2", policy=cast.health, iban=NEW, signed_on=date(2026, 3, 10), starts_on=date(2026, 4, 1)
    )
    return make_receipt(
        cast.health,
        date(2026, 3, 1),
        number="R/2026 0301",
        paid_on=date(2026, 3, 2),
        net=Decimal("1080.10"),
        surcharge=Decimal("10.80"),
        taxes=Decimal("3.33"),
        total=Decimal("1094.23"),
    )


def address(receipt: PremiumReceipt) -> str:
    return reverse("policies:receipt", args=[receipt.policy.reference, receipt.number])


def test_the_payer_reads_what_a_receipt_is_made_of(cast: Cast, log_in: Any, receipt: PremiumReceipt) -> None:
    response = log_in(cast.ana).get(address(receipt))
    page = words(response)
    for word, amount in (
        ("Net premium", "1080.10"),
        ("Surcharge for instalments", "10.80"),
        ("Taxes and levies", "3.33"),
        ("Total", "1094.23"),
    ):
        assert word in page
        assert euros(Decimal(amount), "en") in page
    shown = response.context["page"]
    assert shown.net + shown.surcharge + shown.taxes == shown.line.total == Decimal("1094.23")
    assert "Receipt R/2026 0301 Paid" in page
    assert "1 March 2026 – 31 March 2026" in page
    assert "Paid on 2 March 2026" in page


def test_a_sum_that_does_not_add_up_cannot_be_on_file(cast: Cast, receipt: PremiumReceipt) -> None:
    with pytest.raises(IntegrityError, match="receipt_total_adds_up"), transaction.atomic():
        PremiumReceipt.objects.filter(pk=receipt.pk).update(total=Decimal("1094.24"))


@pytest.mark.parametrize(
    ("due_on", "expected"),
    [
        (date(2023, 12, 31), "None on file for that day"),
        (date(2024, 1, 1), "ES91 •••• 1332"),
        (date(2026, 3, 31), "ES91 •••• 1332"),
        (date(2026, 4, 1), "ES79 •••• 6789"),
    ],
)
def test_the_account_is_that_of_the_day(
    cast: Cast, log_in: Any, receipt: PremiumReceipt, due_on: date, expected: str
) -> None:
    response = log_in(cast.ana).get(address(make_receipt(cast.health, due_on)))
    assert f"Account of the direct debit {expected}" in words(response)
    assert OLD not in response.content.decode()
    assert NEW not in response.content.decode()


def test_the_lists_lead_to_it(cast: Cast, log_in: Any, receipt: PremiumReceipt) -> None:
    client = log_in(cast.ana)
    PremiumReceipt.objects.filter(policy=cast.health).exclude(pk=receipt.pk).delete()
    link = f'href="{address(receipt)}"'
    assert link in client.get(cast.health.get_absolute_url()).content.decode()
    assert link in client.get(reverse("policies:receipts", args=[cast.health.reference])).content.decode()


@pytest.mark.parametrize("name", ["bruno", "elena", "felix", "hugo"])
def test_it_is_the_payers_alone(cast: Cast, log_in: Any, receipt: PremiumReceipt, name: str) -> None:
    assert log_in(getattr(cast, name)).get(address(receipt)).status_code == 404


def test_the_holders_grant_opens_it(cast: Cast, log_in: Any, receipt: PremiumReceipt) -> None:
    Grant.objects.create(giver=cast.ana.person, receiver=cast.bruno.person, level=Level.AMOUNTS)
    assert log_in(cast.bruno).get(address(receipt)).status_code == 200


def test_a_receipt_of_another_policy_is_not_in_this_one(cast: Cast, log_in: Any) -> None:
    strange = PremiumReceipt.objects.filter(policy=cast.elenas).first()
    assert strange is not None
    client = log_in(cast.ana)
    for number in (strange.number, "nothing", "\0"):
        there = reverse("policies:receipt", args=[cast.health.reference, number])
        assert client.get(there).status_code == 404


def test_the_page_is_cheap(cast: Cast, log_in: Any, receipt: PremiumReceipt) -> None:
    assert queries(log_in(cast.ana), address(receipt)) <= 8
