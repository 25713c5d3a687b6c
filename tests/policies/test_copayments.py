"""Copayments by year: sums of whom the reader may add up, lines of whose care they may know."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from accounts.models import User
from core.money import euros
from policies.models import Copayment
from tests.people import Actor, Cast
from tests.policies.pages import in_english, queries, words  # noqa: F401

NOVEMBER = datetime(2026, 11, 20, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november(cast: Cast) -> Any:
    User.objects.update(language="en")
    with time_machine.travel(NOVEMBER, tick=False):
        yield


def use(cast: Cast, actor: Actor, day: date, amount: str = "6.50", *, count: int = 1) -> list[str]:
    insured = cast.insured(actor, cast.health)
    made = [
        Copayment.objects.create(
            key=f"{insured.key}-{day}-{n}",
            insured=insured,
            used_on=day,
            act=f"Act of {actor.person.first_name} on {day}",  # type: ignore[union-attr]
            provider="Centre",
            amount=Decimal(amount),
        )
        for n in range(count)
    ]
    return [copayment.key for copayment in made]


def address(cast: Cast) -> str:
    return reverse("policies:copayments", args=[cast.health.reference])


def read(client: Any, cast: Cast, **query: str) -> str:
    return words(client.get(address(cast), query))


def test_sums_of_all_and_lines_of_whose_care_is_known(cast: Cast, log_in: Any) -> None:
    for actor in (cast.ana, cast.bruno, cast.carla, cast.diego):
        use(cast, actor, date(2026, 1, 1))
        use(cast, actor, date(2026, 12, 31), "3.50")
    page = read(log_in(cast.ana), cast)
    ten, only = euros(Decimal("10.00"), "en"), "Only the sum: the details are this person's own."
    assert f"Ana Ferrer Vidal {ten}" in page
    assert f"Bruno Soto Gil {only} {ten}" in page
    assert f"Carla Soto Ferrer {ten}" in page
    # At 16 health is his own.
    assert f"Diego Soto Ferrer {only} {ten}" in page
    assert f"Together {euros(Decimal('40.00'), 'en')}" in page
    assert "Act of Ana" in page
    assert "Act of Carla" in page
    assert "Act of Bruno" not in page
    assert "Act of Diego" not in page


def test_an_insured_adult_adds_up_only_what_is_theirs(cast: Cast, log_in: Any) -> None:
    for actor in (cast.ana, cast.bruno):
        use(cast, actor, date(2026, 5, 5))
    page = read(log_in(cast.bruno), cast)
    assert "Act of Bruno" in page
    assert "Ana Ferrer" not in page
    assert "Together" not in page


def test_earlier_years_are_one_choice_away(cast: Cast, log_in: Any) -> None:
    use(cast, cast.ana, date(2026, 1, 1))
    use(cast, cast.ana, date(2025, 12, 31), "9.00")
    use(cast, cast.bruno, date(2022, 6, 1))
    client = log_in(cast.ana)
    response = client.get(address(cast))
    assert response.context["page"].years == [2026, 2025, 2022]
    assert "2025-12-31" not in words(response)
    page = read(client, cast, year="2025")
    assert "Copayments in 2025" in page
    assert "Act of Ana on 2025-12-31" in page
    assert "Act of Ana on 2026-01-01" not in page


@pytest.mark.parametrize("year", ["", "all", "20245", "\0"])
def test_what_is_no_year_is_this_one(cast: Cast, log_in: Any, year: str) -> None:
    assert "Copayments in 2026 There is no copayment in this year." in read(log_in(cast.ana), cast, year=year)


def test_the_lines_come_in_pages(cast: Cast, log_in: Any) -> None:
    keys = use(cast, cast.ana, date(2026, 3, 3), count=20) + use(cast, cast.carla, date(2026, 3, 3), count=20)
    older_year = use(cast, cast.ana, date(2025, 3, 3))
    client = log_in(cast.ana)
    first = client.get(address(cast))
    older = first.context["page"].older
    assert f"?year=2026&amp;before={older}" in first.content.decode()
    second = client.get(address(cast), {"year": "2026", "before": older})
    shown = [line.key for page in (first, second) for line in page.context["page"].lines]
    assert shown == list(reversed(keys))
    assert second.context["page"].older == ""
    # The sum is of the whole year on either page.
    assert [page.context["page"].total for page in (first, second)] == [Decimal("260.00")] * 2
    assert older_year[0] not in shown


def test_a_place_that_the_reader_may_not_know_is_none(cast: Cast, log_in: Any) -> None:
    brunos = use(cast, cast.bruno, date(2026, 3, 3))
    client = log_in(cast.ana)
    for before in (brunos[0], "nothing", "\0x"):
        assert client.get(address(cast), {"year": "2026", "before": before}).status_code == 404


@pytest.mark.parametrize("name", ["elena", "felix", "hugo"])
def test_a_stranger_finds_nothing(cast: Cast, log_in: Any, name: str) -> None:
    assert log_in(getattr(cast, name)).get(address(cast)).status_code == 404


def test_a_funeral_policy_has_no_copayments(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    assert client.get(reverse("policies:copayments", args=[cast.funeral.reference])).status_code == 404
    assert "/copayments/" not in client.get(cast.funeral.get_absolute_url()).content.decode()


def test_the_policy_page_leads_to_them(cast: Cast, log_in: Any) -> None:
    link = f'href="{address(cast)}"'
    for actor in (cast.ana, cast.bruno):
        assert link in log_in(actor).get(cast.health.get_absolute_url()).content.decode()


def test_the_page_costs_the_same_for_one_and_for_many(cast: Cast, log_in: Any) -> None:
    use(cast, cast.ana, date(2026, 3, 3))
    client = log_in(cast.ana)
    one = queries(client, address(cast))
    for actor in (cast.ana, cast.bruno, cast.carla):
        use(cast, actor, date(2026, 2, 2), count=15)
        use(cast, actor, date(2024, 2, 2), count=3)
    assert queries(client, address(cast)) == one
    assert one <= 8
