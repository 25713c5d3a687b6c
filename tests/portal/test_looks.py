"""Who has looked at my data: oneself and one's children, in plain words, without the name of the employee."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from core import audit
from policies.models import Grant
from tests.people import Actor, Cast


def look_at(cast: Cast, whom: Actor | None, what: str, reason: str = "request", words: str = "") -> None:
    subject = whom.person if whom else None
    audit.record("read", by=cast.gema.user, subject=subject, what=what, reason=reason, words=words)


def read_by(actor: Actor, page: str = "") -> list[str]:
    client = Client()
    client.force_login(actor.user)
    response = client.get(reverse("who_looked"), {"page": page} if page else {})
    assert response.status_code == 200
    return [look.reference for look in response.context["page"].looks]


@pytest.fixture
def looked(cast: Cast) -> Cast:
    for name in ("ana", "bruno", "carla", "diego", "elena"):
        look_at(cast, getattr(cast, name), f"cases.case:CON-{name}")
    look_at(cast, None, "cases.case:CON-nobody")
    return cast


def test_oneself_and_one_s_children_under_sixteen(looked: Cast) -> None:
    """Bruno and Diego, who is 16, are insured in Ana's policy: their health is their own affair."""
    assert read_by(looked.ana) == ["CON-carla", "CON-ana"]
    assert read_by(looked.bruno) == ["CON-carla", "CON-bruno"]
    assert read_by(looked.elena) == ["CON-elena"]
    assert read_by(looked.hugo) == read_by(looked.felix) == []


def test_who_lets_somebody_read_all_lets_them_read_this(looked: Cast) -> None:
    Grant.objects.create(
        giver=looked.bruno.person, receiver=looked.ana.person, level=3,
        starts_at=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    assert read_by(looked.ana) == ["CON-carla", "CON-bruno", "CON-ana"]


def test_in_plain_words_and_without_the_name(cast: Cast, log_in: Any) -> None:
    cast.gema.user.groups.set([Group.objects.create(name="Medical reviewers")])
    look_at(cast, cast.ana, "cases.case:CON-7K3M", "other", "The ombudsman asks.")
    look_at(cast, cast.carla, f"accounts.person:{cast.carla.person.pk}", "call")
    audit.record("press-take", by=cast.gema.user, subject=cast.ana.person, what="cases.case:CON-PRESSED")
    cast.ana.user.language = "en"
    cast.ana.user.save()
    html = log_in(cast.ana).get(reverse("who_looked")).content.decode()
    for text in (
        "Medical reviewers", "Another reason: The ombudsman asks.", "Request CON-7K3M", "Carla Soto Ferrer",
        "The whole file", "To answer a call or a message of the person",
    ):  # fmt: skip
        assert text in html
    assert "gema" not in html.lower()
    assert "CON-PRESSED" not in html


def test_whose_it_is_stands_there_where_there_are_several(cast: Cast, log_in: Any) -> None:
    look_at(cast, cast.elena, "cases.case:CON-1")
    assert "Elena Mas Roca" not in log_in(cast.elena).get(reverse("who_looked")).content.decode()


def test_the_way_there_and_nothing_yet(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    assert reverse("who_looked") in client.get(reverse("account")).content.decode()
    nothing = client.get(reverse("who_looked"))
    with translation.override(cast.ana.user.language):
        assert gettext("Nobody has looked") in nothing.content.decode()
    assert reverse("account_link") in log_in(cast.hugo).get(reverse("who_looked")).content.decode()


def test_fifty_a_page_and_flat(cast: Cast, log_in: Any) -> None:
    def cost() -> int:
        client = log_in(cast.ana)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("who_looked"))
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    look_at(cast, cast.ana, "cases.case:CON-0")
    log_in(cast.ana).get(reverse("who_looked"))
    one = cost()
    for number in range(1, 120):
        look_at(cast, (cast.ana, cast.carla)[number % 2], f"cases.case:CON-{number}")
    assert cost() == one <= 8
    newest = [f"CON-{number}" for number in range(119, -1, -1)]
    assert read_by(cast.ana) == newest[:50]
    assert read_by(cast.ana, "2") == newest[50:100]
    assert read_by(cast.ana, "3") == newest[100:]
    assert read_by(cast.ana, "4") == []
    for made_up in ("0", "-1", "x", "²", "99999999999", "1 OR 1"):
        assert read_by(cast.ana, made_up) == newest[:50]
