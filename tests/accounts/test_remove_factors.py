"""`manage.py remove_factors`: the way back for somebody of the staff whom nobody else can help."""

import builtins
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from core.models import AuditEntry
from tests.people import PASSWORD, Cast, enter, give_app

pytestmark = pytest.mark.django_db


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Any:
    def types(answer: str) -> None:
        monkeypatch.setattr(builtins, "input", lambda question: answer)

    return types


@pytest.fixture
def felix(cast: Cast) -> User:
    assert cast.felix.user
    user = cast.felix.user
    if not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        give_app(user)
    RecoveryCodes.activate(user)
    User.objects.filter(pk=user.pk).update(language="en")
    return user


def factors(user: User) -> int:
    return Authenticator.objects.filter(user=user).count()


def test_all_are_gone_and_it_is_known(
    felix: User, types: Any, capsys: Any, django_capture_on_commit_callbacks: Any
) -> None:
    inside = Client()
    enter(inside, felix)
    assert inside.get("/admin/").status_code == 200
    before = factors(felix)
    types(f" {felix.email.upper()} ")
    with django_capture_on_commit_callbacks(execute=True):
        call_command("remove_factors", felix.email)
    assert (before, factors(felix)) == (2, 0)
    assert f"Taken off: {before}" in capsys.readouterr().out
    # Written down, told, and out at the next page.
    row = AuditEntry.objects.latest("seq")
    assert (row.verb, row.what, row.actor, row.role) == (
        "remove-factors",
        f"accounts.user:{felix.pk}",
        None,
        "portal",
    )
    assert [message.to for message in mail.outbox] == [[felix.email]]
    assert "removed" in mail.outbox[0].subject
    assert inside.get("/admin/").status_code == 302
    # The password alone leads to enrolment and nowhere else.
    again = Client()
    again.post("/accounts/login/", {"login": felix.email, "password": PASSWORD})
    assert again.get("/admin/")["Location"].startswith("/accounts/security/staff/")


@pytest.mark.parametrize("typed", ["", "yes", "y", "gema@example.org"])
def test_only_who_types_the_address_means_it(felix: User, types: Any, typed: str) -> None:
    before, rows = factors(felix), AuditEntry.objects.count()
    types(typed)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("remove_factors", felix.email)
    assert (factors(felix), AuditEntry.objects.count(), mail.outbox) == (before, rows, [])


def test_not_of_a_customer(cast: Cast, types: Any) -> None:
    assert cast.ana.user
    give_app(cast.ana.user)
    types("ana@example.org")
    with pytest.raises(CommandError, match="customer"):
        call_command("remove_factors", "12345678-z")
    assert factors(cast.ana.user) == 1


def test_of_nobody(cast: Cast) -> None:
    with pytest.raises(CommandError, match="Nobody"):
        call_command("remove_factors", "nobody@example.org")
