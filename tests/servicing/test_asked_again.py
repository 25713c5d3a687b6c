"""A question that is sent, changed, sent again: no word is lost, and nobody is led to another's."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from cases.models import Case, Draft
from core.models import OutgoingEmail
from servicing import strangers
from servicing.models import Enquiry
from tests.people import Cast, enter
from tests.servicing.accounts import refused

pytestmark = pytest.mark.django_db
ASK, PUBLIC, ASKED = (reverse(f"servicing:{name}") for name in ("ask", "ask_public", "asked"))


@pytest.fixture(autouse=True)
def english(cast: Cast) -> Iterator[None]:
    User.objects.update(language="en")
    with translation.override("en"):
        yield


def form_of(client: Client, address: str = ASK) -> dict[str, str]:
    form = client.get(address).context["form"]
    given = {name: str(form[name].value() or "") for name in ("question", "sent_key", "goes_on_from")}
    return {"topic": "receipts"} | given


def asked() -> list[str]:
    return list(Enquiry.objects.order_by("case_id").values_list("question", flat=True))


def public(**changes: str) -> dict[str, str]:
    return {
        "topic": "receipts",
        "question": "Why twice?",
        "sent_key": str(uuid.UUID(int=7)),
        "name": "Olga Prat",
        "email": "olga@example.org",
        "web": "",
    } | changes


# --- of a customer --------------------------------------------------------------------------------


def test_a_tab_that_was_opened_from_a_draft_asks_its_own_question(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    one = form_of(client)
    client.post(ASK, one | {"question": "First", "save": "by-itself"})
    two = form_of(client)
    assert (two["question"], two["sent_key"] == one["sent_key"]) == ("First", False)
    client.post(ASK, one | {"question": "First", "send": "1"})
    client.post(ASK, two | {"question": "Second", "check": "1"})
    client.post(ASK, two | {"question": "Second", "send": "1"})
    assert asked() == ["First", "Second"]
    assert Draft.objects.count() == 0


def test_two_tabs_keep_two_drafts_and_one_that_is_sent_leaves_the_other(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    one, two = form_of(client), form_of(client)
    client.post(ASK, one | {"question": "One", "save": "by-itself"})
    client.post(ASK, two | {"question": "Two", "save": "by-itself"})
    assert form_of(client)["question"] == "Two"
    client.post(ASK, two | {"question": "Two", "send": "1"})
    assert form_of(client)["question"] == "One"


def test_one_question_that_goes_on_in_another_tab_is_one_draft(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    client.post(ASK, form_of(client) | {"question": "Half", "save": "1"})
    client.post(ASK, form_of(client) | {"question": "Half and half", "save": "1"})
    assert Draft.objects.count() == 1
    # Deleted to the last letter it is none.
    client.post(ASK, form_of(client) | {"question": " ", "save": "by-itself"})
    assert Draft.objects.count() == 0


def test_the_same_form_with_other_words_is_another_question(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    form = form_of(client)
    answers = [
        client.post(ASK, form | {"question": words, "send": "1"}).url
        for words in ("One\r\ntwo", "One\ntwo", "Another", "Another")
    ]
    first, second = (case.get_absolute_url() for case in Case.objects.order_by("pk"))
    assert answers == [first, first, second, second]
    assert asked() == ["One\r\ntwo", "Another"]
    assert OutgoingEmail.objects.filter(template="emails/case_opened").count() == 2
    # Another topic is another question, too.
    client.post(ASK, form | {"topic": "data", "question": "Another", "send": "1"})
    assert Case.objects.count() == 3


def test_what_is_saved_a_moment_too_late_is_no_draft(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    form = form_of(client)
    client.post(ASK, form | {"question": "My card is lost", "send": "1"})
    assert client.post(ASK, form | {"question": "My card", "save": "by-itself"}).status_code == 204
    assert Draft.objects.count() == 0


def test_the_page_that_shows_it_again_can_be_opened_again(cast: Cast, log_in: Any) -> None:
    """And after the sending the back button comes to the request, not to a form that was sent."""
    client = log_in(cast.ana)
    form = form_of(client) | {"question": "Where is it?"}
    check = client.post(ASK, form | {"check": "1"}).url
    assert check == reverse("servicing:ask_check", args=[form["sent_key"]])
    for _time in range(2):
        assert "Where is it?" in client.get(check).content.decode()
    # Nobody else's.
    assert log_in(cast.bruno).get(check).url == ASK
    client = log_in(cast.ana)
    client.post(ASK, form | {"send": "1"})
    assert client.get(check).url == Case.objects.get().get_absolute_url()
    assert client.get(reverse("servicing:ask_check", args=[uuid.uuid4()])).url == ASK


def test_what_was_refused_is_found_again_in_another_language(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    client.post(ASK, form_of(client) | {"topic": "", "question": "Long words", "check": "1"})
    client.post(reverse("language"), {"language": "ca", "next": ASK})
    assert form_of(client)["question"] == "Long words"


def test_behind_the_back_button_there_is_no_form_that_was_refused(cast: Cast, log_in: Any) -> None:
    """Nothing that a browser asks to send anew: each page on the way is read by GET."""
    client = log_in(cast.ana)
    form = form_of(client)
    sent = client.post(ASK, form | {"topic": "", "question": "Why?", "check": "1"})
    page = refused(client, sent)
    typed = {name: page.context["form"][name].value() or "" for name in ("question", "sent_key")}
    assert (typed["question"], typed["sent_key"]) == ("Why?", form["sent_key"])
    # Nobody else's.
    assert "Why?" not in log_in(cast.bruno).get(sent.url).content.decode()
    client = log_in(cast.ana)
    check = client.post(ASK, typed | {"topic": "cards", "check": "1"})
    assert check.url == reverse("servicing:ask_check", args=[form["sent_key"]])
    # Back before it is sent: what was typed last, with nothing wrong in it.
    page = client.get(sent.url)
    assert (page.context["form"]["question"].value(), page.context["form"].errors) == ("Why?", {})
    client.post(ASK, typed | {"topic": "cards", "send": "1"})
    # And after: a new form.
    page = client.get(sent.url)
    assert (page.context["form"]["question"].value(), page.context["form"].is_bound) == (None, False)
    assert asked() == ["Why?"]


@pytest.mark.parametrize("key", ["", "no-key"])
def test_a_form_without_a_key_is_refused_at_once(cast: Cast, log_in: Any, key: str) -> None:
    page = log_in(cast.ana).post(ASK, {"topic": "", "question": "Why?", "sent_key": key, "check": "1"})
    assert (page.status_code, page.context["form"]["question"].value()) == (200, "Why?")


# --- of a stranger --------------------------------------------------------------------------------


def test_nobody_is_led_to_the_question_of_another_mailbox(client: Client) -> None:
    client.post(PUBLIC, public(send="1"))
    first = Case.objects.get()
    other = Client()
    other.post(PUBLIC, public(email="other@example.org", send="1"))
    page = other.get(ASKED).content.decode()
    second = Case.objects.exclude(pk=first.pk).get()
    assert second.contact_email == "other@example.org"
    assert (first.reference in page, second.reference in page) == (False, True)
    # The same again is the same, whoever sends it.
    client.post(PUBLIC, public(email="OLGA@example.org", send="1"))
    assert Case.objects.count() == 2


def test_the_key_of_another_kind_leads_nowhere(cast: Cast, log_in: Any) -> None:
    from tests.cases.kinds import make_case

    key = uuid.uuid4()
    change = make_case(cast.ana.user, "contact_data")
    Case.objects.filter(pk=change.pk).update(sent_key=key)
    form = {"topic": "cards", "question": "Where?", "sent_key": str(key), "send": "1"}
    case = Case.objects.exclude(pk=change.pk)
    assert log_in(cast.ana).post(ASK, form).url == case.get().get_absolute_url()


def test_a_stranger_s_page_that_shows_it_again_can_be_opened_again(client: Client) -> None:
    check = client.post(PUBLIC, public(check="1")).url
    for _time in range(2):
        assert "Why twice?" in client.get(check).content.decode()
    # Back on the form it is all there, under a new key.
    form = client.get(PUBLIC).context["form"]
    assert (form["question"].value(), form["name"].value(), form["email"].value()) == (
        "Why twice?",
        "Olga Prat",
        "olga@example.org",
    )
    assert str(form["sent_key"].value()) != public()["sent_key"]
    client.post(PUBLIC, public(send="1"))
    assert client.get(check).url == ASKED
    assert client.get(PUBLIC).context["form"]["question"].value() is None
    # Another browser has none of it.
    assert Client().get(check).url == PUBLIC


def test_a_stranger_s_form_that_was_refused_is_read_by_get(client: Client) -> None:
    sent = client.post(PUBLIC, public(email="olga@", check="1"))
    form = refused(client, sent).context["form"]
    assert (form["email"].value(), form["question"].value()) == ("olga@", "Why twice?")
    client.post(PUBLIC, public(send="1"))
    assert client.get(sent.url).context["form"]["question"].value() is None
    assert Client().get(sent.url).context["form"]["question"].value() is None
    # What their session does not hold stands on the page that refuses it.
    for words in ("", "x" * strangers.LONGEST):
        page = client.post(PUBLIC, public(question=words, email="olga@", check="1"))
        assert (page.status_code, page.context["form"]["question"].value()) == (200, words)


@pytest.mark.parametrize("how", ["check", "save"])
def test_a_stranger_s_words_outlive_a_change_of_language(client: Client, how: str) -> None:
    client.post(PUBLIC, public(topic="", question="Long words", **{how: "by-itself"}))
    client.post(reverse("language"), {"language": "ca", "next": PUBLIC})
    assert client.get(PUBLIC).context["form"]["question"].value() == "Long words"
    # Sealed: sessions lie in the database.
    assert "Long words" not in str(dict(client.session))
    client.post(PUBLIC, public(question=" ", save="by-itself"))
    assert client.get(PUBLIC).context["form"]["question"].value() is None


@pytest.mark.parametrize(("minutes", "left"), [(59, "Why twice?"), (60, None)])
def test_they_are_kept_for_an_hour(client: Client, minutes: int, left: str | None) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.post(PUBLIC, public(save="by-itself"))
        clock.shift(timedelta(minutes=minutes))
        assert client.get(PUBLIC).context["form"]["question"].value() == left


def test_no_session_takes_a_book(client: Client) -> None:
    client.post(PUBLIC, public(question="x" * strangers.LONGEST, save="by-itself"))
    assert strangers.KEPT not in client.session


def test_who_has_logged_in_meanwhile_goes_on_as_a_customer(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    page = client.post(PUBLIC, public(question="Long words", send="1"), follow=True)
    assert page.redirect_chain == [(ASK, 302)]
    assert page.context["form"]["question"].value() == "Long words"
    assert "This is what you had begun. Nothing has been sent yet." in page.content.decode()
    assert Case.objects.count() == 0


@pytest.mark.parametrize(
    ("origin", "kept"), [("http://testserver", True), ("https://elsewhere.example", False), ("", False)]
)
def test_also_with_the_token_of_before_that_log_in(cast: Cast, origin: str, kept: bool) -> None:
    client = Client(enforce_csrf_checks=True)
    enter(client, cast.ana.user)  # type: ignore[arg-type]
    headers = {"origin": origin} if origin else {}
    page = client.post(PUBLIC, public(question="Long words", send="1"), headers=headers)
    assert page.status_code == (302 if kept else 403)
    assert form_of(client)["question"] == ("Long words" if kept else "")


def test_the_last_page_is_of_a_question_that_was_asked(client: Client) -> None:
    assert client.get(ASKED).url == PUBLIC
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=False) as clock:
        client.post(PUBLIC, public(send="1"))
        assert client.get(ASKED).context["answer_by"] == date(2026, 11, 25)
        # After midnight it stays the day that was promised.
        clock.move_to(datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
        assert client.get(ASKED).context["answer_by"] == date(2026, 11, 25)
