"""CTR-27: the general conditions of every edition are everybody's to read, in each language."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from core.money import euros
from policies.models import Cover, Edition
from tests.people import Cast
from tests.policies.pages import in_english, words  # noqa: F401


@pytest.mark.parametrize("code", ["PF-2012", "PF-2024", "SA-2026"])
def test_the_general_conditions_are_everybodys(cast: Cast, client: Any, code: str) -> None:
    """CTR-27."""
    edition = Edition.objects.get(code=code)
    response = client.get(reverse("policies:conditions", args=[code]))
    assert response.status_code == 200
    page = words(response)
    assert edition.name in page
    for cover in edition.covers.all():
        assert cover.name in page
        assert f"clause {cover.clause}" in page
        for limit in cover.limits.all():
            assert limit.name in page
        for exclusion in cover.exclusions:
            assert exclusion["text"]["en"] in page


def test_invented_figures_say_so_and_others_do_not(cast: Cast, client: Any) -> None:
    marks = "made up for this demonstration"
    assert marks in words(client.get(reverse("policies:conditions", args=["SA-2026"])))
    assert marks not in words(client.get(reverse("policies:conditions", args=["PF-2012"])))


def test_a_cover_that_is_all_invented_is_marked_once(cast: Cast, client: Any) -> None:
    page = words(client.get(reverse("policies:conditions", args=["SA-2026"])))
    network = page.split("Medical network")[2].split("What it does not include")[0]
    assert network.count("invented") == 1
    travel = Cover.objects.get(edition__code="SA-2026", unlocks="travel")
    assert travel.invented is False


def test_each_edition_keeps_its_own_figures(cast: Cast, client: Any) -> None:
    """WOR-04: urgent dental care abroad."""
    for code, sum_ in (("PF-2012", 150), ("PF-2024", 500), ("SA-2026", 300)):
        page = words(client.get(reverse("policies:conditions", args=[code])))
        assert euros(Decimal(sum_), "en") in page


def test_conditions_that_do_not_exist_are_not_found(cast: Cast, client: Any) -> None:
    assert client.get(reverse("policies:conditions", args=["PF-1999"])).status_code == 404


def test_the_list_of_conditions_names_every_edition(cast: Cast, client: Any) -> None:
    page = words(client.get(reverse("policies:conditions_list")))
    for edition in Edition.objects.all():
        assert edition.name in page


def test_the_conditions_speak_the_readers_language(cast: Cast, client: Any) -> None:
    """One reader's language is never kept for the next."""
    address = reverse("policies:conditions", args=["PF-2024"])
    for language, name in (
        ("en", "Family Protection 2024"),
        ("ca", "Protecció Familiar 2024"),
        ("es", "Protección Familiar 2024"),
        ("en", "Family Protection 2024"),
    ):
        client.cookies["lang"] = language
        assert name in words(client.get(address))
