"""A clean file that nobody can read: staff say so, and the customer reads why and what to do."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext

from cases import actions, clocks, copies, papers, tasks
from cases.lifecycle import MoveNotAllowed, Side
from cases.models import Case, CaseDocument, Paper
from cases.papers_sweep import sweep
from core.models import AuditEntry, OutgoingEmail
from core.staff import reasons
from tests.cases.kinds import in_days, make_case
from tests.core.hostile_pdfs import blank, saved
from tests.people import Cast

PDF = saved(blank(2))
State = CaseDocument.State
BLURRED = "blurred"
WORDS = "No se lee la fecha."


@pytest.fixture(autouse=True)
def quarantine(settings: Any, tmp_path: Path) -> None:
    settings.QUARANTINE = tmp_path / "quarantine"


@pytest.fixture
def send(cast: Cast, django_capture_on_commit_callbacks: Any) -> Any:
    """send(case, …) -> the row, after the worker has looked at it."""

    def send(case: Case, content: bytes = PDF, name: str = "Zanahoria.pdf", **fields: Any) -> CaseDocument:
        with django_capture_on_commit_callbacks(execute=True):
            row = papers.receive(case, SimpleUploadedFile(name, content), by=cast.ana.user, **fields)
        row.refresh_from_db()
        OutgoingEmail.objects.all().delete()
        return row

    return send


def asked(cast: Cast) -> Paper:
    case = make_case(cast.ana.user)
    return actions.ask_for_paper(case, by=cast.felix.user, name="Report", why="To see", answer_by=in_days(9))


def refuse(cast: Cast, row: CaseDocument, **fields: Any) -> CaseDocument:
    wanted = {"by": cast.felix.user, "reason": BLURRED, "answer_by": in_days(7)} | fields
    return papers.refuse(row, **wanted)


def test_its_paper_is_missing_again_and_the_ball_is_the_customer_s(cast: Cast, send: Any) -> None:
    paper = asked(cast)
    case, row = paper.case, send(paper.case, paper=paper)
    case.refresh_from_db()
    assert (case.status, clocks.customer_due(case)) == ("in_review", None)
    refuse(cast, row, words=f" {WORDS} ")
    for thing in (case, paper, row):
        thing.refresh_from_db()
    assert (row.state, row.reason, row.reason_words) == (State.UNREADABLE, BLURRED, WORDS)
    assert (row.refused_by, row.refused_at is not None) == (cast.felix.user, True)
    assert (paper.is_missing, paper.answer_by) == (True, in_days(7))
    assert (case.status, clocks.answer_due(case).due_on) == ("waiting", None)
    assert clocks.customer_due(case).due_on == in_days(7)
    assert [event.move for event in case.events.all()] == ["open", "ask", "supply", "ask"]
    assert case.events.last().by == cast.felix.user
    mail = OutgoingEmail.objects.get()
    assert (mail.to, mail.template) == (cast.ana.email, "emails/case_message")
    for secret in ("Zanahoria", "Report", WORDS, str(papers.REASONS[BLURRED])):
        assert secret not in mail.subject + mail.text + mail.html


def test_no_reminder_goes_out_on_the_day_on_which_it_is_asked_for_again(cast: Cast, send: Any) -> None:
    with time_machine.travel("2026-11-16T10:00+01:00", tick=False) as now:
        paper = asked(cast)
        row = send(paper.case, paper=paper)
        now.move_to(datetime.fromisoformat("2026-11-23T10:00+01:00"))
        refuse(cast, row, answer_by=date(2026, 11, 25))
        OutgoingEmail.objects.all().delete()
        tasks.remind()
        assert not OutgoingEmail.objects.exists()
        now.move_to(datetime.fromisoformat("2026-11-24T10:00+01:00"))
        tasks.remind()
    assert OutgoingEmail.objects.get().template == "emails/case_reminder"


def test_what_was_of_no_use_by_itself_may_be_the_paper_that_is_asked_for(cast: Cast, send: Any) -> None:
    case = make_case(cast.ana.user)
    alone = refuse(cast, send(case), reason="another_paper")
    paper = actions.ask_for_paper(case, by=cast.felix.user, name="Report", why="x", answer_by=in_days(9))
    row = send(case, paper=paper)
    paper.refresh_from_db()
    assert (row.pk != alone.pk, row.state, paper.is_missing) == (True, State.ACCEPTED, False)
    refuse(cast, row, reason="another_paper")
    with pytest.raises(papers.UploadRefused):
        send(case, paper=paper)


def test_the_next_file_brings_the_ball_back(cast: Cast, send: Any) -> None:
    paper = asked(cast)
    refuse(cast, send(paper.case, paper=paper))
    row = send(paper.case, saved(blank(1)), paper=paper)
    paper.refresh_from_db()
    assert (paper.supplied_at, paper.case.status) == (row.sent_at, "in_review")


def test_of_two_papers_the_nearer_day_counts(cast: Cast, send: Any) -> None:
    """While another paper is missing there is no move, and so no line in the history."""
    paper = asked(cast)
    other = actions.ask_for_paper(
        paper.case, by=cast.felix.user, name="Other", why="To see", answer_by=in_days(3)
    )
    row = send(paper.case, paper=paper)
    events = paper.case.events.count()
    refuse(cast, row, answer_by=in_days(12))
    case = Case.objects.get()
    assert (case.events.count(), clocks.customer_due(case).due_on) == (events, in_days(3))
    assert set(case.papers.missing()) == {paper, other}


def test_one_that_was_for_no_paper_is_asked_for_by_a_message(cast: Cast, send: Any) -> None:
    case = make_case(cast.ana.user)
    refuse(cast, send(case), reason="pages", words=WORDS)
    case.refresh_from_db()
    message = case.messages.get()
    assert (message.by, message.side, message.answer_by) == (cast.felix.user, "staff", in_days(7))
    with translation.override(cast.ana.user.language):
        first = gettext("We cannot use the file %(name)s.") % {"name": "Zanahoria.pdf"}
        assert message.body == f"{first} {papers.REASONS['pages']} {WORDS}"
    assert (case.status, clocks.customer_due(case).due_on) == ("waiting", in_days(7))
    assert OutgoingEmail.objects.count() == 1
    send(case, saved(blank(1)))
    case.refresh_from_db()
    assert (case.status, clocks.customer_due(case)) == ("in_review", None)


def test_so_is_one_whose_paper_we_can_do_without(cast: Cast, send: Any) -> None:
    paper = asked(cast)
    row = send(paper.case, paper=paper)
    Paper.objects.update(supplied_at=None, withdrawn_at=row.sent_at)
    refuse(cast, row)
    assert (paper.case.papers.missing().count(), paper.case.messages.count()) == (0, 1)


def test_pressed_twice_it_is_once(cast: Cast, send: Any) -> None:
    paper = asked(cast)
    row = send(paper.case, paper=paper)
    refuse(cast, row)
    with pytest.raises(MoveNotAllowed):
        refuse(cast, row, reason="edges")
    row.refresh_from_db()
    assert (row.reason, paper.case.events.count(), OutgoingEmail.objects.count()) == (BLURRED, 4, 1)


def test_what_is_closed_is_not_asked_for(cast: Cast, send: Any) -> None:
    paper = asked(cast)
    row, free = send(paper.case, paper=paper), send(paper.case, saved(blank(1)))
    actions.make_move(paper.case, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
    for file in (row, free):
        with pytest.raises(MoveNotAllowed):
            refuse(cast, file)
    paper.refresh_from_db()
    assert set(CaseDocument.objects.values_list("state", flat=True)) == {State.ACCEPTED}
    assert (paper.is_missing, OutgoingEmail.objects.count()) == (False, 0)


def test_nobody_is_asked_who_has_no_account_any_more(cast: Cast, send: Any) -> None:
    case = make_case(cast.ana.user)
    row = send(case)
    cast.ana.user.is_active = False
    cast.ana.user.save()
    Case.objects.update(contact_email="ana@example.org")
    with pytest.raises(MoveNotAllowed):
        refuse(cast, CaseDocument.objects.get(pk=row.pk))
    assert CaseDocument.objects.get().state == State.ACCEPTED


def test_nobody_does_it_in_a_request_of_their_own(cast: Cast, send: Any) -> None:
    case = make_case(cast.felix.user)
    row = send(make_case(cast.ana.user))
    CaseDocument.objects.update(case=case)
    row.refresh_from_db()
    with pytest.raises(actions.OwnRequest):
        refuse(cast, row)
    assert CaseDocument.objects.get().state == State.ACCEPTED


@pytest.mark.parametrize("wrong", [{"reason": "broken"}, {"reason": papers.ANOTHER_REASON, "words": " "}])
def test_a_reason_is_one_that_the_customer_can_read(cast: Cast, send: Any, wrong: dict[str, str]) -> None:
    row = send(make_case(cast.ana.user))
    with pytest.raises(ValueError, match="for a reason"):
        refuse(cast, row, **wrong)


def test_the_database_wants_to_know_who_and_keeps_the_copy(cast: Cast, send: Any) -> None:
    refuse(cast, send(make_case(cast.ana.user)))
    row = CaseDocument.objects.get()
    for half in ({"refused_by": None}, {"refused_at": None}, {"file": ""}, {"state": State.ACCEPTED}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CaseDocument.objects.update(**half)
    sweep()
    assert Path(row.file.path).exists()


def test_the_same_file_again_is_told_why_it_was_not_taken(cast: Cast, send: Any) -> None:
    paper = asked(cast)
    refuse(cast, send(paper.case, paper=paper), words=WORDS)
    with pytest.raises(papers.UploadRefused) as refused:
        send(paper.case, paper=paper)
    with translation.override("en"):
        before = "This file was sent before, and we could not use it."
        assert str(refused.value) == f"{before} {papers.REASONS[BLURRED]} {WORDS}"
    # It may be the right one for another paper.
    other = actions.ask_for_paper(
        paper.case, by=cast.felix.user, name="Other", why="To see", answer_by=in_days(3)
    )
    assert send(paper.case, paper=other).state == State.ACCEPTED


# --- the pages ------------------------------------------------------------------------------------


def english(cast: Cast) -> None:
    for user in (cast.ana.user, cast.felix.user):
        user.language = "en"
        user.save()


def test_the_customer_reads_why_and_what_to_do(cast: Cast, send: Any, log_in: Any) -> None:
    english(cast)
    paper = asked(cast)
    row = send(paper.case, paper=paper)
    client = log_in(cast.ana)
    before = client.get(paper.case.get_absolute_url()).content.decode()
    refuse(cast, row, words="<b>The date.</b>")
    html = client.get(paper.case.get_absolute_url()).content.decode()
    file = reverse("cases:document", args=[row.reference])
    assert (file in before, "Not readable" in before, "We need it<" in before) == (True, False, False)
    assert (file in html, "We cannot use it" in html, "We need it<" in html) == (False, True, True)
    assert escape(f"{papers.REASONS[BLURRED]} <b>The date.</b>") in html
    assert html.count('type="file"') == 2
    assert client.get(file).status_code == 404
    answer = client.post(
        reverse("cases:upload", args=[paper.case.reference]),
        {"file": SimpleUploadedFile("a.pdf", PDF), "paper": paper.pk},
    ).content.decode()
    assert escape("a.pdf: This file was sent before, and we could not use it.") in answer


def test_the_copy_of_what_was_sent_says_it_too(cast: Cast, send: Any) -> None:
    case = make_case(cast.ana.user)
    row = send(case)
    copy = copies.ask(case=case, by=cast.ana.user)
    assert copies.is_current(copy, cast.ana.user)
    refuse(cast, row)
    assert not copies.is_current(copy, cast.ana.user)
    assert [document.state for document in copies.of_sender(case)] == [State.UNREADABLE]


@pytest.fixture
def felix(cast: Cast, log_in: Any) -> Client:
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_case"))
    return log_in(cast.felix)


@pytest.fixture
def reason_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasons, "may_read", lambda request, subject, what: True)
    monkeypatch.setattr(reasons, "note_opened", lambda *args, **kwargs: None)


def button(case: Case) -> str:
    return f"/admin/cases/case/{case.pk}/press/refuse_file/"


def page(client: Client, case: Case) -> str:
    return client.get(f"/admin/cases/case/{case.pk}/change/").content.decode()


def test_the_button_is_there_for_what_can_be_asked_again(cast: Cast, send: Any, felix: Client) -> None:
    case = make_case(cast.ana.user)
    assert button(case) not in page(felix, case)
    refuse(cast, send(case))
    assert button(case) not in page(felix, case)
    send(case, saved(blank(1)))
    assert button(case) in page(felix, case)
    actions.make_move(case, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
    assert button(case) not in page(felix, case)


def test_it_wants_a_reason_to_read(cast: Cast, send: Any, felix: Client) -> None:
    case = make_case(cast.ana.user)
    row = send(case)
    typed = {"document": row.pk, "reason": BLURRED, "answer_by": in_days(7)}
    for answer in (felix.get(button(case)), felix.post(button(case), typed)):
        assert (answer.status_code, answer["Location"].startswith("/admin/reason/")) == (302, True)
    assert CaseDocument.objects.get().state == State.ACCEPTED


@pytest.mark.usefixtures("reason_given")
def test_staff_choose_the_file_and_the_reason(cast: Cast, send: Any, felix: Client) -> None:
    english(cast)
    paper = asked(cast)
    case, row = paper.case, send(paper.case, paper=paper)
    form = felix.get(button(case)).content.decode()
    for words in ("Report: Zanahoria.pdf", *(escape(str(words)) for words in papers.BY_EYE.values())):
        assert words in form
    typed = {"document": row.pk, "reason": BLURRED, "words": WORDS, "answer_by": in_days(7)}
    assert felix.post(button(case), typed).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.reason_words, AuditEntry.objects.get().verb) == (
        State.UNREADABLE, WORDS, "press-refuse_file",
    )  # fmt: skip
    html = page(felix, case)
    assert escape(f"Not readable: {papers.REASONS[BLURRED]} {WORDS}") in html
    # It is still theirs to look at: an eye may have erred.
    file = reverse("admin:cases_case_document", args=[case.pk, row.reference])
    assert file in html
    assert felix.get(file).status_code == 200
    again = felix.post(button(case), typed, follow=True)
    assert [message.level_tag for message in again.context["messages"]] == ["warning"]
    assert OutgoingEmail.objects.count() == 1


@pytest.mark.usefixtures("reason_given")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"document": ""}, "document"),
        ({"reason": "broken"}, "reason"),
        ({"reason": papers.ANOTHER_REASON, "words": " "}, "words"),
        ({"answer_by": ""}, "answer_by"),
        ({"words": "x" * 301}, "words"),
    ],
)
def test_what_is_missing_is_said(
    cast: Cast, send: Any, felix: Client, wrong: dict[str, str], field: str
) -> None:
    case = make_case(cast.ana.user)
    row = send(case)
    typed = {"document": row.pk, "reason": BLURRED, "words": WORDS, "answer_by": in_days(7)} | wrong
    assert felix.post(button(case), typed).context["form"].errors.keys() == {field}
    assert CaseDocument.objects.get().state == State.ACCEPTED


@pytest.mark.usefixtures("reason_given")
def test_a_file_of_another_request_is_none(cast: Cast, send: Any, felix: Client) -> None:
    case, other = make_case(cast.ana.user), make_case(cast.ana.user)
    send(case)
    typed = {"document": send(other).pk, "reason": BLURRED, "answer_by": in_days(7)}
    assert felix.post(button(case), typed).context["form"].errors.keys() == {"document"}
