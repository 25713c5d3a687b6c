"""Each mail about a request leads to it: through the log-in, in the language of the account."""

import inspect
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape

from accounts.models import User
from cases import actions
from cases import emails as case_emails
from cases.lifecycle import Side
from cases.models import Case, Deadline
from core.ages import today_in_madrid
from core.models import OutgoingEmail
from servicing import account_actions, account_emails
from servicing import actions as questions
from servicing import emails as servicing_emails
from servicing.bank_account import account_mark
from servicing.contact_data import ContactData
from servicing.profile_actions import complete_profile
from tests.cases.kinds import in_days
from tests.people import PASSWORD, Cast
from tests.servicing.accounts import NEW

pytestmark = pytest.mark.django_db
Written = Callable[[Cast], Case]
# Answers a stranger, who has no log-in and nothing to open: its words stand in the mail.
WITHOUT_A_LINK = {"emails/case_answer"}


@pytest.fixture(autouse=True)
def nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("core.kick._kick", lambda task, row_id: None)
    yield


def opened(cast: Cast) -> Case:
    given: dict[str, Any] = {"topic": "receipts", "question": "Why?", "sent_key": uuid.uuid4()}
    return questions.ask(by=cast.ana.user, language=cast.ana.user.language, **given)  # type: ignore[union-attr]


def alone(cast: Cast) -> Case:
    """Its first mail is not what is looked at."""
    case = opened(cast)
    OutgoingEmail.objects.all().delete()
    return case


def message(cast: Cast) -> Case:
    case = alone(cast)
    actions.send_message(case, by=cast.felix.user, side=Side.STAFF, body="Which month?")
    return case


def answer(cast: Cast) -> Case:
    case = alone(cast)
    actions.decide(case, "answer", by=cast.felix.user, message="In March.")
    return case


def paper(cast: Cast) -> Case:
    case = alone(cast)
    actions.ask_for_paper(case, by=cast.felix.user, name="Receipt", why="x", answer_by=in_days(20))
    return case


def reminder(cast: Cast) -> Case:
    case = paper(cast)
    OutgoingEmail.objects.all().delete()
    case_emails.case_reminder(case, Deadline.objects.filter(case=case).latest("pk"))
    return case


def acted(cast: Cast) -> Case:
    """Bruno has written in what Ana has asked of their child."""
    case = alone(cast)
    Case.objects.filter(pk=case.pk).update(about=cast.insured(cast.carla, cast.health))
    case.refresh_from_db()
    actions.send_message(case, by=cast.bruno.user, side=Side.CUSTOMER, body="It was in March.")
    return case


def account(cast: Cast) -> Case:
    before = account_actions.account_of(cast.health, today=today_in_madrid())
    return account_actions.change_bank_account(
        policy=cast.health, iban=NEW, account_owner="Ana Ferrer Vidal", by=cast.ana.user,
        replaces=account_mark(cast.health.pk, before), sent_key=uuid.uuid4(),
    )  # fmt: skip


def contact_data(cast: Cast) -> Case:
    case = complete_profile(
        by=cast.ana.user, person=cast.ana.person, data=ContactData("600111222", "", "C. Nueva 1"),
        language=cast.ana.user.language, reply_channel="email", sent_key=uuid.uuid4(),
    )  # fmt: skip
    assert case is not None
    return case


MAILS: dict[Written, str] = {
    opened: "emails/case_opened",
    message: "emails/case_message",
    answer: "emails/case_message",
    paper: "emails/case_message",
    reminder: "emails/case_reminder",
    acted: "emails/case_message",
    account: "emails/bank_account_changed",
    contact_data: "emails/contact_data_asked",
}


@pytest.mark.parametrize("language", ["es", "ca", "en"])
@pytest.mark.parametrize("write", MAILS, ids=lambda write: write.__name__)
def test_the_link_leads_to_the_request(cast: Cast, write: Written, language: str) -> None:
    User.objects.filter(pk=cast.ana.user.pk).update(language=language)  # type: ignore[union-attr]
    cast.ana.user.refresh_from_db()  # type: ignore[union-attr]
    case = write(cast)
    mail = OutgoingEmail.objects.get()
    assert (mail.to, mail.template, mail.language) == (cast.ana.email, MAILS[write], language)

    # One address, in both parts of the mail.
    home = re.escape(settings.SITE_URL)
    found = set(re.findall(rf"{home}(/requests/[^\s\"<]*)", mail.text))
    assert found == set(re.findall(rf'href="{home}(/requests/[^"]*)"', mail.html))
    assert found == {case.get_absolute_url()}

    # Logged out it is the log-in, and after it the request, in the language of the account.
    client = Client(headers={"Accept-Language": "en"})
    closed = client.get(found.pop())
    assert (closed.status_code, urlsplit(closed.url).path) == (302, reverse("account_login"))
    [wanted] = parse_qs(urlsplit(closed.url).query)["next"]
    page = client.post(
        closed.url, {"login": cast.ana.email, "password": PASSWORD, "next": wanted}, follow=True
    )
    assert page.redirect_chain == [(case.get_absolute_url(), 302)]
    assert (page.status_code, page.headers["Content-Language"]) == (200, language)
    assert case.reference in page.content.decode()
    with translation.override(language):
        assert escape(str(case.state.word)) in page.content.decode()


def test_no_mail_about_a_request_is_missing_here() -> None:
    source = "".join(inspect.getsource(module) for module in (case_emails, servicing_emails, account_emails))
    assert set(re.findall(r'"(emails/\w+)"', source)) - WITHOUT_A_LINK == set(MAILS.values())
