"""My requests and the page of one: what they say, what they take, whom they know."""

import uuid
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from PIL import Image

from accounts.models import User
from cases import actions, copies, lifecycle, reading
from cases.lifecycle import Side
from cases.models import Case, CaseDocument, CaseEvent, Deadline, Message
from core.models import OutgoingEmail
from core.templatetags.formats import longdate
from servicing import actions as servicing
from servicing.kinds import CONTACT_DATA, ENQUIRY
from tests.cases.kinds import WHY, in_days, make_case
from tests.people import Cast

pytestmark = pytest.mark.django_db
LIST = reverse("cases:list")


@pytest.fixture(autouse=True)
def english(cast: Cast) -> Any:
    User.objects.update(language="en")
    for actor in (cast.ana, cast.bruno, cast.elena, cast.felix, cast.hugo):
        actor.user.refresh_from_db()
    with translation.override("en"):
        yield


def question(user: User, text: str = "Where is my card?", topic: str = "cards") -> Case:
    return servicing.ask(by=user, language="en", topic=topic, question=text, sent_key=uuid.uuid4())


def url(name: str, case: Case, *more: str) -> str:
    return reverse(f"cases:{name}", args=[case.reference, *more])


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def document(case: Case, state: str = "accepted", **fields: Any) -> CaseDocument:
    values = {"reference": f"DOC-{uuid.uuid4().hex[:10].upper()}", "sha256": uuid.uuid4().hex * 2}
    values |= {"name": "invoice.pdf", "sent_by": case.asked_by, "content_type": "application/pdf"}
    if state == "accepted":
        values["file"] = ContentFile(b"%PDF-1.7 clean", "clean.pdf")
    return CaseDocument.objects.create(case=case, state=state, **(values | fields))


# --- the list -------------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do(cast: Cast, log_in: Any) -> None:
    html = text_of(log_in(cast.hugo).get(LIST))
    assert "You have not asked us for anything yet" in html
    assert reverse("servicing:ask") in html


def test_a_row_says_state_turn_and_day(cast: Cast, log_in: Any) -> None:
    case = question(cast.ana.user)
    due_on = Deadline.objects.get(case=case).due_on
    html = text_of(log_in(cast.ana).get(LIST))
    assert "Question · Cards" in html
    assert case.reference in html
    assert "Received" in html
    assert f"You have an answer by {due_on.day} " in html
    assert case.reference not in text_of(log_in(cast.elena).get(LIST))


def test_the_filters(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    opened, closed, other = (
        question(cast.ana.user),
        question(cast.ana.user),
        make_case(cast.ana.user, "bank_account"),
    )
    actions.make_move(closed, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
    Case.objects.filter(pk=opened.pk).update(opened_at=timezone.now() - timedelta(days=366))

    def found(**wanted: Any) -> set[Case]:
        return set(client.get(LIST, wanted).context["page"].cases)

    assert found() == {opened, closed, other}
    assert found(state="open") == {opened, other}
    assert found(state="closed") == {closed}
    assert found(kind="bank_account") == {other}
    year = timezone.localtime(Case.objects.get(pk=opened.pk).opened_at).year
    assert found(year=year) == {opened}
    assert found(state="nonsense", kind="none", year="x") == {opened, closed, other}
    assert "Nothing like that" in text_of(client.get(LIST, {"state": "closed", "kind": "bank_account"}))


def test_pages_are_of_25_and_the_older_ones_follow(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    cases = [question(cast.ana.user) for _number in range(27)][::-1]
    first = client.get(LIST, {"state": "open"})
    assert first.context["page"].cases == cases[:25]
    assert f"state=open&amp;after={cases[24].reference}" in text_of(first)
    second = client.get(LIST, {"state": "open", "after": cases[24].reference})
    assert second.context["page"].cases == cases[25:]
    assert second.context["page"].next_after == ""
    # A reference of somebody else's, or none, is the end of nothing: no row follows it.
    assert client.get(LIST, {"after": "CON-AAAAAAAAAA"}).context["page"].cases == []


def queries(client: Any, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_list_costs_the_same_for_3_and_for_300(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    insured = cast.insured(cast.ana, cast.health)
    for _number in range(3):
        make_case(cast.ana.user, about=insured, policy=cast.health)
    client.get(LIST)
    three = queries(client, LIST)
    Case.objects.bulk_create(
        Case(
            reference=f"CON-{number:010}", kind="enquiry", status="received", asked_by=cast.ana.user,
            language="es", team="x", about=insured, policy=cast.health,
        )
        for number in range(300)
    )  # fmt: skip
    assert queries(client, LIST) == three
    assert three <= 5


# --- the page -------------------------------------------------------------------------------------


def test_the_page_costs_the_same_for_1_and_for_300_rows(cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    case = question(cast.ana.user)
    actions.ask_for_paper(case, by=cast.felix.user, name="Invoice", why="To pay it", answer_by=in_days(5))
    document(case, paper=case.papers.get())
    client.get(case.get_absolute_url())
    few = queries(client, case.get_absolute_url())
    actions.ask_for_paper(case, by=cast.felix.user, name="Report", why="To see why", answer_by=in_days(5))
    document(case, paper=case.papers.last(), sha256="1" * 64)
    Message.objects.bulk_create(
        Message(case=case, side=Side.STAFF, body="One more") for _number in range(300)
    )
    copies.ask(case=case, by=cast.ana.user)
    assert queries(client, case.get_absolute_url()) == few
    assert few <= 8


def test_the_page_answers_what_people_come_for(cast: Cast, log_in: Any) -> None:
    case = question(cast.ana.user, "Where is <b>my</b> card?")
    html = text_of(log_in(cast.ana).get(case.get_absolute_url()))
    assert "We have your request and will look at it." in html
    assert "It is our turn. You have an answer by" in html
    assert "Where is &lt;b&gt;my&lt;/b&gt; card?" in html
    assert "Take my request back" in html
    assert "Your request will then be: Withdrawn. You took the request back." in html
    # Only what one may do now.
    assert "That does not answer my question" not in html


def test_a_late_answer_is_owned_up_to(cast: Cast, log_in: Any) -> None:
    case = question(cast.ana.user)
    Deadline.objects.filter(case=case).update(due_on=in_days(-1))
    html = text_of(log_in(cast.ana).get(case.get_absolute_url()))
    assert "We are late: you should have had an answer by" in html
    assert reverse("legal", args=["complaints"]) in html


def test_the_day_of_whose_turn_it_is_counts(cast: Cast, log_in: Any) -> None:
    """We are late, and then ask for a paper: the customer's day stands in the list, and not ours."""
    case = question(cast.ana.user)
    Deadline.objects.filter(case=case).update(due_on=in_days(-8))
    client = log_in(cast.ana)
    assert "We are late: you should have had an answer by" in text_of(client.get(LIST))
    actions.ask_for_paper(
        case, by=cast.felix.user, name="Report", why="Why", example="", supplied_by="", answer_by=in_days(5)
    )
    day = longdate(in_days(5))
    assert f"It is your turn, by {day}." in text_of(client.get(LIST))
    assert f"It is your turn, by {day}." in text_of(client.get(case.get_absolute_url()))
    Deadline.objects.filter(case=case).update(due_on=in_days(-1))
    for page in (LIST, case.get_absolute_url()):
        assert "The day has passed. You can still send it" in text_of(client.get(page))


def test_a_customer_reads_no_code(cast: Cast, log_in: Any) -> None:
    case = make_case(cast.ana.user, CONTACT_DATA)
    actions.decide(case, "refuse", by=cast.felix.user, reason=WHY)
    html = text_of(log_in(cast.ana).get(case.get_absolute_url()))
    assert html.count(WHY.words) == 2, "in the answer, and in the history"
    assert WHY.code not in html


def test_a_refusal_says_why_and_what_one_can_do(cast: Cast, log_in: Any) -> None:
    case = make_case(cast.ana.user, "enquiry")
    servicing_row(case)
    Case.objects.filter(pk=case.pk).update(
        outcome="refused", decided_at=timezone.now(), decided_by=cast.felix.user, reason_code=WHY.code,
        reason_clause=WHY.clause, reason_words=WHY.words, status="answered", closed_at=timezone.now(),
    )  # fmt: skip
    html = text_of(log_in(cast.ana).get(case.get_absolute_url()))
    assert "Why not" in html
    assert WHY.words in html
    assert f"It rests on: {WHY.clause}" in html
    for way in (
        "Send a paper that we have not seen",
        "Write to us what you see differently",
        "Ask for a second look",
    ):
        assert way in html
    assert "Make a complaint" in html


def test_a_kind_without_a_file_of_its_own_has_a_page(
    cast: Cast, log_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = replace(ENQUIRY, code="plain", prefix="PLA", row="")
    monkeypatch.setitem(lifecycle._KINDS, "plain", plain)
    case = make_case(cast.ana.user, plain)
    assert case.reference in text_of(log_in(cast.ana).get(case.get_absolute_url()))


def servicing_row(case: Case) -> None:
    from servicing.models import Enquiry

    Enquiry.objects.create(case=case, question="May I?")


def test_the_history_tells_what_changed_and_who_did_it(cast: Cast, log_in: Any) -> None:
    case = question(cast.ana.user)
    actions.take(case, by=cast.felix.user)
    actions.make_move(case, "withdraw", by=cast.ana.user, side=Side.CUSTOMER, note="I found it")
    steps = log_in(cast.ana).get(case.get_absolute_url()).context["reading"].steps
    assert [(step.state.code, step.mine) for step in steps] == [
        ("received", True),
        ("in_review", False),
        ("withdrawn", True),
    ]
    html = text_of(log_in(cast.ana).get(case.get_absolute_url()))
    assert "I found it" in html
    assert cast.felix.email not in html


@pytest.mark.parametrize("actor", ["bruno", "elena", "felix", "hugo"])
def test_a_stranger_finds_nothing_and_changes_nothing(cast: Cast, log_in: Any, actor: str) -> None:
    case = question(cast.ana.user)
    paper = document(case)
    client = log_in(getattr(cast, actor))
    assert client.get(case.get_absolute_url()).status_code == 404
    assert client.get(reverse("cases:document", args=[paper.reference])).status_code == 404
    sent = [
        client.post(url("message", case), {"body": "Hello"}),
        client.post(url("read", case)),
        client.post(url("upload", case), {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.7")}),
        client.post(url("move", case, "withdraw")),
    ]
    assert [response.status_code for response in sent] == [404] * 4
    case.refresh_from_db()
    assert (case.status, case.messages.count(), case.documents.count()) == ("received", 0, 1)


# --- messages -------------------------------------------------------------------------------------


def test_a_message_is_sent_once_however_often_it_is_pressed(cast: Cast, log_in: Any) -> None:
    case = question(cast.ana.user)
    client = log_in(cast.ana)
    form = client.get(case.get_absolute_url()).context["message_form"]
    data = {"body": "One more thing", "sent_key": str(form["sent_key"].value())}
    answers = [client.post(url("message", case), data) for _time in range(2)]
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, case.get_absolute_url())] * 2
    assert [(row.body, row.by, row.side) for row in case.messages.all()] == [
        ("One more thing", cast.ana.user, "customer")
    ]


@pytest.mark.parametrize("body", ["", "   \n ", "x" * 5001])
def test_a_message_that_cannot_be_sent_is_kept(cast: Cast, log_in: Any, body: str) -> None:
    case = question(cast.ana.user)
    response = log_in(cast.ana).post(url("message", case), {"body": body, "sent_key": "no uuid"})
    assert response.context["message_form"]["body"].value() == body
    assert "error-summary" in text_of(response)
    assert case.messages.count() == 0


def test_reading_marks_nothing_and_the_button_does(cast: Cast, log_in: Any) -> None:
    case = question(cast.ana.user)
    OutgoingEmail.objects.all().delete()
    actions.send_message(case, by=cast.felix.user, side=Side.STAFF, body="It is on its way.")
    client = log_in(cast.ana)
    for _time in range(2):
        html = text_of(client.get(case.get_absolute_url()))
        assert "1 new message" in html
        assert "Mark as read" in html
    home = text_of(client.get(reverse("home")))
    assert "We have written to you." in home
    assert '<span class="news">1 new</span>' in home
    assert "New message" in text_of(client.get(LIST))
    assert client.post(url("read", case)).url == case.get_absolute_url()
    assert case.messages.get().read_at is not None
    assert "Mark as read" not in text_of(client.get(case.get_absolute_url()))
    assert reading.unread_count(cast.ana.user) == 0
    assert '<span class="news">' not in text_of(client.get(reverse("home")))
    mail = OutgoingEmail.objects.get()
    assert (mail.to, mail.language) == (cast.ana.email, "en")
    assert "on its way" not in mail.text + mail.html


def test_whoever_answers_has_read(cast: Cast, log_in: Any) -> None:
    case = question(cast.ana.user)
    actions.send_message(case, by=cast.felix.user, side=Side.STAFF, body="Which card?", answer_by=in_days(3))
    client = log_in(cast.ana)
    html = text_of(client.get(case.get_absolute_url()))
    assert "It is your turn, by" in html
    assert "Please answer by" in html
    assert "waiting for you" in text_of(client.get(reverse("home")))
    client.post(url("message", case), {"body": "The blue one"})
    assert reading.unread_count(cast.ana.user) == 0
    case.refresh_from_db()
    assert case.status == "in_review"


def test_a_word_after_the_answer_opens_it_again(cast: Cast, log_in: Any) -> None:
    case = question(cast.ana.user)
    actions.decide(case, "answer", by=cast.felix.user, message="In the post.")
    client = log_in(cast.ana)
    assert "A message or a paper from you opens it again." in text_of(client.get(case.get_absolute_url()))
    client.post(url("message", case), {"body": "It has not come."})
    case.refresh_from_db()
    assert (case.status, case.closed_at) == ("in_review", None)


def test_what_is_closed_for_good_takes_no_word_and_keeps_it(cast: Cast, log_in: Any) -> None:
    case = question(cast.ana.user)
    client = log_in(cast.ana)
    client.post(url("move", case, "withdraw"))
    html = text_of(client.get(case.get_absolute_url()))
    assert "Ask us something new" in html
    assert url("message", case) not in html
    assert url("upload", case) not in html
    # A page that was open since before: what was typed is still there.
    response = client.post(url("message", case), {"body": "One more thing"})
    assert "your message was not sent" in text_of(response)
    assert response.context["message_form"]["body"].value() == "One more thing"
    file = {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.7")}
    response = client.post(url("upload", case), file)
    assert "This request was closed meanwhile: the file was not sent." in text_of(response)
    assert (case.messages.count(), case.documents.count()) == (0, 0)


# --- moves ----------------------------------------------------------------------------------------


def test_a_move_is_made_and_one_that_is_gone_is_said_so(cast: Cast, log_in: Any) -> None:
    case = question(cast.ana.user)
    client = log_in(cast.ana)
    client.post(url("move", case, "withdraw"), {"note": "Found it"})
    case.refresh_from_db()
    assert case.status == "withdrawn"
    event = CaseEvent.objects.get(case=case, move="withdraw")
    assert (event.by, event.side, event.note) == (cast.ana.user, "customer", "Found it")
    again = client.post(url("move", case, "withdraw"), follow=True)
    assert "the request has changed since you opened the page" in text_of(again)
    assert CaseEvent.objects.filter(case=case).count() == 2


def test_a_move_of_ours_is_not_the_customer_s(cast: Cast, log_in: Any) -> None:
    case = question(cast.ana.user)
    client = log_in(cast.ana)
    client.post(url("move", case, "answer"))
    case.refresh_from_db()
    assert case.status == "received"
    assert client.post(url("move", case, "no-such-move")).status_code == 404


# --- papers ---------------------------------------------------------------------------------------


def test_an_asked_paper_says_what_why_and_from_whom(cast: Cast, log_in: Any) -> None:
    case = question(cast.ana.user)
    actions.ask_for_paper(
        case, by=cast.felix.user, name="Discharge report", why="To see the dates", example="Two pages",
        supplied_by="The hospital", answer_by=in_days(5),
    )  # fmt: skip
    html = text_of(log_in(cast.ana).get(case.get_absolute_url()))
    for words in ("Discharge report", "To see the dates", "Two pages", "The hospital", "We need it"):
        assert words in html


def test_each_file_says_how_it_is(cast: Cast, log_in: Any) -> None:
    case = question(cast.ana.user)
    good = document(case)
    waiting = document(case, "received", name="wait.pdf")
    bad = document(case, "unreadable", name="locked.pdf", reason="encrypted")
    client = log_in(cast.ana)
    html = text_of(client.get(case.get_absolute_url()))
    assert "Accepted" in html
    assert "We are checking that it can be opened safely" in html
    assert "The PDF is locked with a password." in html
    paper = client.get(reverse("cases:document", args=[good.reference]))
    assert b"".join(paper.streaming_content) == b"%PDF-1.7 clean"
    assert paper["Content-Disposition"] == 'attachment; filename="invoice.pdf"'
    for row in (waiting, bad):
        address = reverse("cases:document", args=[row.reference])
        assert address not in html
        assert client.get(address).status_code == 404


def test_a_file_that_cannot_be_taken_is_refused_in_words(
    cast: Cast, log_in: Any, settings: Any, tmp_path: Any
) -> None:
    settings.QUARANTINE = tmp_path
    case = question(cast.ana.user)
    actions.ask_for_paper(case, by=cast.felix.user, name="Report", why="Dates", answer_by=in_days(5))
    paper = case.papers.get()
    client = log_in(cast.ana)
    none = client.post(url("upload", case), {})
    assert "Choose a file before you send it." in text_of(none)
    wrong = {"file": SimpleUploadedFile("virus.exe", b"MZ not a paper"), "paper": paper.pk}
    response = client.post(url("upload", case), wrong)
    html = text_of(response)
    assert "virus.exe: We can only read JPEG and PNG pictures and PDF files." in html
    assert f'href="#id_file_{paper.pk}"' in html
    six = {"file": [SimpleUploadedFile(f"{number}.pdf", b"%PDF-1.7") for number in range(6)]}
    assert "At most five files" in text_of(client.post(url("upload", case), six))
    assert case.documents.count() == 0


def test_photos_are_taken_checked_and_shown(cast: Cast, log_in: Any, settings: Any, tmp_path: Any) -> None:
    settings.QUARANTINE = tmp_path / "quarantine"
    storage = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    case = question(cast.ana.user)
    actions.ask_for_paper(case, by=cast.felix.user, name="Report", why="Dates", answer_by=in_days(5))
    client = log_in(cast.ana)
    files = [photo("front.png", "red"), photo("back.png", "blue"), SimpleUploadedFile("a.exe", b"MZ")]
    response = client.post(url("upload", case), {"file": files, "paper": case.papers.get().pk})
    # What could be taken is, and what could not is said by its name.
    html = text_of(response)
    assert "We have received 2 files and are checking them." in html
    assert "a.exe: We can only read" in html
    documents = list(case.documents.all())
    assert [(row.name, row.state) for row in documents] == [
        ("front.png", "accepted"),
        ("back.png", "accepted"),
    ]
    page = text_of(client.get(case.get_absolute_url()))
    assert "front.png</a>" in page
    assert client.get(reverse("cases:document", args=[documents[0].reference])).status_code == 200
    # It was all that we waited for: the ball is ours again.
    case.refresh_from_db()
    assert case.status == "in_review"


def photo(name: str, colour: str) -> SimpleUploadedFile:
    data = BytesIO()
    Image.new("RGB", (40, 30), colour).save(data, "PNG")
    return SimpleUploadedFile(name, data.getvalue(), "image/png")


def test_somebody_else_s_paper_cannot_be_answered(cast: Cast, log_in: Any) -> None:
    mine, theirs = question(cast.ana.user), question(cast.elena.user)
    actions.ask_for_paper(theirs, by=cast.felix.user, name="Report", why="Dates", answer_by=in_days(5))
    data = {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.7"), "paper": theirs.papers.get().pk}
    assert log_in(cast.ana).post(url("upload", mine), data).status_code == 404


def test_the_script_is_answered_in_words_for_each_file(
    cast: Cast, log_in: Any, settings: Any, tmp_path: Any
) -> None:
    settings.QUARANTINE = tmp_path / "quarantine"
    case = question(cast.ana.user)
    client = log_in(cast.ana)

    def send(*files: Any) -> Any:
        response = client.post(url("upload", case), {"file": files}, headers={"Accept": "application/json"})
        return response.json()

    assert send(photo("front.png", "red")) == {"received": 1, "words": []}
    refused = send(SimpleUploadedFile("a.exe", b"MZ"))
    assert (refused["received"], len(refused["words"])) == (0, 1)
    assert refused["words"][0].startswith("We can only read")
    assert send()["words"] == ["Choose a file before you send it."]
    # Nothing is left for the next page to say again.
    assert "We have received" not in text_of(client.get(case.get_absolute_url()))
