"""Files that the staff put in: one of ours with a message, and what came by post for a paper."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape

from accounts.models import User
from cases import actions, copies, papers
from cases.lifecycle import MoveNotAllowed, Side
from cases.models import Case, CaseDocument, Message, Paper
from core import uploads
from core.models import AuditEntry, OutgoingEmail
from core.staff import reasons
from tests.cases.kinds import in_days, make_case
from tests.core.hostile_pdfs import blank, saved
from tests.people import Cast

PDF, OTHER = saved(blank(2)), saved(blank(1))
BROKEN = PDF.replace(b"/Count 2", b"/Count 7")
State, Origin = CaseDocument.State, CaseDocument.Origin
WORDS = "La carta de la clínica."


@pytest.fixture(autouse=True)
def quarantine(settings: Any, tmp_path: Path) -> Path:
    settings.QUARANTINE = tmp_path / "quarantine"
    return tmp_path / "quarantine"


@pytest.fixture
def done(django_capture_on_commit_callbacks: Any) -> Any:
    """done(f, …) -> the row that f gives, after the worker has looked at it."""

    def done(function: Any, *args: Any, **kwargs: Any) -> CaseDocument:
        with django_capture_on_commit_callbacks(execute=True):
            row = function(*args, **kwargs)
        row.refresh_from_db()
        return row

    return done


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.kick._kick", lambda task, row_id: None)


def upload(content: bytes = PDF, name: str = "Zanahoria.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def asked(cast: Cast) -> Paper:
    case = make_case(cast.ana.user)
    paper = actions.ask_for_paper(case, by=cast.felix.user, name="Report", why="x", answer_by=in_days(9))
    OutgoingEmail.objects.all().delete()
    return paper


def send(case: Case, by: User, content: bytes = PDF, words: str = WORDS) -> CaseDocument:
    return papers.send(case, upload(content), by=by, words=words)


# --- one of ours ----------------------------------------------------------------------------------


def test_it_is_in_the_thread_when_it_is_clean(cast: Cast, done: Any, no_worker: None) -> None:
    case = make_case(cast.ana.user)
    row = done(send, case, cast.felix.user)
    assert (row.state, row.origin, row.sent_by, row.words) == (
        State.RECEIVED, Origin.OURS, cast.felix.user, WORDS,
    )  # fmt: skip
    assert (Message.objects.count(), OutgoingEmail.objects.count()) == (0, 0)
    done(lambda: papers.check_document(document_id=row.pk) and row)
    message = case.messages.get()
    assert (row.state, row.message, row.words, row.paper) == (State.ACCEPTED, message, "", None)
    assert (message.body, message.side, message.by) == (WORDS, "staff", cast.felix.user)
    mail = OutgoingEmail.objects.get()
    assert (mail.to, mail.template) == (cast.ana.email, "emails/case_message")
    for secret in ("Zanahoria", WORDS):
        assert secret not in mail.subject + mail.text + mail.html


def test_it_moves_nothing_and_is_no_paper_of_the_customer_s(cast: Cast, done: Any) -> None:
    paper = asked(cast)
    row = done(send, paper.case, cast.felix.user)
    paper.refresh_from_db()
    assert (row.state, paper.is_missing, paper.case.status) == (State.ACCEPTED, True, "waiting")
    assert paper.case.events.count() == 2
    assert copies.of_sender(paper.case) == []
    with pytest.raises(MoveNotAllowed):
        papers.refuse(row, by=cast.felix.user, reason="blurred", answer_by=in_days(7))


def test_nor_is_it_the_answer_to_a_question_of_ours(cast: Cast, done: Any) -> None:
    case = make_case(cast.ana.user)
    actions.send_message(case, by=cast.felix.user, side=Side.STAFF, body="Which?", answer_by=in_days(5))
    done(send, case, cast.felix.user)
    done(papers.receive, case, upload(OTHER), by=cast.ana.user)
    case.refresh_from_db()
    assert case.status == "in_review"
    actions.send_message(case, by=cast.felix.user, side=Side.STAFF, body="Which?", answer_by=in_days(5))
    done(send, case, cast.felix.user, OTHER)
    other = actions.ask_for_paper(case, by=cast.felix.user, name="Bill", why="x", answer_by=in_days(9))
    actions.waive_paper(case, by=cast.felix.user, paper=other)
    case.refresh_from_db()
    assert case.status == "waiting"


def test_the_same_with_the_same_words_is_sent_once(cast: Cast, done: Any, quarantine: Path) -> None:
    case = make_case(cast.ana.user)
    first = done(send, case, cast.felix.user)
    assert done(send, case, cast.felix.user, words=f"{WORDS}\r\n") == first
    with pytest.raises(papers.UploadRefused) as refused:
        send(case, cast.felix.user, words="Something else.")
    assert (refused.value.code, str(refused.value)) == ("sent_before", str(papers.REASONS["sent_before"]))
    assert (case.messages.count(), case.documents.count(), list(quarantine.iterdir())) == (1, 1, [])
    # The customer may have the same file, and send it.
    assert done(papers.receive, case, upload(), by=cast.ana.user) != first


def test_one_that_cannot_be_taken_says_so_to_the_staff_alone(cast: Cast, done: Any) -> None:
    case = make_case(cast.ana.user)
    row = done(send, case, cast.felix.user, BROKEN)
    assert (row.state, row.reason) == (State.UNREADABLE, "broken")
    assert (Message.objects.count(), OutgoingEmail.objects.count()) == (0, 0)


def test_no_quota_is_theirs(cast: Cast, done: Any, no_worker: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cases.papers.receiving.FILES_A_DAY", 1)
    case = make_case(cast.ana.user)
    send(case, cast.felix.user)
    papers.put_in(case, upload(OTHER), by=cast.felix.user)
    papers.receive(case, upload(saved(blank(3))), by=cast.ana.user)
    assert case.documents.count() == 3


@pytest.mark.parametrize("function", [papers.send, papers.put_in])
def test_what_nobody_could_read_is_not_sent(cast: Cast, quarantine: Path, function: Any) -> None:
    closed, stranger = make_case(cast.ana.user), make_case(None, contact_email="x@example.org")
    actions.make_move(closed, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
    more = {"words": WORDS} if function is papers.send else {}
    for case in (closed, stranger):
        with pytest.raises(MoveNotAllowed):
            function(case, upload(), by=cast.felix.user, **more)
    with pytest.raises(actions.OwnRequest):
        function(make_case(cast.felix.user), upload(), by=cast.felix.user, **more)
    assert (CaseDocument.objects.count(), list(quarantine.iterdir())) == (0, [])


def test_it_comes_with_words(cast: Cast) -> None:
    with pytest.raises(ValueError, match="message"):
        send(make_case(cast.ana.user), cast.felix.user, words=" \r\n ")


# --- by post --------------------------------------------------------------------------------------


def test_what_came_by_post_is_the_paper(cast: Cast, done: Any) -> None:
    paper = asked(cast)
    row = done(papers.put_in, paper.case, upload(), by=cast.felix.user, paper=paper)
    paper.refresh_from_db()
    case = Case.objects.get()
    assert (row.origin, row.sent_by, paper.supplied_at) == (Origin.POST, cast.felix.user, row.sent_at)
    event = case.events.last()
    assert (case.status, event.move, event.side, event.by) == (
        "in_review", "supply", "staff", cast.felix.user,
    )  # fmt: skip
    assert [mail.template for mail in OutgoingEmail.objects.all()] == ["emails/case_message"]
    # Nobody says that the customer has sent it.
    assert copies.of_sender(case) == []


def test_what_came_by_post_and_cannot_be_taken_is_the_staff_s_affair(cast: Cast, done: Any) -> None:
    paper = asked(cast)
    row = done(papers.put_in, paper.case, upload(BROKEN), by=cast.felix.user, paper=paper)
    paper.refresh_from_db()
    assert (row.state, paper.is_missing, OutgoingEmail.objects.count()) == (State.UNREADABLE, True, 0)


def test_the_customer_was_quicker(cast: Cast, done: Any) -> None:
    paper = asked(cast)
    first = done(papers.receive, paper.case, upload(), by=cast.ana.user, paper=paper)
    assert done(papers.put_in, paper.case, upload(), by=cast.felix.user, paper=paper) == first


# --- the pages ------------------------------------------------------------------------------------


@pytest.fixture
def felix(cast: Cast, log_in: Any) -> Client:
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_case"))
    for user in (cast.ana.user, cast.felix.user):
        user.language = "en"
        user.save()
    return log_in(cast.felix)


def button(case: Case, name: str = "send_file") -> str:
    return f"/admin/cases/case/{case.pk}/press/{name}/"


def shown(client: Client, case: Case) -> str:
    return client.get(case.get_absolute_url()).content.decode()


def test_the_customer_finds_it_as_from_us(cast: Cast, done: Any, felix: Client, log_in: Any) -> None:
    from django.conf import settings

    case = make_case(cast.ana.user)
    broken = done(send, case, cast.felix.user, BROKEN)
    row = done(send, case, cast.felix.user)
    client = log_in(cast.ana)
    html = shown(client, case)
    file = reverse("cases:document", args=[row.reference])
    # In the thread, and among the papers.
    assert html.count(f'href="{file}"') == 2
    assert html.count(WORDS) == 1
    assert f"From {settings.BRAND.name}" in html
    assert ("Not readable" in html, "Accepted" in html, broken.reference in html) == (False, False, False)
    answer = client.get(file)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert client.get(reverse("cases:document", args=[broken.reference])).status_code == 404
    assert log_in(cast.elena).get(file).status_code == 404


def test_the_customer_sees_what_came_by_post(cast: Cast, done: Any, felix: Client, log_in: Any) -> None:
    paper = asked(cast)
    done(papers.put_in, paper.case, upload(BROKEN), by=cast.felix.user, paper=paper)
    client = log_in(cast.ana)
    assert "Zanahoria" not in shown(client, paper.case)
    row = done(papers.put_in, paper.case, upload(), by=cast.felix.user, paper=paper)
    html = shown(client, paper.case)
    assert (reverse("cases:document", args=[row.reference]) in html, "came by post" in html) == (True, True)
    assert "your family" not in html
    papers.refuse(row, by=cast.felix.user, reason="edges", answer_by=in_days(5))
    assert escape(str(papers.REASONS["edges"])) in shown(client, paper.case)


def test_staff_send_one(
    cast: Cast, felix: Client, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_case(cast.ana.user)
    form = felix.get(button(case)).content.decode()
    assert 'enctype="multipart/form-data"' in form
    assert f'accept="{uploads.accepted()}"' in form
    with django_capture_on_commit_callbacks(execute=True):
        for _twice in range(2):
            assert felix.post(button(case), {"file": upload(), "words": WORDS}).status_code == 302
    row = CaseDocument.objects.get()
    assert (row.state, row.origin, case.messages.get().body) == (State.ACCEPTED, Origin.OURS, WORDS)
    assert {entry.verb for entry in AuditEntry.objects.all()} == {"press-send_file"}
    other = felix.post(button(case), {"file": upload(), "words": "Other words."}, follow=True)
    assert str(list(other.context["messages"])[-1]) == str(papers.REASONS["sent_before"])
    with django_capture_on_commit_callbacks(execute=True):
        felix.post(button(case), {"file": upload(BROKEN), "words": WORDS})
    monkeypatch.setattr(reasons, "may_read", lambda request, subject, what: True)
    page = felix.get(f"/admin/cases/case/{case.pk}/change/").content.decode()
    assert escape(f"Not readable: {papers.REASONS['broken']}") in page
    assert f"From us ({cast.felix.user})" in page


WRONG = [
    ({"file": b""}, "file"),
    ({"file": b"hello"}, "file"),
    ({"words": "  "}, "words"),
    ({"name": "factura.exe"}, "file"),
]


@pytest.mark.parametrize(("wrong", "field"), WRONG)
def test_what_can_be_told_at_once_stands_beside_its_field(
    cast: Cast, felix: Client, wrong: dict[str, Any], field: str
) -> None:
    case = make_case(cast.ana.user)
    given = {"file": PDF, "words": WORDS, "name": "factura.pdf"} | wrong
    typed = {"file": upload(given["file"], given["name"]), "words": given["words"]}
    answer = felix.post(button(case), typed)
    assert answer.context["form"].errors.keys() == {field}
    assert answer.context["form"]["words"].value() == given["words"]
    assert CaseDocument.objects.count() == 0


def test_staff_put_in_what_came_by_post(
    cast: Cast, felix: Client, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper, case = asked(cast), make_case(cast.ana.user)
    typed = {"file": upload(), "paper": paper.pk}
    address = button(paper.case, "by_post")
    for answer in (felix.get(address), felix.post(address, typed)):
        assert (answer.status_code, answer["Location"].startswith("/admin/reason/")) == (302, True)
    monkeypatch.setattr(reasons, "may_read", lambda request, subject, what: True)
    assert "None that we have asked for" in felix.get(address).content.decode()
    other = felix.post(button(case, "by_post"), {"file": upload(), "paper": paper.pk})
    assert other.context["form"].errors.keys() == {"paper"}
    with django_capture_on_commit_callbacks(execute=True):
        assert felix.post(button(case, "by_post"), {"file": upload(), "paper": ""}).status_code == 302
        felix.post(address, {"file": upload(), "paper": paper.pk})
    paper.refresh_from_db()
    assert (paper.is_missing, CaseDocument.objects.filter(origin=Origin.POST).count()) == (False, 2)


def test_it_is_not_offered_where_nobody_could_read_it(cast: Cast, felix: Client) -> None:
    case = make_case(None, contact_email="x@example.org")
    page = felix.get(f"/admin/cases/case/{case.pk}/change/").content.decode()
    assert ("/press/send_file/" in page, "/press/by_post/" in page) == (False, False)
    answer = felix.post(button(case), {"file": upload(), "words": WORDS}, follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["warning"]
    assert CaseDocument.objects.count() == 0


def test_files_of_ten_megabytes_pass_the_door_of_the_staff_and_of_nobody_else(
    cast: Cast, felix: Client
) -> None:
    case = make_case(cast.ana.user)
    large = upload(b"%PDF-1.7\n" + bytes(3 * 1024 * 1024), "a.pdf")
    with translation.override("en"):
        assert felix.post(button(case), {"file": large, "words": WORDS}).status_code == 302
        large.seek(0)
        assert felix.post(button(case, "message"), {"file": large, "words": WORDS}).status_code == 413
    large.seek(0)
    answer = Client().post(button(case), {"file": large, "words": WORDS})
    assert (answer.status_code, "/login/" in answer["Location"]) == (302, True)
