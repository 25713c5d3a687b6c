"""A customer gave another account in the portal: the feed of that night does not know it yet."""

from datetime import date
from pathlib import Path

import pytest

from policies.models import Mandate
from tests.policies.import_feed import IBAN, Rows, counted, household, run

pytestmark = pytest.mark.django_db
GERMAN = "DE89370400440532013000"


@pytest.fixture
def replaced(tmp_path: Path) -> Mandate:
    """The mandate of the feed, ended in the portal on 14 May 2026."""
    run(tmp_path, household())
    old = Mandate.objects.get()
    new = Mandate.objects.create(
        reference="CTA-1",
        policy=old.policy,
        iban=GERMAN,
        signed_on=date(2026, 5, 1),
        starts_on=date(2026, 5, 15),
    )
    Mandate.objects.filter(pk=old.pk).update(ended_on=date(2026, 5, 14), replaced_by=new)
    return old


def feed(**cells: str) -> Rows:
    rows = household()
    rows["mandates"] = [rows["mandates"][0] | cells]
    return rows


def test_the_old_mandate_is_not_brought_back_to_life(tmp_path: Path, replaced: Mandate) -> None:
    assert counted(run(tmp_path, feed()))["mandates.csv"] == (0, 0, 1, 0)
    replaced.refresh_from_db()
    assert replaced.ended_on == date(2026, 5, 14)
    assert [mandate.iban for mandate in Mandate.objects.in_use(date(2026, 5, 14))] == [IBAN]
    assert [mandate.iban for mandate in Mandate.objects.in_use(date(2026, 5, 15))] == [GERMAN]


def test_another_change_of_the_old_mandate_keeps_its_end(tmp_path: Path, replaced: Mandate) -> None:
    assert counted(run(tmp_path, feed(signed_on="2024-06-21")))["mandates.csv"] == (0, 1, 0, 0)
    replaced.refresh_from_db()
    assert (replaced.signed_on, replaced.ended_on) == (date(2024, 6, 21), date(2026, 5, 14))


def test_an_end_that_the_feed_does_say_is_taken(tmp_path: Path, replaced: Mandate) -> None:
    run(tmp_path, feed(ended_on="2026-05-10"))
    replaced.refresh_from_db()
    assert replaced.ended_on == date(2026, 5, 10)


def test_the_feed_may_still_reopen_what_the_portal_has_not_replaced(tmp_path: Path) -> None:
    run(tmp_path, feed(ended_on="2026-05-10"))
    run(tmp_path, feed())
    assert Mandate.objects.get().ended_on is None


def test_the_mandate_of_the_portal_is_taken_over_under_its_reference(
    tmp_path: Path, replaced: Mandate
) -> None:
    rows = feed(ended_on="2026-05-14")
    rows["mandates"].append(
        {"mandate_reference": "CTA-1", "policy_number": "F-1", "iban": GERMAN, "signed_on": "2026-05-01"}
    )
    assert counted(run(tmp_path, rows))["mandates.csv"] == (0, 0, 2, 0)
    assert Mandate.objects.get(reference="CTA-1").starts_on == date(2026, 5, 15)
