"""The queue: by the clock, narrowed, read; and buttons that do what the actions do."""

from html import unescape
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.translation import ngettext

from cases.actions import ask_for_paper, decide, make_move, send_message, take
from cases.lifecycle import Side
from cases.models import Case, CaseDocument, Deadline
from core.models import OutgoingEmail
from core.staff import reasons
from tests.cases.kinds import WHY, in_days, make_case
from tests.people import Cast

CASES = "/admin/cases/case/"
PHOTO = {
    "name": "Photo",
    "why": "To see it.",
    "example": "Taken with the phone.",
    "supplied_by": "You yourself",
}


@pytest.fixture
def felix(cast: Cast, log_in: Any) -> Client:
    client = log_in(cast.felix)
    client.get("/admin/")
    return client


@pytest.fixture
def felix_in_charge(cast: Cast, felix: Client) -> Client:
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_case"))
    return felix


def found(response: Any) -> list[Case]:
    return list(response.context["cl"].result_list)


def press(client: Client, case: Case, button: str, **typed: object) -> Any:
    return client.post(f"{CASES}{case.pk}/press/{button}/", typed, follow=True)


@pytest.fixture
def reason_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate itself is tested in test_reasons.py."""
    monkeypatch.setattr(reasons, "may_read", lambda request, subject, what: True)
    monkeypatch.setattr(reasons, "note_opened", lambda *args, **kwargs: None)


def page(client: Client, case: Case) -> str:
    return client.get(f"{CASES}{case.pk}/change/").content.decode()


# --- the list ------------------------------------------------------------------------------------------


@pytest.fixture
def queue(cast: Cast) -> dict[str, Case]:
    """As of Wednesday 25 November 2026; of the one that waits, Elena has the ball."""
    cases = {}
    for name, day, who in (
        ("closed", "2026-11-02", cast.ana),
        ("waiting", "2026-11-16", cast.elena),
        ("late", "2026-11-19", cast.ana),
        ("far", "2026-11-25", cast.elena),
        ("near", "2026-11-24", cast.ana),
    ):
        with time_machine.travel(f"{day}T09:00Z", tick=False):
            kind = "bank_account" if name == "far" else "enquiry"
            cases[name] = make_case(who.user, kind, topic="" if name == "far" else "cards")
            if name == "waiting":
                make_move(cases[name], "ask", by=cast.felix.user, side=Side.STAFF)
            if name == "closed":
                decide(cases[name], "answer", by=cast.felix.user)
    return cases


@pytest.fixture
def wednesday() -> Any:
    with time_machine.travel("2026-11-25T09:00Z", tick=False):
        yield


NARROWED = [
    ("", ["late", "near", "far", "waiting"]),
    ("?state=late", ["late"]),
    ("?state=soon", ["near"]),
    ("?state=waiting", ["waiting"]),
    ("?state=received", ["late", "near", "far"]),
    ("?state=unread", []),
    ("?closed=1", ["closed"]),
    ("?kind=bank_account", ["far"]),
    ("?kind=enquiry", ["late", "near", "waiting"]),
    ("?topic=cards", ["late", "near", "waiting"]),
    ("?topic=data", []),
    ("?team=billing", ["far"]),
    ("?hands=mine", []),
    ("?hands=nobody", ["late", "near", "far", "waiting"]),
    ("?kind=enquiry&state=received", ["late", "near"]),
    ("?q=elena", ["far", "waiting"]),
    ("?q=12345678Z", ["late", "near", "closed"]),
    ("?q=ana@example.org", ["late", "near", "closed"]),
    ("?q=Bruno", []),
]


@pytest.mark.parametrize(("query", "expected"), NARROWED)
def test_by_the_clock(
    wednesday: None, queue: dict[str, Case], felix: Client, query: str, expected: list[str]
) -> None:
    names = {case.pk: name for name, case in queue.items()}
    assert [names[case.pk] for case in found(felix.get(CASES + query))] == expected


def test_one_is_found_by_its_reference_also_when_closed(queue: dict[str, Case], felix: Client) -> None:
    for case in queue.values():
        assert found(felix.get(CASES, {"q": case.reference.lower()})) == [case]


def test_late_and_near_are_said_in_words_too(wednesday: None, queue: dict[str, Case], felix: Client) -> None:
    html = felix.get(CASES).content.decode()
    assert html.count('class="clock clock-late"') == html.count('class="clock clock-soon"') == 1
    assert html.count('class="clock"') == 1
    cells = [part.partition("<")[0] for part in html.split('<span class="clock')[1:]]
    assert [cell.partition(">")[2].count(":") for cell in cells] == [1, 1, 0]


def test_mine_and_unread(cast: Cast, queue: dict[str, Case], felix: Client) -> None:
    send_message(queue["near"], by=cast.ana.user, side=Side.CUSTOMER, body="Hello?")
    assert found(felix.get(f"{CASES}?state=unread")) == [queue["near"]]
    take(queue["near"], by=cast.felix.user)
    assert found(felix.get(f"{CASES}?hands=mine")) == [queue["near"]]
    # Who takes a request has read nothing yet; who answers has.
    assert found(felix.get(f"{CASES}?state=unread")) == [queue["near"]]
    send_message(queue["near"], by=cast.felix.user, side=Side.STAFF, body="Good morning.")
    assert found(felix.get(f"{CASES}?state=unread")) == []


def test_a_long_queue_is_paged_by_the_clock(cast: Cast, felix: Client) -> None:
    cases = [make_case(cast.ana.user) for _ in range(60)]
    first = felix.get(CASES)
    assert found(first) == cases[:50]
    second = felix.get(CASES + first.context["cl"].next_url)
    assert found(second) == cases[50:]
    assert found(felix.get(CASES + second.context["cl"].previous_url)) == cases[:50]


def test_it_costs_the_same_for_one_and_for_many(cast: Cast, felix: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            felix.get(CASES)
        return len(queries)

    make_case(cast.ana.user)
    one = cost()
    for who in (cast.ana, cast.bruno, cast.elena, cast.hugo):
        case = make_case(who.user)
        take(case, by=cast.felix.user)
        send_message(case, by=who.user, side=Side.CUSTOMER, body="Hello?")
    make_case(None, contact_email="x@example.org")
    assert cost() == one


def test_the_first_page_says_what_is_late(cast: Cast, felix: Client) -> None:
    assert felix.get("/admin/").context["notices"] == []
    late, near, closed = (make_case(cast.ana.user) for _ in range(3))
    waits = [make_case(cast.elena.user) for _ in range(2)]
    for case in waits:
        ask_for_paper(case, by=cast.felix.user, **PHOTO, answer_by=in_days(7))
    decide(closed, "answer", by=cast.felix.user)
    Deadline.objects.filter(case__in=[late, closed, *waits]).exclude(due_on=None).update(due_on=in_days(-1))
    Deadline.objects.filter(case=near).update(due_on=in_days(0))
    with translation.override(cast.felix.user.language):
        expected = [
            ngettext("%(count)s request is late.", "%(count)s requests are late.", 1) % {"count": 1},
            ngettext(
                "In %(count)s request the customer's day has passed.",
                "In %(count)s requests the customer's day has passed.",
                2,
            )
            % {"count": 2},
        ]
    notices = felix.get("/admin/").context["notices"]
    assert [unescape(str(notice).partition(" <a ")[0]) for notice in notices] == expected
    links = [str(notice).partition('href="')[2].partition('"')[0] for notice in notices]
    assert links == [f"{CASES}?state=late", f"{CASES}?state=customer_late"]
    assert [found(felix.get(link)) for link in links] == [[late], waits]
    cast.felix.user.user_permissions.clear()
    cast.felix.user.groups.clear()
    assert felix.get("/admin/").context["notices"] == []


# --- one case ------------------------------------------------------------------------------------------


def test_a_case_is_read_whole(cast: Cast, felix: Client, reason_given: None) -> None:
    case = make_case(cast.ana.user, topic="cards", policy=cast.health)
    send_message(case, by=cast.ana.user, side=Side.CUSTOMER, body="It is <b>broken</b>.")
    ask_for_paper(case, by=cast.felix.user, **PHOTO, answer_by=in_days(9))
    html = page(felix, case)
    for text in (case.reference, "Ana Ferrer Vidal", "S-1000001", *PHOTO.values(), "&lt;b&gt;broken"):
        assert text in html
    assert '<input type="text"' not in html
    assert "/press/" not in html
    assert case.messages.filter(read_at=None).count() == 1


def test_a_clean_document_is_handed_out_and_no_other(
    cast: Cast, felix: Client, private_files: Any, reason_given: None
) -> None:
    case, other = make_case(cast.ana.user), make_case(cast.ana.user)
    rows = [
        CaseDocument.objects.create(
            reference=f"DOC-{state}".upper(), case=case, name="photo.pdf", sha256=state, state=state,
            reason="x", file=ContentFile(b"%PDF-1.7", "x.pdf"), content_type="application/pdf",
        )
        for state in CaseDocument.State.values
    ]  # fmt: skip
    answers = {
        row.state: felix.get(f"{CASES}{case.pk}/document/{row.reference}/").status_code for row in rows
    }
    assert answers == {"received": 404, "checking": 404, "accepted": 200, "unreadable": 404}
    address = f"{CASES}{case.pk}/document/DOC-ACCEPTED/"
    assert page(felix, case).count("/document/") == page(felix, case).count(address) == 1
    response = felix.get(address)
    assert b"".join(response.streaming_content) == b"%PDF-1.7"
    assert response["Content-Disposition"] == 'attachment; filename="photo.pdf"'
    assert felix.get(f"{CASES}{other.pk}/document/DOC-ACCEPTED/").status_code == 404
    cast.felix.user.groups.clear()
    assert felix.get(address).status_code == 403


# --- buttons -------------------------------------------------------------------------------------------


def offered(client: Client, case: Case) -> list[str]:
    html = page(client, case)
    return [part.partition("/")[0] for part in html.split("/press/")[1:]]


def test_what_is_offered(cast: Cast, felix_in_charge: Client) -> None:
    always = ["take", "hand_over", "hand_to_team", "message"]
    question, account = make_case(cast.ana.user), make_case(cast.ana.user, "contact_data")
    stranger = make_case(None, contact_email="x@example.org")
    files = ["paper", "send_file", "by_post"]
    assert offered(felix_in_charge, question) == [*always, *files, "enquiry-answer"]
    assert offered(felix_in_charge, account) == [
        *always, *files, "contact_data-accept", "contact_data-refuse",
    ]  # fmt: skip
    assert offered(felix_in_charge, stranger) == [*always, "enquiry-answer"]
    make_move(question, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
    assert offered(felix_in_charge, question) == []


def test_nobody_presses_without_the_permission(cast: Cast, felix: Client) -> None:
    case = make_case(cast.ana.user)
    assert press(felix, case, "take").status_code == 403
    case.refresh_from_db()
    assert (case.status, case.assigned_to) == ("received", None)


def test_take_and_hand_over(cast: Cast, felix_in_charge: Client) -> None:
    case = make_case(cast.ana.user)
    press(felix_in_charge, case, "take")
    case.refresh_from_db()
    assert (case.status, case.assigned_to) == ("in_review", cast.felix.user)
    wrong = press(felix_in_charge, case, "hand_over", to=cast.ana.user.pk)
    assert wrong.context["form"].errors.keys() == {"to"}
    press(felix_in_charge, case, "hand_over", to=cast.gema.user.pk)
    case.refresh_from_db()
    assert case.assigned_to == cast.gema.user
    assert LogEntry.objects.count() == 2


def test_a_message_pressed_twice_is_sent_once(cast: Cast, felix_in_charge: Client) -> None:
    case = make_case(cast.ana.user)
    form = felix_in_charge.get(f"{CASES}{case.pk}/press/message/").context["form"]
    typed = {"body": "Which card?", "answer_by": in_days(7), "sent_key": form["sent_key"].initial}
    press(felix_in_charge, case, "message", **typed)
    press(felix_in_charge, case, "message", **typed)
    case.refresh_from_db()
    assert [(row.body, row.by) for row in case.messages.all()] == [("Which card?", cast.felix.user)]
    assert (case.status, OutgoingEmail.objects.count()) == ("waiting", 1)


@pytest.mark.parametrize("days", [-1, 0, 181])
def test_a_day_that_makes_no_sense_is_refused(cast: Cast, felix_in_charge: Client, days: int) -> None:
    case = make_case(cast.ana.user)
    response = press(felix_in_charge, case, "paper", **PHOTO | {"answer_by": in_days(days)})
    assert response.context["form"].errors.keys() == {"answer_by"}
    assert response.context["form"]["name"].value() == "Photo"
    assert case.papers.count() == 0


def test_a_paper_is_asked_for(cast: Cast, felix_in_charge: Client) -> None:
    case = make_case(cast.ana.user)
    for _twice in range(2):
        press(felix_in_charge, case, "paper", **PHOTO, answer_by=in_days(7))
    case.refresh_from_db()
    asked = [{name: getattr(paper, name) for name in PHOTO} for paper in case.papers.all()]
    assert asked == [PHOTO]
    assert (case.status, OutgoingEmail.objects.count()) == ("waiting", 1)


@pytest.mark.parametrize("missing", PHOTO)
def test_a_paper_is_asked_for_with_all_that_helps_to_find_it(
    cast: Cast, felix_in_charge: Client, missing: str
) -> None:
    case = make_case(cast.ana.user)
    response = press(felix_in_charge, case, "paper", **PHOTO | {missing: "  "}, answer_by=in_days(7))
    assert response.context["form"].errors.keys() == {missing}
    assert case.papers.count() == 0


def test_an_answer_needs_words(cast: Cast, felix_in_charge: Client) -> None:
    case = make_case(cast.ana.user)
    assert press(felix_in_charge, case, "enquiry-answer").context["form"].errors.keys() == {"message"}
    press(felix_in_charge, case, "enquiry-answer", message="It is valid until June.")
    case.refresh_from_db()
    assert (case.status, case.outcome, case.decided_by) == ("answered", "accepted", cast.felix.user)
    assert case.messages.get().body == "It is valid until June."


def test_a_consent_may_stand_alone(cast: Cast, felix_in_charge: Client) -> None:
    case = make_case(cast.ana.user, "contact_data")
    press(felix_in_charge, case, "contact_data-accept")
    case.refresh_from_db()
    assert (case.status, case.outcome, case.messages.count()) == ("done", "accepted", 0)


@pytest.mark.parametrize("missing", ["code", "clause", "words"])
def test_a_refusal_without_its_reason_is_no_refusal(
    cast: Cast, felix_in_charge: Client, missing: str
) -> None:
    case = make_case(cast.ana.user, "contact_data")
    typed = {"code": WHY.code, "clause": WHY.clause, "words": WHY.words, missing: "  "}
    response = press(felix_in_charge, case, "contact_data-refuse", **typed)
    assert response.context["form"].errors.keys() == {missing}
    case.refresh_from_db()
    assert (case.status, case.outcome, OutgoingEmail.objects.count()) == ("received", "", 0)


def test_a_refusal_with_its_reason(cast: Cast, felix_in_charge: Client) -> None:
    case = make_case(cast.ana.user, "contact_data")
    press(felix_in_charge, case, "contact_data-refuse", code=WHY.code, clause=WHY.clause, words=WHY.words)
    case.refresh_from_db()
    assert (case.status, case.reason_code, case.reason_words) == ("refused", WHY.code, WHY.words)
    assert OutgoingEmail.objects.get().to == "ana@example.org"


def test_a_button_that_came_too_late_says_so(cast: Cast, felix_in_charge: Client) -> None:
    case = make_case(cast.ana.user)
    make_move(case, "withdraw", by=cast.ana.user, side=Side.CUSTOMER)
    response = press(felix_in_charge, case, "enquiry-answer", message="Too late.")
    assert [message.level_tag for message in response.context["messages"]] == ["warning"]
    assert case.messages.count() == 0
    assert press(felix_in_charge, case, "no_such_button").status_code == 404
