"""What a template asks for, somebody gives: all pages, as different people see them."""

import pytest
from django.template import engines
from django.test import Client, RequestFactory
from django.urls import reverse

from core.error_pages import error_page
from policies.models import Certificate
from tests.house.strict import OURS, missing_variables
from tests.house.test_every_page import PAGES, browser, certificate
from tests.people import Cast

__all__ = ["certificate"]


@pytest.mark.parametrize("actor", ["anonymous", "ana", "elena", "hugo"])
def test_no_page_asks_for_what_nobody_gave(actor: str, cast: Cast, certificate: Certificate) -> None:
    client = browser(cast, actor)
    with missing_variables() as found:
        for name, row in PAGES.items():
            client.get(reverse(name, args=row.arguments(cast, certificate)))
    assert sorted(found) == []


def test_no_error_page_does() -> None:
    with missing_variables() as found:
        for status in (400, 403, 404, 429, 500, 503):
            error_page(RequestFactory().get("/"), status, retry_after=60)
    assert sorted(found) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ name }}", {"t.html: name"}),
        ('{{ name|default:"x" }}', {'t.html: name|default:"x"'}),
        ("{{ given.other }}", {"t.html: given.other"}),
        ("{% with x=name %}{% endwith %}", {"t.html: name"}),
        ("{% if name %}x{% endif %}", set()),
        ("{{ given }}{{ nothing }}", set()),
    ],
)
def test_it_would_be_seen(source: str, expected: set[str]) -> None:
    template = engines["django"].from_string(source)
    template.template.name = "t.html"
    template.template.origin.name = f"{OURS[0]}/t.html"
    with missing_variables() as found:
        template.render({"given": "x", "nothing": None})
    assert found == expected


@pytest.mark.django_db
def test_what_is_kept_of_the_conditions_is_kept_by_language(client: Client) -> None:
    """Each in their own language, whoever came first; found by the rule above."""
    address = reverse("policies:conditions", args=["PF-2024"])
    pages = {
        language: client.get(address, headers={"Accept-Language": language}).content.decode()
        for language in ("es", "en", "ca")
    }
    assert [language for language, html in pages.items() if "Sold " in html] == ["en"]
    assert len({html.partition("<h1>")[2] for html in pages.values()}) == 3
