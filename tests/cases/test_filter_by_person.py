"""My requests, narrowed to those about one person of the family."""

from typing import Any

import pytest
from django.urls import reverse

from cases.models import Case
from tests.cases.kinds import make_case
from tests.people import Cast

pytestmark = pytest.mark.django_db

LIST = reverse("cases:list")


def test_by_the_person_whom_a_request_is_about(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    assert b'name="person"' not in client.get(LIST).content
    hers = make_case(cast.ana.user, about=cast.insured(cast.ana, cast.health))
    carlas = make_case(cast.ana.user, about=cast.insured(cast.carla, cast.health))
    make_case(cast.ana.user)
    page = client.get(LIST)
    people = dict(page.context["form"].fields["person"].choices)
    assert list(people.values())[1:] == [cast.ana.person.full_name, cast.carla.person.full_name]
    of = {name: reference for reference, name in people.items()}
    # The same person, insured in another policy too.
    again = cast.insured(cast.carla, cast.funeral)
    other = make_case(cast.ana.user, about=again)

    def found(**query: Any) -> set[Case]:
        return set(client.get(LIST, query).context["page"].cases)

    assert found(person=of[cast.carla.person.full_name]) == {carlas, other}
    assert found(person=of[cast.ana.person.full_name]) == {hers}
    assert found(person="ASE-0") == {hers, carlas, other} | set(Case.objects.filter(about=None))


def test_nobody_else_is_named_in_the_filter(cast: Cast, log_in: Any) -> None:
    make_case(cast.elena.user, about=cast.elenas.insured.first())
    assert b'name="person"' not in log_in(cast.ana).get(LIST).content
