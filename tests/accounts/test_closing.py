"""Closing one's own account: what goes, what stays, and that nobody sees it from outside."""

import uuid
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.urls import reverse

from accounts import actions
from accounts.blocking import BlockRefused, reactivate
from accounts.models import Person, User
from cases.models import Case
from core.models import AuditEntry
from servicing import actions as servicing
from tests.people import PASSWORD, Cast, born_years_ago

pytestmark = pytest.mark.django_db

CLOSE = "/accounts/close/"
LOGIN = "/accounts/login/"
SURE = {"password": PASSWORD, "sure": "on"}


def inside(browser: Any, cast: Cast) -> Any:
    browser.post(LOGIN, {"login": "X1234567L", "password": PASSWORD})
    return browser


def test_from_the_page_to_the_closed_account(visitor: Any, cast: Cast) -> None:
    user = cast.elena.user
    assert user is not None
    case = servicing.ask(
        by=user, language="es", topic="cards", question="When does it come?", sent_key=uuid.uuid4()
    )
    here, there = inside(visitor(), cast), inside(visitor(), cast)
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone"})
    assert here.get(CLOSE).status_code == 200
    answer = here.post(CLOSE, SURE)
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_closed"))
    assert here.get(reverse("account_closed")).status_code == 200
    # Everywhere at the next page.
    for browser in (here, there):
        assert browser.get(reverse("account"))["Location"].startswith(LOGIN)

    user.refresh_from_db()
    assert (user.is_active, user.email) == (False, f"closed-{user.pk}@closed.invalid")
    assert not user.has_usable_password()
    assert EmailAddress.objects.filter(user=user).count() == 0
    assert Authenticator.objects.filter(user=user).count() == 0
    person = Person.objects.get(key="P-elena")
    assert (person.user, person.linked_at) == (None, None)
    row = AuditEntry.objects.latest("seq")
    assert (row.verb, row.actor, row.role, row.subject, row.what) == (
        "close-account",
        user,
        "customer",
        person,
        f"accounts.user:{user.pk}",
    )
    assert mail.outbox[-1].to == ["elena@example.org"]
    assert reverse("account_signup") in mail.outbox[-1].body
    # The request goes on, and says whom to answer.
    case = Case.objects.get(pk=case.pk)
    assert (case.is_open, case.contact_name, case.contact_email) == (
        True,
        "Elena Mas Roca",
        "elena@example.org",
    )


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"password": "Wrong7!mondelo", "sure": "on"}, ["password"]),
        ({"password": PASSWORD}, ["sure"]),
        ({}, ["password", "sure"]),
    ],
)
def test_it_asks_again_with_the_password(
    visitor: Any, cast: Cast, typed: dict[str, str], errors: list[str]
) -> None:
    browser = inside(visitor(), cast)
    answer = browser.post(CLOSE, typed)
    assert (answer.status_code, sorted(answer.context["form"].errors)) == (200, errors)
    assert User.objects.get(email="elena@example.org").is_active


@pytest.mark.parametrize("identifier", ["elena@example.org", "X1234567L"])
def test_a_closed_account_answers_like_one_that_never_was(visitor: Any, cast: Cast, identifier: str) -> None:
    assert cast.elena.user is not None
    actions.close_account(cast.elena.user)
    closed = visitor().post(LOGIN, {"login": identifier, "password": PASSWORD})
    never = visitor().post(LOGIN, {"login": "nobody@example.org", "password": PASSWORD})
    assert closed.context["form"].errors == never.context["form"].errors
    mails = len(mail.outbox)
    visitor().post("/accounts/password/reset/", {"identifier": identifier})
    assert len(mail.outbox) == mails


def test_the_person_may_register_again(visitor: Any, cast: Cast, link_in: Any) -> None:
    assert cast.elena.user is not None
    actions.close_account(cast.elena.user)
    browser = visitor()
    browser.post("/accounts/signup/dni/", {"dni": "X1234567L", "born_on": born_years_ago(72).isoformat()})
    browser.get(link_in(mail.outbox[-1]))
    browser.post("/accounts/signup/dni/new/", {"password1": "Kz7!mondelo-Trapp", "terms": "on"})
    person = Person.objects.get(key="P-elena")
    assert person.user is not None
    assert person.user.email == "elena@example.org"
    assert person.user != cast.elena.user


def test_staff_do_not_close_their_own(visitor: Any, cast: Cast) -> None:
    assert cast.felix.user is not None
    with pytest.raises(actions.StaffStay):
        actions.close_account(cast.felix.user)
    assert not AuditEntry.objects.filter(verb="close-account").exists()


def test_what_is_not_written_down_is_not_done(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: Any, **kwargs: Any) -> None:
        raise OSError

    monkeypatch.setattr("core.audit.record", fails)
    assert cast.elena.user is not None
    with pytest.raises(OSError):
        actions.close_account(cast.elena.user)
    assert User.objects.get(email="elena@example.org").is_active
    assert Person.objects.get(key="P-elena").user == cast.elena.user


def test_nobody_opens_again_what_its_owner_has_closed(cast: Cast) -> None:
    assert cast.elena.user is not None
    assert cast.felix.user is not None
    actions.close_account(cast.elena.user)
    cast.elena.user.refresh_from_db()
    with pytest.raises(BlockRefused):
        reactivate(cast.elena.user, by=cast.felix.user)
