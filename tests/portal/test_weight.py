"""A first visit fits into a poor connection: at most 8 files, and 45 kB of them."""

import re
import uuid
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from servicing import actions as servicing
from tests.people import Cast

MOST_FILES, MOST_BYTES = 8, 45_000
# What a browser fetches for a page by itself; a data: picture travels inside it.
FETCHED = re.compile(r'<(?:link|script|img|use)\b[^>]*?\s(?:href|src)="([^"#]+)')


def packed(content: bytes) -> int:
    return len(brotli.compress(content, quality=5))


def files_of(html: str) -> set[str]:
    return {address for address in FETCHED.findall(html) if not address.startswith("data:")}


def content_of(client: Any, address: str) -> bytes:
    if address.startswith("/static/"):
        found = finders.find(address.removeprefix("/static/"))
        assert found, address
        return Path(found).read_bytes()
    content: bytes = client.get(address).content
    return content


@pytest.mark.django_db
def test_a_first_visit_is_light(cast: Cast) -> None:
    ana = Client()
    ana.force_login(cast.ana.user)  # type: ignore[arg-type]
    case = servicing.ask(
        by=cast.ana.user, language="es", topic="cards", question="Where is it?", sent_key=uuid.uuid4()
    )
    visits = {
        reverse("account_login"): Client(),
        reverse("account_signup"): Client(),
        reverse("home"): ana,
        reverse("policies:list"): ana,
        cast.health.get_absolute_url(): ana,
        reverse("policies:certificate_create"): ana,
        reverse("cases:list"): ana,
        case.get_absolute_url(): ana,
        reverse("servicing:ask"): ana,
    }
    heavy = {}
    for address, client in visits.items():
        page = client.get(address)
        assert page.status_code == 200, address
        files = files_of(page.content.decode())
        weight = packed(page.content) + sum(packed(content_of(client, file)) for file in files)
        if 1 + len(files) > MOST_FILES or weight > MOST_BYTES:
            heavy[address] = (1 + len(files), weight)
    assert heavy == {}


def test_what_is_fetched_is_counted() -> None:
    html = '<link rel="icon" href="/a.svg"><script src="/b.js" defer></script>'
    html += '<img alt="" src="data:x"><a href="/c">'
    assert files_of(html) == {"/a.svg", "/b.js"}
