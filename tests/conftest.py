"""What every test stands on: the catalogue, the cast, a client that runs what waits for the commit."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.utils import translation

from policies import catalogue
from policies.models import Edition
from tests.people import Cast, enter, make_cast


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The demo insurer's catalogue is there for all tests, as it is in every installation."""
    with django_db_blocker.unblock():
        catalogue.load(settings.BRAND_DIR)
        # A test with threads is cleared by TRUNCATE, which history refuses; tests/cases asks for it again.
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE cases_caseevent DISABLE TRIGGER caseevent_stays")
            cursor.execute("ALTER TABLE core_auditentry DISABLE TRIGGER auditentry_stays")


@pytest.fixture(autouse=True)
def clean_slate() -> Iterator[None]:
    """No counter, fragment or language leaks from one test into the next."""
    caches["fragments"].clear()
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def catalogue_is_there(request: pytest.FixtureRequest) -> None:
    """The flush after a transactional test empties the catalogue: the next test gets it back."""
    asks = {"db", "transactional_db"} & set(request.fixturenames)
    if asks or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("_django_db_helper")
        if not Edition.objects.exists():
            catalogue.load(settings.BRAND_DIR)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


class PortalClient(Client):
    """Runs on-commit callbacks at the end of each request, so that a test sees the mail a user would get."""

    def request(self, **request: Any) -> Any:
        from django.test import TestCase

        with TestCase.captureOnCommitCallbacks(execute=True):
            return super().request(**request)


@pytest.fixture
def client() -> PortalClient:
    return PortalClient()


@pytest.fixture
def log_in(client: PortalClient) -> Any:
    """log_in(cast.ana) -> the client, as that person."""

    def log_in(actor: Any) -> PortalClient:
        enter(client, actor.user)
        return client

    return log_in
