"""The account that pays: from when it holds, who is told."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from stdnum.eu import at_02

from core.ages import today_in_madrid
from core.models import OutgoingEmail
from policies.models import Mandate
from servicing.bank_account import (
    account_mark,
    creditor_identifier,
    first_charge,
)
from tests.factories import make_receipt
from tests.policies.pages import words
from tests.servicing.accounts import (
    GERMAN,
    NEW,
    OLD,
    address,
    change,
    mandate_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


TODAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("due_on", "expected"),
    [
        ([], date(2026, 11, 16)),
        ([date(2026, 11, 15)], date(2026, 11, 16)),
        ([date(2026, 11, 16)], date(2026, 11, 16)),
        ([date(2026, 11, 17)], date(2026, 11, 17)),
        ([date(2027, 1, 1), date(2026, 12, 1), date(2026, 11, 3)], date(2026, 12, 1)),
        ([date(2026, 10, 1)], date(2026, 11, 16)),
    ],
)
def test_the_bank_is_told_fourteen_days_ahead(due_on, expected):
    assert first_charge(TODAY, due_on) == expected


def test_the_creditor_is_named_as_sepa_wants():
    # The example of the European Payments Council's own check: the three free characters do not count.
    assert creditor_identifier("47690558N", "ZZZ") == "ES23ZZZ47690558N"
    assert at_02.is_valid(creditor_identifier("A00012344"))
    assert len(creditor_identifier("A00012344")) == 16


def test_the_mark_tells_nothing_and_follows_the_account(cast, old):
    mark = account_mark(cast.health.pk, old)
    assert OLD[-4:] not in mark
    assert account_mark(cast.health.pk, None) != mark
    assert account_mark(cast.funeral.pk, old) != mark
    old.iban = NEW
    assert account_mark(cast.health.pk, old) != mark


def test_it_holds_from_the_first_receipt_after_the_notice(cast, old, plain):
    today = today_in_madrid()
    for days in (13, 14, 44):
        make_receipt(cast.health, today + timedelta(days=days), paid_on=None)
    found = change(cast).bank_account_change
    assert found.holds_from == today + timedelta(days=14)
    old.refresh_from_db()
    new = Mandate.objects.get(reference=found.mandate_reference)
    assert (old.ended_on, old.replaced_by) == (today + timedelta(days=13), new)
    assert (new.iban, new.signed_on, new.starts_on, new.ended_on) == (
        NEW, today, today + timedelta(days=14), None,
    )  # fmt: skip
    in_use = [Mandate.objects.in_use(today + timedelta(days=days)).first() for days in (0, 13, 14, 400)]
    assert in_use == [old, old, new, new]


def test_refunds_wait_three_days_also_when_the_clocks_change(cast, old, plain):
    with time_machine.travel(datetime(2027, 3, 26, 12, tzinfo=UTC), tick=False):
        found = change(cast).bank_account_change
    assert found.refunds_from == datetime(2027, 3, 29, 12, tzinfo=UTC)


def test_a_second_change_before_the_first_holds(cast, log_in, old, plain):
    first = change(cast).bank_account_change
    second = change(cast, iban=GERMAN).bank_account_change
    assert second.replaces == NEW
    today = today_in_madrid()
    used = {Mandate.objects.in_use(today + timedelta(days=days)).first().iban for days in range(60)}
    assert used == {OLD, GERMAN}
    never = Mandate.objects.get(reference=first.mandate_reference)
    assert never.ended_on < never.starts_on
    page = words(log_in(cast.ana).get(cast.health.get_absolute_url()))
    assert "ES91 •••• 1332" in page
    assert "DE89 •••• 3000 from" in page
    assert "6789" not in page


def test_a_policy_without_an_account_gets_one(cast, log_in, plain):
    page = words(log_in(cast.ana).get(address(cast.health)))
    assert "None on file" in page
    found = change(cast).bank_account_change
    assert found.replaces == ""
    assert Mandate.objects.get().starts_on == found.holds_from


def test_a_mandate_that_the_insurer_has_ended_keeps_its_end(cast, plain):
    today = today_in_madrid()
    ended = mandate_of(cast.health, ended_on=today + timedelta(days=3))
    change(cast)
    ended.refresh_from_db()
    assert (ended.ended_on, ended.replaced_by) == (today + timedelta(days=3), None)


def test_the_other_policy_keeps_its_account(cast, old, plain):
    other = mandate_of(cast.funeral)
    change(cast)
    other.refresh_from_db()
    assert (other.ended_on, other.replaced_by) == (None, None)


def test_both_addresses_are_told_each_in_its_language(cast, old, plain):
    cast.ana.person.email = "ana.en.casa@example.org"
    cast.ana.person.language = "ca"
    cast.ana.person.save()
    case = change(cast)
    mails = OutgoingEmail.objects.order_by("pk")
    assert [(mail.to, mail.language) for mail in mails] == [
        ("ana@example.org", "en"),
        ("ana.en.casa@example.org", "ca"),
    ]
    for mail in mails:
        for text in (mail.text, mail.html):
            assert "•••• 6789" in text
            assert case.get_absolute_url() in text
            assert "ES79" not in text
            assert "1332" not in text
            assert cast.health.number not in text


def test_one_address_gets_one_mail(cast, old, plain):
    cast.ana.person.email = "Ana@Example.org"
    cast.ana.person.save()
    change(cast)
    assert OutgoingEmail.objects.get().to == "ana@example.org"
