"""A reference in lower case, as it is heard on the phone: every page with one leads to its address."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import resolve, reverse

from policies.models import Certificate
from tests.house.test_every_page import PAGES, browser, certificate
from tests.people import Cast

__all__ = ["certificate"]
pytestmark = pytest.mark.django_db
MOVED, MISSING = 302, 404
# There is none such: nobody learns that from where it leads.
NOBODY_S = "con-3333333333"


def with_a_reference(cast: Cast, certificate: Certificate) -> dict[str, str]:
    found = {name: reverse(name, args=row.arguments(cast, certificate)) for name, row in PAGES.items()}
    return {name: address for name, address in found.items() if "reference" in resolve(address).kwargs}


@pytest.mark.parametrize("actor", ["anonymous", "ana", "elena"])
def test_lower_case_leads_to_the_page(actor: str, cast: Cast, certificate: Certificate) -> None:
    pages = with_a_reference(cast, certificate)
    assert {"cases:detail", "policies:receipt", "servicing:account_check", "cases:move"} <= set(pages)
    client = browser(cast, actor)
    told = {}
    for name, address in pages.items():
        right = resolve(address).kwargs["reference"]
        for reference in (right, NOBODY_S.upper()):
            goes = address.replace(right, reference)
            answer = client.get(address.replace(right, reference.lower()), {"draft": "a b"})
            told[name, reference] = (answer.status_code, answer.headers["Location"].removeprefix(goes))
    assert set(told.values()) == {(MOVED, "?draft=a+b")}, told


def test_the_right_one_and_what_is_no_reference_lead_nowhere(cast: Cast) -> None:
    client = browser(cast, "ana")
    assert client.get(f"/requests/{NOBODY_S.upper()}/").status_code == MISSING
    assert client.get("/requests/drafts/").status_code == MISSING
    # Nor does a form: what it carries would be lost.
    assert client.post(f"/requests/{NOBODY_S}/message/", {"body": "x"}).status_code == MISSING


def test_the_log_in_leads_to_the_right_one(cast: Cast) -> None:
    page = browser(cast, "anonymous").get(f"/requests/{NOBODY_S}/", follow=True)
    [next_page] = parse_qs(urlsplit(page.redirect_chain[-1][0]).query)["next"]
    assert next_page == f"/requests/{NOBODY_S.upper()}/"
