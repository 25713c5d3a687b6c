"""What is put together once finds for each reader exactly what `visible_to` gives them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cases import listing, reading
from cases.listing import Filter
from cases.models import Case, CaseQuerySet
from tests.cases.kinds import make_case
from tests.people import Cast

pytestmark = pytest.mark.django_db

ACTORS = ("ana", "bruno", "diego", "elena", "felix", "gema", "hugo")
# New Year's Eve in London, New Year in Madrid.
NEW_YEAR = datetime(2024, 12, 31, 23, 30, tzinfo=UTC)


@pytest.fixture
def cases(cast: Cast) -> dict[str, Case]:
    """Of several people, also about a child of Ana's and about nobody."""
    made = {
        "anas": make_case(cast.ana.user, about=cast.insured(cast.ana, cast.health)),
        "carlas": make_case(cast.ana.user, about=cast.insured(cast.carla, cast.health), policy=cast.health),
        "brunos": make_case(cast.bruno.user, about=cast.insured(cast.bruno, cast.health)),
        "elenas": make_case(cast.elena.user, about=cast.elenas.insured.first()),
        "hugos": make_case(cast.hugo.user),
        "old": make_case(cast.ana.user),
    }
    Case.objects.filter(pk=made["old"].pk).update(opened_at=NEW_YEAR, closed_at=NEW_YEAR)
    return made


SHAPES: list[tuple[Any, Any]] = [
    ({}, lambda rows: rows),
    ({"state": "open"}, lambda rows: rows.filter(closed_at=None)),
    ({"state": "closed"}, lambda rows: rows.exclude(closed_at=None)),
    ({"kind": "enquiry"}, lambda rows: rows.filter(kind="enquiry")),
    ({"kind": "bank_account"}, lambda rows: rows.filter(kind="bank_account")),
    ({"year": 2024}, lambda rows: rows.none()),
    ({"year": 2025}, lambda rows: rows.filter(opened_at=NEW_YEAR)),
    ({"year": 2025, "state": "open"}, lambda rows: rows.none()),
]


@pytest.mark.parametrize(("wanted", "plain"), SHAPES)
def test_the_list_is_what_visible_to_gives(cast: Cast, cases: Any, wanted: Any, plain: Any) -> None:
    for name in ACTORS:
        user = getattr(cast, name).user
        if user is not None:
            visible: CaseQuerySet = Case.objects.visible_to(user)
            assert listing.list_page(user, Filter(**wanted)).cases == list(plain(visible))


def test_the_page_is_found_by_whom_visible_to_lets_see_it(cast: Cast, cases: dict[str, Case]) -> None:
    for name in ACTORS:
        user = getattr(cast, name).user
        if user is not None:
            seen = {case.pk for case in cases.values() if reading.found(user, case.reference)}
            assert seen == set(Case.objects.visible_to(user).values_list("pk", flat=True))


def test_what_is_offered_are_years_of_madrid_and_people_once(cast: Cast, cases: dict[str, Case]) -> None:
    this_year = cases["anas"].opened_at.year
    offered = listing.offered(cast.ana.user)
    assert offered.years == [this_year, 2025]
    assert [name for _reference, name in offered.people] == [
        cast.ana.person.full_name,
        cast.carla.person.full_name,
    ]
    hugos = listing.offered(cast.hugo.user)
    assert (hugos.years, hugos.people) == ([this_year], [])
