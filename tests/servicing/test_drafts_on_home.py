"""What the home page says of what was begun: it can be gone on with or it is said why not, and deleted."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from cases import drafts
from cases.models import Draft
from core.ages import today_in_madrid
from policies.access import Level
from policies.models import Grant, Policy
from tests.cases.kinds import make_case
from tests.people import Cast
from tests.servicing.accounts import address, answers, mandate_of

pytestmark = pytest.mark.django_db
HOME = reverse("home")
DEAD = "You cannot go on with this any more"


@pytest.fixture(autouse=True)
def english(cast: Cast) -> Iterator[None]:
    User.objects.update(language="en")
    with translation.override("en"):
        yield


def begin_account(client: Any, policy: Policy) -> None:
    mandate_of(policy)
    page = client.get(address(policy))
    client.post(address(policy), answers(page, iban="ES79 2100", save="1"))


@pytest.mark.parametrize("how", ["ended", "another holder"])
def test_of_a_policy_that_is_gone_it_leads_nowhere_and_can_be_deleted(
    cast: Cast, log_in: Any, how: str
) -> None:
    client = log_in(cast.ana)
    begin_account(client, cast.health)
    html = client.get(HOME).content.decode()
    assert f'href="{address(cast.health)}"' in html
    assert DEAD not in html
    gone = {
        "ended": {"ends_on": today_in_madrid() - timedelta(days=1)},
        "another holder": {"holder": cast.elena.person},
    }
    Policy.objects.filter(pk=cast.health.pk).update(**gone[how])
    html = client.get(HOME).content.decode()
    assert f'href="{address(cast.health)}"' not in html
    assert DEAD in html
    [draft] = drafts.begun(cast.ana.user)  # type: ignore[arg-type]
    discard = reverse("cases:draft_discard", args=[draft.kind])
    assert f'action="{discard}"' in html
    client.post(discard, {"place": draft.place, "draft": draft.form_key})
    assert "Begun and not sent" not in client.get(HOME).content.decode()


def test_of_a_request_that_is_nobody_s_to_read_any_more_too(cast: Cast, log_in: Any) -> None:
    grant = Grant.objects.create(giver=cast.bruno.person, receiver=cast.ana.person, level=Level.CLINICAL)
    case = make_case(cast.bruno.user, about=cast.insured(cast.bruno, cast.health))
    drafts.save(cast.ana.user, "message", {"body": "x"}, place=case.reference)  # type: ignore[arg-type]
    client = log_in(cast.ana)
    assert DEAD not in client.get(HOME).content.decode()
    grant.delete()
    assert DEAD in client.get(HOME).content.decode()


def test_the_button_deletes_the_one_that_it_stands_by(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    ask, discard = reverse("servicing:ask"), reverse("cases:draft_discard", args=["enquiry"])
    for number in (1, 2):
        key = f"6a1f6a9e-3d0f-4a7e-9a53-3a1f0f9d6b1{number}"
        client.post(ask, {"topic": "cards", "question": f"Tab {number}", "sent_key": key, "save": "1"})
    # On the form it is named by the mark with which the form goes on.
    form = client.get(ask).context["form"]
    assert form["question"].value() == "Tab 2"
    client.post(discard, {"draft": form["goes_on_from"].value()})
    assert client.get(ask).context["form"]["question"].value() == "Tab 1"
    client.post(discard, {"draft": drafts.begun(cast.ana.user)[0].form_key})  # type: ignore[arg-type]
    assert Draft.objects.count() == 0


def test_each_button_carries_its_token(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    drafts.save(cast.ana.user, "enquiry", {"question": "x"})  # type: ignore[arg-type]
    html = client.get(HOME).content.decode()
    form = html[html.index(reverse("cases:draft_discard", args=["enquiry"])) :]
    assert 'name="csrfmiddlewaretoken"' in form[: form.index("</form>")]
