"""What the staff read on the page of a case of this app, and the one button of its own."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import translation

from core.staff import reasons
from servicing import account_actions, actions
from servicing.bank_account import account_mark
from servicing.models import BankAccountChange, Profile
from tests.people import Cast
from tests.servicing.accounts import NEW, mandate_of

CASES = "/admin/cases/case/"


@pytest.fixture
def felix(cast: Cast, log_in: Any) -> Client:
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_case"))
    return log_in(cast.felix)


def page(client: Client, key: int) -> str:
    return client.get(f"{CASES}{key}/change/").content.decode()


def test_the_question_is_read(cast: Cast, felix: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasons, "may_read", lambda request, subject, what: True)
    case = actions.ask(
        by=None,
        language="es",
        topic="cards",
        question="Where is my <card>?",
        sent_key=uuid.uuid4(),
        name="Olga",
        email="olga@example.org",
    )
    html = page(felix, case.pk)
    assert "Where is my &lt;card&gt;?" in html
    assert "olga@example.org" in html


def test_who_wants_a_call_is_known_where_the_question_is_read(
    cast: Cast, felix: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reasons, "may_read", lambda request, subject, what: True)
    Profile.objects.create(user=cast.ana.user, reply_channel=Profile.ReplyChannel.PHONE)
    case = actions.ask(
        by=cast.ana.user, language="es", topic="cards", question="Where is my card?", sent_key=uuid.uuid4()
    )
    with translation.override(cast.felix.user.language):
        wanted = str(Profile.ReplyChannel.PHONE.label)
    assert f"<td>{wanted}</td>" in page(felix, case.pk)


@pytest.fixture
def change(cast: Cast) -> BankAccountChange:
    old = mandate_of(cast.health)
    case = account_actions.change_bank_account(
        policy=cast.health,
        iban=NEW,
        account_owner="Ana Ferrer Vidal",
        replaces=account_mark(cast.health.pk, old),
        by=cast.ana.user,
        sent_key=uuid.uuid4(),
    )
    return BankAccountChange.objects.get(case=case)


def test_accounts_are_masked(felix: Client, change: BankAccountChange) -> None:
    html = page(felix, change.pk)
    assert change.masked_iban in html
    assert change.masked_replaces in html
    assert change.iban not in html
    assert change.replaces not in html


def test_a_mandate_that_was_not_printed_is_printed_again(felix: Client, change: BankAccountChange) -> None:
    button = f"{CASES}{change.pk}/press/mandate/"
    assert button not in page(felix, change.pk)
    BankAccountChange.objects.update(status=BankAccountChange.Status.FAILED, error="x")
    assert button in page(felix, change.pk)
    felix.post(button)
    change.refresh_from_db()
    assert change.status != BankAccountChange.Status.FAILED
