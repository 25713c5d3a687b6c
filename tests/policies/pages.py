"""Reading the policy pages as a person does, and counting what they cost."""

from collections.abc import Iterator
from html import unescape
from re import sub
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation


@pytest.fixture(autouse=True)
def in_english(client: Any) -> Iterator[None]:
    """The words of the source, so that a test says what a reader reads."""
    client.cookies["lang"] = "en"
    with translation.override("en"):
        yield


def words(response: Any) -> str:
    main = response.content.decode().split("<main", 1)[1].split("</main>")[0]
    return " ".join(unescape(sub(r"<[^>]*>", " ", main.split(">", 1)[1])).split())


def queries(client: Any, address: str) -> int:
    """Of a second visit: the conditions of an edition and the menu are kept between visits."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len([query for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))])
