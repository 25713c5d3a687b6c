"""Fifty log-ins at once: some are asked to come back, none fails, and never more than two hold memory."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from accounts import hashers
from tests.people import PASSWORD, make_user


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PASSWORD_HASHERS = ["accounts.hashers.PortalArgon2"]
    # The page says the same after 0.2 seconds as after 2.
    monkeypatch.setattr(hashers, "WAIT_SECONDS", 0.2)
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
    for number in range(50):
        make_user(f"n{number}@example.org")

    def log_in(number: int) -> tuple[int, str]:
        browser = Client(REMOTE_ADDR=f"10.0.0.{number}", raise_request_exception=False)
        try:
            answer = browser.post(
                "/accounts/login/", {"login": f"n{number}@example.org", "password": PASSWORD}
            )
            return answer.status_code, answer.headers.get("Retry-After", "")
        finally:
            connections.close_all()

    # Six threads, as a web process has.
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(log_in, range(50)))
    assert {status for status, _after in answers} <= {302, 503}
    assert (302, "") in answers
    assert {after for status, after in answers if status == 503} <= {str(hashers.RETRY_AFTER_SECONDS)}
    assert most <= 2
