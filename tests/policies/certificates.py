"""What the tests of certificates share: a trip that may be certified, and asking for it as a person does."""

from datetime import date, timedelta
from typing import Any

from django.test import TestCase

from core.ages import today_in_madrid
from policies import actions
from policies.models import Certificate
from tests.people import Actor, Cast


def next_week(days: int = 10) -> tuple[date, date]:
    start = today_in_madrid() + timedelta(days=7)
    return start, start + timedelta(days=days - 1)


def trip(**changes: Any) -> dict[str, Any]:
    starts_on, ends_on = next_week()
    return {
        "starts_on": starts_on,
        "ends_on": ends_on,
        "destination": "schengen",
        "country": "France",
        "language": "es",
    } | changes


def ask(
    cast: Cast, actor: Actor, *, about: Actor | None = None, policy: Any = None, **changes: Any
) -> Certificate:
    """Asked for and, as tasks run at once in tests, printed."""
    insured = cast.insured(about or actor, policy or cast.health)
    with TestCase.captureOnCommitCallbacks(execute=True):
        certificate = actions.ask_certificate(insured=insured, by=actor.user, **trip(**changes))
    certificate.refresh_from_db()
    return certificate
