"""Fifty log-ins at once: all wait their turn, none is refused, and never more than two hold memory."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from django.test import Client

from accounts import hashers
from accounts.models import User
from bench.load.log_ins import MOST_BYTES, log_in_at_once, serve
from tests.people import PASSWORD, make_user
from tests.processes import address_of_the_test_database

PEOPLE = [f"n{number}@example.org" for number in range(50)]
SITE = "https://portal.example"


@pytest.fixture
def fifty(transactional_db: None, settings: Any) -> None:
    for email in PEOPLE:
        make_user(email)
    settings.PASSWORD_HASHERS = ["accounts.hashers.PortalArgon2"]
    # They have one password, which is hashed once.
    User.objects.update(password=make_password(PASSWORD))


def test_one_process_lets_all_of_them_in(fifty: None, monkeypatch: pytest.MonkeyPatch) -> None:
    at_work, most, lock = 0, 0, Lock()
    verify = hashers.Argon2PasswordHasher.verify

    def counted(self: Any, password: str, encoded: str) -> bool:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        try:
            return verify(self, password, encoded)
        finally:
            with lock:
                at_work -= 1

    monkeypatch.setattr(hashers.Argon2PasswordHasher, "verify", counted)

    def log_in(number: int) -> int:
        browser = Client(REMOTE_ADDR=f"10.0.0.{number}", raise_request_exception=False)
        try:
            answer = browser.post("/accounts/login/", {"login": PEOPLE[number], "password": PASSWORD})
            return answer.status_code
        finally:
            connections.close_all()

    # Six threads, which is more than a web process has.
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(log_in, range(50)))
    assert answers == [302] * 50
    assert 1 <= most <= 2


def test_two_processes_as_in_production_do_so_with_little_memory(fifty: None, tmp_path: Path) -> None:
    """How long people wait, and with how much memory: docs/performance.md."""
    environment = {
        **os.environ,
        "PORTAL_ENV": "production",
        "DJANGO_SETTINGS_MODULE": "tests.accounts.settings_of_production",
        "SECRET_KEY": "only-for-this-test-and-for-nothing-else-0123456789",
        "SITE_URL": SITE,
        "ALLOWED_HOSTS": "portal.example",
        "TRUSTED_PROXIES": "1",
        "DATABASE_URL": address_of_the_test_database(),
        "LOG_LEVEL": "WARNING",
    }
    with serve(environment, tmp_path / "web.log") as web:
        seen = log_in_at_once(web, SITE, PEOPLE, PASSWORD)
    assert (dict(seen.answers), dict(seen.pages)) == ({302: 50}, {200: 50})
    # The one that watches, and two that answer.
    assert seen.processes == 3
    assert seen.peak_bytes < MOST_BYTES
