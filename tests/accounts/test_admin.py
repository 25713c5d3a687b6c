"""People and accounts for the staff: found by whatever a caller says; nothing to type into."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import Person, User
from tests.people import Actor, Cast, make_person

PEOPLE = "/admin/accounts/person/"
USERS = "/admin/accounts/user/"


@pytest.fixture
def felix(cast: Cast, log_in: Any) -> Client:
    client = log_in(cast.felix)
    client.get("/admin/")
    return client


@pytest.fixture
def felix_in_charge(cast: Cast, felix: Client) -> Client:
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_user"))
    return felix


def found(response: Any) -> set[str]:
    return {str(row) for row in response.context["cl"].result_list}


ANA, BRUNO, CARLA, DIEGO, ELENA = (
    "Ana Ferrer Vidal",
    "Bruno Soto Gil",
    "Carla Soto Ferrer",
    "Diego Soto Ferrer",
    "Elena Mas Roca",
)
FAMILY = {ANA, BRUNO, CARLA, DIEGO}
SAID = [
    # DNI and NIE in all spellings, and without the letter
    ("12345678Z", {ANA}),
    ("12.345.678-z", {ANA}),
    ("12345678", {ANA}),
    ("x-1234567-l", {ELENA}),
    ("11111111H", {DIEGO}),
    ("87654321A", set()),
    # names: any part, any order, no accents or capitals needed
    ("ferrer", {ANA, CARLA, DIEGO}),
    ("FERRER soto", {CARLA, DIEGO}),
    ("Soto Férrer Carla", {CARLA}),
    ("mas", {ELENA}),
    ("ma", set()),
    ("%", set()),
    ("___", set()),
    # numbers of a policy, and of a card
    ("S-1000001", FAMILY),
    ("s-1000001", FAMILY),
    ("F-1200001", {ELENA}),
    ("T-0001", {BRUNO}),
    ("S-100000", set()),
    # e-mail
    ("ANA@example.org", {ANA}),
    ("elena@example.org", {ELENA}),
    ("ana@example", set()),
    ("nobody here", set()),
    ("'; DROP TABLE accounts_person; --", set()),
]


@pytest.fixture
def a_card(cast: Cast) -> None:
    from policies.models import Card

    insured = cast.insured(cast.bruno, cast.health)
    Card.objects.create(number="T-0001", insured=insured, valid_from=insured.insured_from)


@pytest.mark.usefixtures("a_card")
@pytest.mark.parametrize(("said", "who"), SAID)
def test_a_caller_is_found_by_what_they_say(felix: Client, said: str, who: set[str]) -> None:
    assert found(felix.get(PEOPLE, {"q": said})) == who


def test_an_accent_is_no_hindrance_in_either_direction(felix: Client) -> None:
    make_person("P-x", "Begoña Núñez Muñiz", years=50, dni=None)
    assert found(felix.get(PEOPLE, {"q": "begona nunez"})) == {"Begoña Núñez Muñiz"}
    assert found(felix.get(PEOPLE, {"q": "BEGOÑA NÚÑEZ"})) == {"Begoña Núñez Muñiz"}


def test_a_date_of_birth_narrows_a_name(felix: Client, cast: Cast) -> None:
    make_person("P-x", "Ana Ferrer Gil", years=70, dni=None)
    assert found(felix.get(PEOPLE, {"q": "ana ferrer"})) == {ANA, "Ana Ferrer Gil"}
    born_on = cast.ana.person.born_on
    for written in (f"{born_on:%d/%m/%Y}", f"{born_on:%d.%m.%Y}", born_on.isoformat()):
        assert found(felix.get(PEOPLE, {"q": f"ana ferrer {written}"})) == {ANA}
    assert found(felix.get(PEOPLE, {"q": "ana ferrer 01/01/1901"})) == set()


def test_what_is_wrong_with_a_search_is_said(felix: Client, cast: Cast) -> None:
    cast.felix.user.language = "en"
    cast.felix.user.save()
    with translation.override("en"):
        html = felix.get(PEOPLE, {"q": "12345678A"}).content.decode()
    assert "its letter should be Z" in html


def test_the_account_s_address_finds_a_person_with_another_one_on_file(felix: Client, cast: Cast) -> None:
    Person.objects.filter(pk=cast.ana.person.pk).update(email="old@example.org")
    assert found(felix.get(PEOPLE, {"q": "ana@example.org"})) == {ANA}
    assert found(felix.get(PEOPLE, {"q": "OLD@example.org"})) == {ANA}


def explain(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + sql)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.usefixtures("a_card")
@pytest.mark.parametrize(
    "said",
    ["12345678Z", "ferrer", "soto ferrer", "ana 04/05/1984", "S-1000001", "T-0001", "ana@example.org"],
)
@pytest.mark.parametrize(
    "address", [PEOPLE, USERS, "/admin/policies/policy/", "/admin/policies/premiumreceipt/"]
)
def test_every_search_goes_by_an_index(felix: Client, said: str, address: str) -> None:
    """With sequential scans forbidden none is left: there is an index for each condition."""
    with CaptureQueriesContext(connection) as queries:
        felix.get(address, {"q": said})
    asked = [
        query["sql"]
        for query in queries
        if query["sql"].startswith("SELECT") and ("accounts_" in query["sql"] or "policies_" in query["sql"])
    ]
    assert len(asked) > 1
    assert [sql for sql in asked if "Seq Scan" in explain(sql)] == []


def test_a_list_shows_no_whole_dni(felix: Client, cast: Cast) -> None:
    html = felix.get(PEOPLE).content.decode()
    assert "•••••678Z" in html
    assert "12345678Z" not in html


@pytest.mark.parametrize("address", [PEOPLE, USERS])
def test_as_many_queries_for_three_rows_as_for_one(felix: Client, cast: Cast, address: str) -> None:
    def queries(term: str) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            response = felix.get(address, {"q": term})
        return len(captured), len(found(response))

    one, three = queries("elena"), queries("example.org" if address == USERS else "ferrer")
    assert one[1] == 1
    if address == PEOPLE:
        assert three == (one[0], 3)
    listed = felix.get(address)
    with CaptureQueriesContext(connection) as captured:
        felix.get(address)
    assert len(found(listed)) >= 5
    assert len(captured) <= 6


def test_from_a_person_one_gets_to_everything(felix: Client, cast: Cast) -> None:
    html = felix.get(f"{PEOPLE}{cast.ana.person.pk}/change/").content.decode()
    for link in (
        f"/admin/policies/policy/{cast.health.pk}/change/",
        f"/admin/policies/policy/{cast.funeral.pk}/change/",
        f"/admin/accounts/user/{cast.ana.user.pk}/change/",
        "/admin/core/outgoingemail/?to=ana%40example.org",
    ):
        assert f'href="{link}"' in html
    assert "12345678Z" in html


def test_a_child_without_account_has_a_page_too(felix: Client, cast: Cast) -> None:
    html = felix.get(f"{PEOPLE}{cast.carla.person.pk}/change/").content.decode()
    assert f'href="/admin/policies/policy/{cast.health.pk}/change/"' in html
    assert "/admin/core/outgoingemail/?to=" not in html


def test_a_page_shows_only_what_one_may_see(felix: Client, cast: Cast) -> None:
    cast.felix.user.groups.clear()
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="view_person"))
    html = felix.get(f"{PEOPLE}{cast.ana.person.pk}/change/").content.decode()
    assert "Ana Ferrer Vidal" in html
    assert "/admin/policies/" not in html
    assert "/admin/accounts/user/" not in html


# --- accounts ----------------------------------------------------------------------------------------


def test_an_account_shows_no_password_and_has_no_field(felix_in_charge: Client, cast: Cast) -> None:
    address = f"{USERS}{cast.ana.user.pk}/change/"
    html = felix_in_charge.get(address).content.decode()
    assert cast.ana.user.password not in html
    assert not re.search(r"\bmd5\b", html)
    before = User.objects.get(pk=cast.ana.user.pk).__dict__
    felix_in_charge.post(address, {"email": "thief@example.org", "password": "x", "is_staff": "on"})
    after = User.objects.get(pk=cast.ana.user.pk).__dict__
    assert {**after, "_state": 0} == {**before, "_state": 0}
    assert felix_in_charge.get(f"{USERS}{cast.ana.user.pk}/password/").status_code in (302, 404)


USERS_SAID = [("ana@example.org", {"ana@example.org"}), ("12345678Z", {"ana@example.org"}), ("carla", set())]


@pytest.mark.parametrize(("said", "who"), USERS_SAID)
def test_an_account_is_found_by_its_person(felix: Client, said: str, who: set[str]) -> None:
    assert found(felix.get(USERS, {"q": said})) == who


def press(client: Client, actor: Actor, name: str) -> str:
    response = client.post(f"{USERS}{actor.user.pk}/press/{name}/", follow=True)  # type: ignore[union-attr]
    (message,) = response.context["messages"]
    return message.level_tag


def test_a_closed_account_is_out_at_the_next_page_and_back_when_opened(
    felix_in_charge: Client, cast: Cast
) -> None:
    ana = Client()
    ana.force_login(cast.ana.user)
    assert ana.get("/policies/").status_code == 200
    assert press(felix_in_charge, cast.ana, "deactivate") == "success"
    assert ana.get("/policies/").status_code == 302
    assert User.objects.get(pk=cast.ana.user.pk).is_active is False
    assert press(felix_in_charge, cast.ana, "reactivate") == "success"
    assert User.objects.get(pk=cast.ana.user.pk).is_active is True
    assert LogEntry.objects.count() == 2


def test_nobody_closes_their_own_account_or_an_administrator_s(felix_in_charge: Client, cast: Cast) -> None:
    User.objects.filter(pk=cast.gema.user.pk).update(is_superuser=True)
    assert press(felix_in_charge, cast.felix, "deactivate") == "error"
    assert press(felix_in_charge, cast.gema, "deactivate") == "error"
    assert User.objects.filter(is_active=False).count() == 0
    assert LogEntry.objects.count() == 0


def test_who_may_only_look_closes_nothing(felix: Client, cast: Cast) -> None:
    assert felix.post(f"{USERS}{cast.ana.user.pk}/press/deactivate/").status_code == 403
