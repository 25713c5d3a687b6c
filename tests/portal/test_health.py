"""What load balancers ask, and what they learn."""

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings

from portal import health


@pytest.fixture(autouse=True)
def forget_the_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_broker", (0.0, False))


def test_alive_needs_no_database_and_says_nothing_else(client: Client) -> None:
    """No `db` mark: a query would fail the test."""
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response.cookies == {}


@pytest.mark.django_db
def test_ready(client: Client, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_max_num_queries(4):
        response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "database": True,
        "migrations": True,
        "counters": True,
        "broker": True,
    }


@pytest.mark.django_db
def test_a_migration_that_is_not_applied_is_not_ready(client: Client) -> None:
    MigrationRecorder(connection).record_unapplied("policies", "0001_initial")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response.json() == {
        "status": "unavailable",
        "database": True,
        "migrations": False,
        "counters": True,
        "broker": True,
    }


@pytest.mark.django_db
def test_without_the_table_of_counters_it_is_not_ready(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caches["default"], "_table", "no_such_table")
    response = client.get("/readyz")
    assert (response.status_code, response.json()["counters"]) == (503, False)


def test_without_a_database_it_says_so_in_the_same_form(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OperationalError("connection to server at 10.0.0.7 failed for user portal")

    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {
        "status": "unavailable",
        "database": False,
        "migrations": False,
        "counters": False,
        "broker": True,
    }


@pytest.mark.django_db
@override_settings(CELERY_BROKER_URL="redis://127.0.0.1:1/0")
def test_a_broker_that_is_away_is_told_and_not_fatal(client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()["broker"]) == (200, False)


@pytest.mark.django_db
def test_the_broker_is_not_asked_with_every_request(client: Client) -> None:
    client.get("/readyz")
    with override_settings(CELERY_BROKER_URL="redis://127.0.0.1:1/0"):
        assert client.get("/readyz").json()["broker"] is True


@pytest.mark.django_db
@override_settings(SECURE_SSL_REDIRECT=True)
def test_both_answer_without_tls_and_nothing_else_does(client: Client) -> None:
    assert [client.get(address).status_code for address in ("/healthz", "/readyz", "/")] == [200, 200, 301]
    assert settings.SECURE_REDIRECT_EXEMPT == [r"^healthz$", r"^readyz$"]


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_they_are_asked_by_get_only(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
