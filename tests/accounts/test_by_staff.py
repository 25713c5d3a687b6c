"""What staff start for a caller: mails to known addresses, the end of sessions; and why something failed."""

from datetime import date
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from accounts import actions
from accounts.actions.asking import MAILS_AN_HOUR
from accounts.admin import front_door
from accounts.models import AccountRequest, Person, User
from core.models import AuditEntry
from tests.people import PASSWORD, Cast, born_years_ago, make_person, make_policy, make_user

pytestmark = pytest.mark.django_db
USER, PERSON = "/admin/accounts/user/", "/admin/accounts/person/"


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def felix(cast: Cast, log_in: Any) -> Client:
    cast.felix.user.user_permissions.add(
        *Permission.objects.filter(codename__in=["change_user", "change_accountrequest"])
    )
    return log_in(cast.felix)


def press(client: Client, address: str, name: str) -> str:
    (message,) = client.post(f"{address}/press/{name}/", follow=True).context["messages"]
    return message.level_tag


def test_a_reset_goes_to_the_confirmed_address_and_is_on_record(
    cast: Cast, felix: Client, visitor: Any, link_in: Any
) -> None:
    address = f"{USER}{cast.ana.user.pk}"
    assert press(felix, address, "reset") == "success"
    (sent,) = mail.outbox
    assert sent.to == ["ana@example.org"]
    entry = AuditEntry.objects.get(verb="press-reset")
    assert (entry.actor, entry.subject) == (cast.felix.user, cast.ana.person)
    # It is a link like any other: it opens, and the old password holds until a new one is chosen.
    assert visitor().get(link_in(sent)).status_code == 302
    assert User.objects.get(pk=cast.ana.user.pk).check_password(PASSWORD)


def test_no_reset_to_an_address_that_nobody_has_confirmed(cast: Cast, felix: Client) -> None:
    EmailAddress.objects.filter(user=cast.ana.user).update(verified=False)
    address = f"{USER}{cast.ana.user.pk}"
    assert press(felix, address, "reset") == "warning"
    assert press(felix, address, "confirmation") == "error"
    assert mail.outbox == []


def test_nobody_fills_a_mailbox(cast: Cast, felix: Client) -> None:
    answers = [press(felix, f"{USER}{cast.ana.user.pk}", "reset") for _time in range(MAILS_AN_HOUR + 1)]
    assert answers == ["success"] * MAILS_AN_HOUR + ["error"]
    assert len(mail.outbox) == MAILS_AN_HOUR


def test_an_administrator_is_not_for_the_call_centre(cast: Cast, felix: Client) -> None:
    User.objects.filter(pk=cast.gema.user.pk).update(is_superuser=True)
    assert press(felix, f"{USER}{cast.gema.user.pk}", "reset") == "error"


def test_logged_out_everywhere_at_the_next_page(cast: Cast, felix: Client) -> None:
    phone = Client()
    phone.post("/accounts/login/", {"login": "ana@example.org", "password": PASSWORD})
    assert phone.get("/policies/").status_code == 200
    assert press(felix, f"{USER}{cast.ana.user.pk}", "end-sessions") == "success"
    assert phone.get("/policies/").status_code == 302
    assert AuditEntry.objects.filter(verb="press-end-sessions", subject=cast.ana.person).count() == 1


def test_a_confirmation_that_waits_is_sent_again(cast: Cast, felix: Client) -> None:
    actions.register(email="new@example.org", password_hash="x", language="en", terms_version="1")
    registration = AccountRequest.objects.get()
    actions.answer(registration.pk)
    mail.outbox.clear()
    address = f"/admin/accounts/accountrequest/{registration.pk}"
    assert press(felix, address, "confirmation") == "success"
    actions.answer(AccountRequest.objects.get(kind="resend").pk)
    assert [message.to for message in mail.outbox] == [["new@example.org"]]
    page = felix.get(f"{address}/change/").content.decode()
    assert "new@example.org" in page
    assert "password" not in page.split("<fieldset")[1].split("</fieldset>")[0]


def test_who_has_no_account_gets_the_mail_to_open_one(cast: Cast, felix: Client) -> None:
    ines = make_person("P-ines", "Inés Roig Pla", years=50, dni="00000000T", email="ines@example.org")
    address = f"{PERSON}{ines.pk}"
    assert press(felix, address, "access") == "error"
    make_policy("S-9", "SA-2026", ines, modality="annual", premium="1.00")
    assert press(felix, address, "access") == "success"
    assert [message.to for message in mail.outbox] == [["ines@example.org"]]
    # A child's page offers no such thing.
    assert press(felix, f"{PERSON}{cast.carla.person.pk}", "access") == "warning"


def test_who_may_only_look_starts_nothing(cast: Cast, log_in: Any) -> None:
    gema = log_in(cast.gema)
    for name in ("reset", "end-sessions"):
        assert gema.post(f"{USER}{cast.ana.user.pk}/press/{name}/").status_code == 403
    assert gema.post(f"{PERSON}{cast.ana.person.pk}/press/access/").status_code == 403
    assert mail.outbox == []


def test_the_caller_s_page_has_the_buttons_and_leads_back(cast: Cast, felix: Client) -> None:
    page = f"/admin/callers/{cast.ana.person.pk}/"
    buttons = felix.get(page).context["buttons"]
    with translation.override(cast.felix.user.language):
        assert [button["label"] for button in buttons][:2] == [
            gettext("Send the mail for a new password"),
            gettext("Log out everywhere"),
        ]
    address = f"{USER}{cast.ana.user.pk}/press/reset/"
    assert felix.post(f"{address}?back={page}")["Location"] == page
    elsewhere = felix.post(f"{address}?back=https://evil.example/")["Location"]
    assert elsewhere == f"{USER}{cast.ana.user.pk}/change/"


# --- why something failed ----------------------------------------------------------------------------


def asked(kind: str, identifier: str, **fields: Any) -> str:
    row = AccountRequest.objects.create(kind=kind, identifier=identifier, language="es", **fields)
    assert front_door.became(row) == "Nobody has looked at it yet: wait a minute."
    actions.answer(row.pk)
    row.refresh_from_db()
    return front_door.became(row)


@pytest.mark.parametrize(
    ("dni", "years", "why"),
    [
        ("00000000T", 44, "No mail: Nobody on file has this DNI or NIE."),
        ("12345678Z", 45, "No mail: The date of birth is not the one on file."),
        ("X1234567L", 72, "A mail was sent. Nobody has followed its link yet: look in the spam folder."),
    ],
)
def test_why_access_failed(cast: Cast, dni: str, years: int, why: str) -> None:
    assert asked("access", dni, born_on=born_years_ago(years)) == why


def test_why_a_reset_failed(cast: Cast) -> None:
    assert asked("reset", "nobody@example.org") == "No mail: nobody logs in with this."
    wrong = asked("reset", "12345678Z", born_on=date(1990, 1, 1), card_number="X")
    assert wrong == "No mail: the card number or the date of birth is not the one on file."
    assert asked("reset", "hugo@example.org").startswith("A mail was sent.")
    User.objects.filter(pk=cast.hugo.user.pk).update(is_active=False)
    assert asked("reset", "hugo@example.org") == "No mail: the account is closed."


def test_why_an_account_is_not_linked(cast: Cast) -> None:
    hugo = cast.hugo.user
    assert "nobody on file has this address" in front_door.link_state(hugo)
    claim = {"born_on": cast.elena.person.born_on, "user": hugo}
    assert asked("claim", "X1234567L", **claim) == "That person has an account already."
    Person.objects.filter(pk=cast.elena.person.pk).update(user=None, linked_at=None)
    told = "The details are right, but the address on file is another one. We have told that address."
    assert asked("claim", "X1234567L", **claim) == told
    Person.objects.filter(pk=cast.carla.person.pk).update(email=hugo.email)
    assert "under age" in front_door.link_state(hugo)
    fresh = make_user("fresh@example.org", verified=False)
    assert "has not been confirmed" in front_door.link_state(fresh)
    assert front_door.link_state(cast.ana.user).startswith("Linked since")


def test_no_list_shows_a_whole_dni(cast: Cast, felix: Client) -> None:
    asked("access", "12345678Z", born_on=cast.ana.person.born_on)
    for address in ("/admin/accounts/accountrequest/", f"{USER}{cast.ana.user.pk}/change/"):
        page = felix.get(address).content.decode()
        assert "678Z" in page
        assert "12345678Z" not in page
