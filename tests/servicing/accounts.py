"""Changing the account as a person does: the form, the page that shows the answers again, the password."""

from typing import Any
from uuid import uuid4

from django.test import TestCase
from django.urls import reverse

from cases.models import Case
from core.ages import today_in_madrid
from policies.models import Mandate, Policy
from servicing import account_actions as actions
from servicing.bank_account import account_mark
from tests.people import PASSWORD, Actor, Cast

OLD = "ES9121000418450200051332"
NEW = "ES7921000813610123456789"
GERMAN = "DE89370400440532013000"


def mandate_of(policy: Policy, **fields: Any) -> Mandate:
    given = {"reference": f"{policy.number}-SEPA", "iban": OLD, "signed_on": policy.effective_on} | fields
    return Mandate.objects.create(policy=policy, **given)


def address(policy: Policy) -> str:
    return reverse("servicing:account_change", args=[policy.reference])


def answers(page: Any, **changes: Any) -> dict[str, Any]:
    """What the form would send, as it came."""
    form = page.context["form"]
    return {
        "iban": NEW,
        "account_owner": "Ana Ferrer Vidal",
        "owner_agrees": "on",
        "sent_key": str(form["sent_key"].value()),
        "replaces": form["replaces"].value(),
    } | changes


def fill(client: Any, policy: Policy, **changes: Any) -> Any:
    page = client.get(address(policy))
    assert page.status_code == 200
    return client.post(address(policy), answers(page, **changes))


def refused(client: Any, answer: Any) -> Any:
    """The page, by GET, on which a form that was not taken is read again; twice the same."""
    assert (answer.status_code, "?refused=" in answer.url) == (302, True)
    client.get(answer.url)
    page = client.get(answer.url)
    assert page.status_code == 200
    assert "Error:" in page.content.decode() or page.headers["Content-Language"] != "en"
    return page


def give_password(client: Any, page: Any) -> Any:
    """The page that was asked for, or done, once the password is typed again."""
    assert page.status_code == 302
    assert page.url.startswith(reverse("account_reauthenticate")), page.url
    return client.post(
        page.url, {"password": PASSWORD, "next": client.get(page.url).wsgi_request.GET["next"]}
    )


def change_on_pages(client: Any, policy: Policy, **changes: Any) -> Any:
    """All of it; the last answer."""
    to_check = fill(client, policy, **changes)
    assert to_check.status_code == 302, to_check.context["form"].errors
    return give_password(client, client.post(to_check.url))


def change(cast: Cast, actor: Actor | None = None, *, policy: Any = None, **changes: Any) -> Case:
    """Below the pages; the tasks run at once."""
    policy = policy or cast.health
    before = actions.account_of(policy, today=today_in_madrid())
    given = {
        "iban": NEW,
        "account_owner": "Ana Ferrer Vidal",
        "replaces": account_mark(policy.pk, before),
        "by": (actor or cast.ana).user,
        "sent_key": uuid4(),
    } | changes
    with TestCase.captureOnCommitCallbacks(execute=True):
        return actions.change_bank_account(policy=policy, **given)
