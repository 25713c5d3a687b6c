"""The menu is kept drawn: it must still be that of the page and of the person who look at it."""

import re
from typing import Any

import pytest
from django.urls import reverse

from cases import actions
from cases.lifecycle import Side
from tests.cases.kinds import make_case
from tests.people import Cast

pytestmark = pytest.mark.django_db

NAV = re.compile(r'<nav class="sections".*?</nav>', re.DOTALL)
LINK = re.compile(r'<a href="([^"]+)"( aria-current="page")?>')


def menu(client: Any, address: str) -> tuple[set[str], list[str], bool]:
    """The addresses, those that are marked as current, and whether anything is new."""
    found = NAV.search(client.get(address).content.decode())
    assert found is not None
    links = LINK.findall(found[0])
    return {url for url, _ in links}, [url for url, current in links if current], 'class="news"' in found[0]


def test_each_page_marks_its_own_section(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    home, policies = reverse("home"), reverse("policies:list")
    certificates, requests = reverse("policies:certificate_list"), reverse("cases:list")
    pages = {
        home: home,
        policies: policies,
        cast.health.get_absolute_url(): policies,
        cast.funeral.get_absolute_url(): policies,
        certificates: certificates,
        reverse("policies:certificate_create"): certificates,
        requests: requests,
        make_case(cast.ana.user).get_absolute_url(): requests,
    }
    for _time in range(2):
        for address, section in pages.items():
            assert menu(client, address)[:2] == ({home, policies, requests, certificates}, [section])
    assert menu(client, reverse("account"))[1] == []


def test_people_who_have_other_things_have_another_menu(cast: Cast, log_in: Any) -> None:
    case = make_case(cast.ana.user)
    actions.send_message(case, by=cast.felix.user, side=Side.STAFF, body="It is on its way.")
    home = reverse("home")
    for _time in range(2):
        assert menu(log_in(cast.ana), home)[2] is True
        assert menu(log_in(cast.hugo), home) == (
            {home, reverse("policies:list"), reverse("cases:list")},
            [home],
            False,
        )
    actions.read_messages(case, side=Side.CUSTOMER)
    assert menu(log_in(cast.ana), home)[2] is False
