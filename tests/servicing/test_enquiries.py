"""Questions: of a customer, answered in the thread of the case; of anybody, answered by mail."""

import threading
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from cases import actions as case_actions
from cases import drafts
from cases.lifecycle import Side
from cases.models import Case, Deadline, Draft
from core.ages import today_in_madrid
from core.models import OutgoingEmail
from servicing import actions
from servicing.enquiries import answer_by, team_of, topics
from servicing.models import Enquiry
from tests.cases.kinds import WHY, make_case
from tests.people import Cast, make_cast
from tests.servicing.accounts import refused

ASK, PUBLIC, ASKED = (reverse(f"servicing:{name}") for name in ("ask", "ask_public", "asked"))
KEY = "6a1f6a9e-3d0f-4a7e-9a53-3a1f0f9d6b1c"
CHECK, PUBLIC_CHECK = f"{ASK}{KEY}/", f"{PUBLIC}{KEY}/"


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def cast(db: None, cast: Cast) -> Cast:
    User.objects.update(language="en")
    for actor in (cast.ana, cast.bruno, cast.elena, cast.felix, cast.hugo):
        actor.user.refresh_from_db()
    return cast


@pytest.fixture
def stranger(db: None, client: Any) -> Any:
    caches["default"].clear()
    client.cookies["lang"] = "ca"
    return client


def filled(**changes: Any) -> dict[str, Any]:
    return {"topic": "receipts", "question": "Why was I charged twice?", "sent_key": KEY} | changes


def public(**changes: Any) -> dict[str, Any]:
    return filled(name="Olga Prat", email="Olga@Example.org", web="") | changes


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


# --- whose, and by when ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "team"),
    [
        ("cards", "customer_care"),
        ("other", "customer_care"),
        ("reimbursements", "reimbursements"),
        ("authorisations", "authorisations"),
        ("receipts", "billing"),
        ("data", "data_protection"),
    ],
)
def test_each_topic_has_its_team(topic: str, team: str) -> None:
    assert team_of(topic) == team
    assert topic in {row.code for row in topics(date(2026, 3, 2))}


@pytest.mark.parametrize(
    ("asked_on", "by"),
    [
        (date(2026, 3, 2), date(2026, 3, 4)),  # Monday
        (date(2026, 3, 5), date(2026, 3, 9)),  # Thursday: the weekend does not count
        (date(2026, 3, 7), date(2026, 3, 10)),  # Saturday
        (date(2025, 12, 31), date(2026, 1, 5)),  # New Year's Day does not count
    ],
)
def test_two_working_days(asked_on: date, by: date) -> None:
    assert answer_by(asked_on) == by


@pytest.mark.parametrize(
    ("topic", "by"),
    [
        ("cards", date(2026, 11, 4)),
        ("receipts", date(2026, 11, 4)),
        ("other", date(2026, 11, 4)),
        ("authorisations", date(2026, 11, 3)),
        ("reimbursements", date(2026, 11, 5)),
        # 9 November is a holiday in Madrid.
        ("data", date(2026, 11, 10)),
        ("", date(2026, 11, 4)),
    ],
)
def test_each_topic_has_its_promise(topic: str, by: date) -> None:
    monday = date(2026, 11, 2)
    assert answer_by(monday, topic) == by
    assert {row.code: row.answer_by for row in topics(monday)}.get(topic, by) == by


def test_the_promise_is_on_the_form_on_the_check_and_on_the_case(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    by = answer_by(today_in_madrid(), "data")
    assert by != answer_by(today_in_madrid())
    said = f"by {by:%-d %B %Y}"
    assert said in text_of(client.get(ASK))
    check = client.post(ASK, filled(topic="data", check="1"), follow=True)
    assert f"You have an answer {said}." in text_of(check)
    page = client.post(ASK, filled(topic="data", send="1"), follow=True)
    assert f"You have an answer {said}." in text_of(page)
    case = Case.objects.get()
    assert Deadline.objects.get(case=case).due_on == by
    # Opened again, the same promise runs anew.
    case_actions.decide(case, "answer", by=cast.felix.user, message="Here it is.")
    case_actions.make_move(case, "reopen", by=cast.ana.user, side=Side.CUSTOMER)
    assert [(row.term, row.due_on) for row in Deadline.objects.filter(case=case, met_on=None)] == [
        ("svc.enquiry_answer.data", by)
    ]


# --- of a customer --------------------------------------------------------------------------------


def test_from_the_form_to_the_case(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    form = client.get(ASK, {"topic": "receipts"})
    assert form.context["form"]["topic"].value() == "receipts"
    assert f"by {answer_by(today_in_madrid()):%-d %B %Y}" in text_of(form)

    check = client.post(ASK, filled(check="1"), follow=True)
    assert check.redirect_chain == [(CHECK, 302)]
    html = text_of(check)
    assert "Nothing has been sent yet" in html
    assert "Why was I charged twice?" in html
    assert "Receipts and payments" in html
    assert Case.objects.count() == 0
    change = f"{ASK}?draft={KEY}"
    assert f'href="{change}"' in html
    assert client.get(change).context["form"]["question"].value() == filled()["question"]

    sent = client.post(ASK, filled(send="1"))
    case = Case.objects.get()
    assert (sent.status_code, sent.url) == (302, case.get_absolute_url())
    assert (case.kind, case.topic, case.team, case.asked_by) == (
        "enquiry",
        "receipts",
        "billing",
        cast.ana.user,
    )
    assert case.enquiry.question == "Why was I charged twice?"
    assert Deadline.objects.get(case=case).due_on == answer_by(today_in_madrid())
    assert Draft.objects.count() == 0
    mail = OutgoingEmail.objects.get()
    assert (mail.to, mail.template, mail.language) == (cast.ana.email, "emails/case_opened", "en")
    assert case.reference in mail.text
    assert case.get_absolute_url() in mail.text
    assert "charged" not in mail.subject + mail.text + mail.html


def test_sent_again_it_is_the_same_case(cast: Cast, log_in: Any) -> None:
    """A double click, the back button, a resent page."""
    client = log_in(cast.ana)
    answers = [client.post(ASK, filled(send="1")) for _time in range(3)]
    assert {answer.url for answer in answers} == {Case.objects.get().get_absolute_url()}
    assert OutgoingEmail.objects.count() == 1
    # The key is of one person: another one's form with the same is another case.
    log_in(cast.bruno).post(ASK, filled(send="1"))
    assert Case.objects.count() == 2


def test_anybody_who_is_logged_in_may_ask_also_without_a_policy(cast: Cast, log_in: Any) -> None:
    log_in(cast.hugo).post(ASK, filled(send="1"))
    assert Case.objects.get().asked_by == cast.hugo.user


@pytest.mark.parametrize("step", ["check", "send"])
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"topic": ""}, "Choose what it is about"),
        ({"topic": "weather"}, "weather"),
        ({"question": "  "}, "Write your question."),
        ({"question": "x" * 5001}, "5000"),
    ],
)
def test_wrong_input_is_kept_and_explained(
    cast: Cast, log_in: Any, step: str, wrong: dict[str, str], said: str
) -> None:
    client = log_in(cast.ana)
    response = refused(client, client.post(ASK, filled(**wrong, **{step: "1"})))
    html = text_of(response)
    assert said in html
    assert "error-summary" in html
    kept = response.context["form"]
    assert (kept["topic"].value(), kept["question"].value() or "") == (
        filled(**wrong)["topic"],
        filled(**wrong)["question"].strip(),
    )
    assert Case.objects.count() == 0


def test_the_stranger_is_sent_to_the_log_in(db: None, client: Any) -> None:
    response = client.get(ASK)
    assert (response.status_code, response.url) == (302, f"{reverse('account_login')}?next={ASK}")


# --- drafts ---------------------------------------------------------------------------------------


def test_saved_by_the_button_it_waits_on_home(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    half = filled(topic="", question="Half a ques", save="1")
    assert client.post(ASK, half).url == reverse("home")
    home = text_of(client.get(reverse("home")))
    assert "Begun and not sent" in home
    assert ASK in home
    form = client.get(ASK).context["form"]
    assert form["question"].value() == "Half a ques"
    client.post(reverse("cases:draft_discard", args=["enquiry"]))
    assert "Begun and not sent" not in text_of(client.get(reverse("home")))


def test_saved_by_itself_it_outlives_the_session(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    answer = client.post(ASK, filled(question="Long words", save="by-itself"))
    assert (answer.status_code, answer.content) == (204, b"")
    # The session is over: what is sent now goes nowhere, and nothing that was saved is lost.
    client.session.flush()
    over = client.post(ASK, filled(question="Long words, and more", save="by-itself"))
    assert (over.status_code, over.url.partition("?")[0]) == (302, reverse("account_login"))
    assert "Long words" in text_of(log_in(cast.ana).get(ASK))
    # Nobody else's form has it.
    assert "Long words" not in text_of(log_in(cast.bruno).get(ASK))


def test_a_tab_that_stayed_open_after_the_sending_begins_a_new_question(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    client.post(ASK, filled(send="1"))
    client.post(ASK, filled(question="Another thing", save="by-itself"))
    form = client.get(ASK).context["form"]
    assert form["question"].value() == "Another thing"
    assert str(form["sent_key"].value()) != KEY
    client.post(ASK, filled(question="Another thing", sent_key=str(form["sent_key"].value()), send="1"))
    assert {row.question for row in Enquiry.objects.all()} == {filled()["question"], "Another thing"}


def test_after_30_days_the_form_is_empty_again(cast: Cast, log_in: Any) -> None:
    drafts.save(cast.ana.user, "enquiry", filled())
    with time_machine.travel(today_in_madrid() + timedelta(days=32)):
        assert log_in(cast.ana).get(ASK).context["kept"] is False


# --- of anybody -----------------------------------------------------------------------------------


def test_a_stranger_asks_and_is_answered_by_mail(cast: Cast, stranger: Any) -> None:
    check = stranger.post(PUBLIC, public(check="1"), follow=True)
    assert check.redirect_chain == [(PUBLIC_CHECK, 302)]
    assert "Olga Prat" in text_of(check)
    assert Case.objects.count() == 0
    sent = stranger.post(PUBLIC, public(send="1"))
    assert (sent.status_code, sent.url) == (302, ASKED)
    case = Case.objects.get()
    assert (case.asked_by, case.contact_name, case.language) == (None, "Olga Prat", "ca")
    assert case.contact_email.lower() == "olga@example.org"
    assert case.reference in text_of(stranger.get(ASKED))
    receipt = OutgoingEmail.objects.get()
    assert (receipt.to, receipt.template, receipt.language) == (
        case.contact_email,
        "emails/case_opened",
        "ca",
    )
    assert case.reference in receipt.text
    # Nothing that the sender wrote: the address is not checked, and may be anybody's.
    for words in ("charged", "Olga Prat"):
        assert words not in receipt.subject + receipt.text + receipt.html

    case_actions.decide(case, "answer", by=cast.felix.user, message="Only once: the second is a reservation.")
    answer = OutgoingEmail.objects.exclude(pk=receipt.pk).get()
    assert (answer.to, answer.language) == (case.contact_email, "ca")
    assert "the second is a reservation" in answer.text
    assert "the second is a reservation" in answer.html


def test_a_customer_is_told_that_there_is_an_answer_and_not_which(cast: Cast) -> None:
    case = actions.ask(
        by=cast.ana.user, language="en", topic="cards", question="Where?", sent_key=uuid.uuid4()
    )
    OutgoingEmail.objects.all().delete()
    case_actions.decide(case, "answer", by=cast.felix.user, message="It is in the post.")
    mail = OutgoingEmail.objects.get()
    assert (mail.to, mail.language) == (cast.ana.email, "en")
    assert case.get_absolute_url() in mail.text
    assert "in the post" not in mail.subject + mail.text + mail.html
    assert [(row.side, row.body) for row in case.messages.all()] == [(Side.STAFF, "It is in the post.")]


def test_a_strangers_form_sent_twice_is_one_case(stranger: Any) -> None:
    for _time in range(2):
        assert stranger.post(PUBLIC, public(send="1")).url == ASKED
    assert (Case.objects.count(), Enquiry.objects.count(), OutgoingEmail.objects.count()) == (1, 1, 1)


def test_a_program_that_fills_every_field_is_thanked_and_ignored(stranger: Any) -> None:
    assert stranger.post(PUBLIC, public(send="1", web="http://buy.example")).url == ASKED
    assert (Case.objects.count(), OutgoingEmail.objects.count()) == (0, 0)


def test_the_same_form_once_more_is_never_one_too_many(stranger: Any) -> None:
    """Sent until an answer came: it leads to the question that it has become, from a fresh browser too."""
    for _number in range(5):
        assert stranger.post(PUBLIC, public(send="1")).url == ASKED
    stranger.cookies.clear()
    assert stranger.post(PUBLIC, public(send="1")).url == ASKED
    assert Case.objects.get().reference in stranger.get(ASKED).content.decode()
    # With other words under the same key it is another question, and that counts.
    answers = [stranger.post(PUBLIC, public(send="1", question=f"And {number}?")) for number in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 429, 429]
    assert stranger.post(PUBLIC, public(send="1", question="And 1?")).url == ASKED
    assert (Case.objects.count(), OutgoingEmail.objects.count()) == (3, 3)


def test_too_many_are_refused_with_the_words_kept(stranger: Any) -> None:
    for _number in range(3):
        stranger.post(PUBLIC, public(send="1", sent_key=str(uuid.uuid4())))
    fourth = stranger.post(PUBLIC, public(send="1", sent_key=str(uuid.uuid4()), email="OLGA@example.org"))
    assert fourth.status_code == 429
    # The first of the three was a moment ago.
    assert 3500 < int(fourth["Retry-After"]) <= 3600
    assert fourth.context["form"]["question"].value() == filled()["question"]
    assert Case.objects.count() == 3
    # Ten an hour from one connection, whatever the addresses.
    answers = [
        stranger.post(PUBLIC, public(send="1", sent_key=str(uuid.uuid4()), email=f"p{number}@example.org"))
        for number in range(8)
    ]
    assert {answer.status_code for answer in answers[-2:]} == {429}
    assert Case.objects.count() <= 10


@pytest.mark.parametrize(
    "wrong",
    [{"email": "olga@"}, {"name": " "}, {"question": ""}, {"topic": "weather"}, {"sent_key": "no key"}],
)
def test_a_strangers_wrong_input_is_kept(stranger: Any, wrong: dict[str, str]) -> None:
    response = stranger.post(PUBLIC, public(**wrong, send="1"))
    if "question" not in wrong and "sent_key" not in wrong:
        response = refused(stranger, response)
    assert response.status_code == 200
    kept = response.context["form"]
    typed = public(**wrong)
    assert {name: kept[name].value() for name in ("topic", "question", "name", "email")} == {
        name: typed[name] for name in ("topic", "question", "name", "email")
    }
    assert Case.objects.count() == 0


def test_whoever_is_logged_in_asks_as_a_customer(cast: Cast, log_in: Any) -> None:
    assert log_in(cast.ana).get(PUBLIC).url == ASK


@pytest.mark.parametrize(("actor", "address"), [("ana", ASK), (None, PUBLIC)])
def test_the_contact_page_leads_there(cast: Cast, client: Any, actor: str | None, address: str) -> None:
    if actor:
        client.force_login(getattr(cast, actor).user)
    assert f'href="{address}"' in text_of(client.get(reverse("contact")))


@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_are_one_case() -> None:
    cast = make_cast()
    key, seen, start = uuid.uuid4(), [], threading.Barrier(8)

    def press() -> None:
        start.wait()
        try:
            case = actions.ask(
                by=cast.ana.user, language="en", topic="cards", question="Where?", sent_key=key
            )
            seen.append(case.reference)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(seen), len(set(seen))) == (8, 1)
    assert (Case.objects.count(), Enquiry.objects.count(), OutgoingEmail.objects.count()) == (1, 1, 1)


# --- about a request that was refused ---------------------------------------------------------------


def begun(client: Any, about: str) -> tuple[str, str]:
    form = client.get(ASK, {"about": about}).context["form"]
    return form["topic"].value(), form["question"].value() or ""


@pytest.mark.parametrize(
    ("kind", "topic", "expected"),
    [
        ("enquiry", "cards", "cards"),
        ("bank_account", "", "receipts"),
        ("contact_data", "", "data"),
    ],
)
def test_a_question_about_a_request_begins_with_it(
    cast: Cast, log_in: Any, kind: str, topic: str, expected: str
) -> None:
    case = make_case(cast.ana.user, kind, topic=topic)
    words = f"About my request {case.reference} ({case.the_kind.label}):\n"
    assert begun(log_in(cast.ana), case.reference) == (expected, words)
    # Of somebody else's nothing is said, and of none.
    assert begun(log_in(cast.elena), case.reference) == ("", "")
    assert begun(log_in(cast.ana), "CON-AAAAAAAAAA") == ("", "")


def test_what_was_begun_before_is_not_lost_by_it(cast: Cast, log_in: Any) -> None:
    case = make_case(cast.ana.user, "contact_data")
    client = log_in(cast.ana)
    client.post(ASK, filled(save="by-itself"))
    line = f"About my request {case.reference} (Change of contact data):\n"
    assert begun(client, case.reference) == ("receipts", f"Why was I charged twice?\n\n{line}")
    client.post(ASK, filled(question=f"{line}I live there.", save="by-itself"))
    assert begun(client, case.reference) == ("receipts", f"{line}I live there.")


def test_a_refusal_that_is_closed_for_good_leads_there(cast: Cast, log_in: Any) -> None:
    """Of this app none is; where the person may still write, the form of the second look stands open."""
    case = make_case(cast.ana.user, "contact_data")
    case_actions.decide(case, "refuse", by=cast.felix.user, reason=WHY)
    client = log_in(cast.ana)
    page = text_of(client.get(case.get_absolute_url()))
    assert "<details open> <summary>I disagree: look at it again</summary>" in page
    Case.objects.filter(pk=case.pk).update(status="withdrawn")
    page = text_of(client.get(case.get_absolute_url()))
    assert f'<a href="{ASK}?about={case.reference}">Ask us about it</a>' in page
