"""LOG-17: the contact data, asked at the first log-in; what is on file changes by the insurer alone."""

from typing import Any

import pytest
from django.core import mail
from django.urls import reverse

from accounts.models import Person
from cases.actions import make_move
from cases.lifecycle import Side
from cases.models import Case
from servicing.models import ContactDataChange, Profile
from tests.people import PASSWORD, Cast
from tests.servicing.accounts import give_password, refused

pytestmark = pytest.mark.django_db

PROFILE = "/servicing/profile/"
LATER = "/servicing/profile/later/"
ON_FILE = {"phone": "600111222", "address": "C. Mayor 1", "postcode": "08001", "town": "Barcelona"}


@pytest.fixture
def elena(cast: Cast, client: Any) -> Any:
    """Elena's browser, just after she has typed her password; her data are on file."""
    Person.objects.filter(key="P-elena").update(**ON_FILE)
    client.post("/accounts/login/", {"login": "X1234567L", "password": PASSWORD})
    return client


def fill(client: Any, **changes: str) -> Any:
    form = client.get(PROFILE).context["form"]
    typed = {name: form[name].value() for name in form.fields}
    return client.post(PROFILE, typed | changes)


def send(client: Any, **changes: str) -> Any:
    """The form and the page that shows the answers again."""
    return client.post(fill(client, **changes)["Location"])


def test_the_first_page_asks_then_reminds_then_is_silent(elena: Any) -> None:
    assert elena.get("/").context["home"].profile == "ask"
    assert elena.get(PROFILE).context["may_put_off"] is True
    assert elena.post(LATER)["Location"] == reverse("home")
    assert elena.get("/").context["home"].profile == "remind"
    # Once.
    assert elena.get(PROFILE).context["may_put_off"] is False
    assert fill(elena)["Location"] == reverse("home")
    assert elena.get("/").context["home"].profile == ""


def test_what_is_right_makes_no_request(elena: Any, cast: Cast) -> None:
    fill(elena, phone="600 111 222", language="ca", reply_channel="phone")
    assert Case.objects.count() == 0
    assert cast.elena.user is not None
    cast.elena.user.refresh_from_db()
    assert cast.elena.user.language == "ca"
    assert Profile.objects.get().reply_channel == "phone"
    assert mail.outbox == []


def test_another_address_becomes_a_request_that_is_pending(elena: Any) -> None:
    answer = send(elena, address="Av. Diagonal 2", postcode="08002")
    case = Case.objects.get()
    assert answer["Location"] == case.get_absolute_url()
    change = ContactDataChange.objects.get()
    assert (change.phone, change.address, change.postcode) == ("600111222", "Av. Diagonal 2", "08002")
    # The file stays as it is until the feed says otherwise.
    person = Person.objects.get(key="P-elena")
    assert (person.address, person.postcode) == ("C. Mayor 1", "08001")
    assert [message.to for message in mail.outbox] == [["elena@example.org"]]
    assert case.reference in elena.get("/requests/").content.decode()
    assert case.reference in elena.get("/account/").content.decode()
    assert "Av. Diagonal 2" in elena.get(case.get_absolute_url()).content.decode()
    # While it waits there is no second one.
    assert elena.get(PROFILE)["Location"] == case.get_absolute_url()
    make_move(case, "accept", by=None, side=Side.STAFF)
    assert case.reference not in elena.get("/account/").content.decode()
    assert elena.get(PROFILE).status_code == 200


def test_another_phone_asks_for_the_password(log_in: Any, cast: Cast) -> None:
    Person.objects.filter(key="P-elena").update(**ON_FILE)
    client = log_in(cast.elena)
    answer = send(client, phone="+34 600 333 444")
    assert Case.objects.count() == 0
    give_password(client, answer)
    assert ContactDataChange.objects.get().phone == "+34600333444"


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"phone": "12"}, ["phone"]),
        ({"phone": ""}, ["phone"]),
        ({"second_phone": "none"}, ["second_phone"]),
        ({"address": "", "town": " "}, ["address", "town"]),
        ({"reply_channel": "pigeon"}, ["reply_channel"]),
    ],
)
def test_what_is_wrong_is_said_and_kept(elena: Any, typed: dict[str, str], errors: list[str]) -> None:
    answer = refused(elena, fill(elena, postcode="28001", **typed))
    assert sorted(answer.context["form"].errors) == errors
    assert 'value="28001"' in answer.content.decode()
    assert Case.objects.count() == 0


def test_who_is_linked_to_nobody_is_led_to_that_first(log_in: Any, cast: Cast) -> None:
    assert log_in(cast.hugo).get(PROFILE)["Location"] == reverse("account_link")
