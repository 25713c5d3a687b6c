"""Each form of a request × the cast: who may only read it finds nothing to send the form to."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import translation

from accounts.models import User
from cases import actions, urls
from cases.lifecycle import Side
from cases.models import Case, SentCopy
from cases.reading import waiting_for
from policies.access import Level
from policies.models import Grant
from tests.cases.kinds import in_days, make_case
from tests.people import Cast

pytestmark = pytest.mark.django_db

Form = Callable[[], dict[str, Any]]
FORMS: dict[str, Form] = {
    "cases:message": lambda: {"body": "Hello?"},
    "cases:read": dict,
    "cases:upload": lambda: {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.7", "application/pdf")},
    "cases:copy": dict,
    "cases:move": dict,
}
# Of another thing than a request: one's own draft.
NOT_OF_A_REQUEST = {"cases:draft_discard"}


@pytest.fixture(autouse=True)
def english(cast: Cast, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.QUARANTINE = tmp_path / "quarantine"
    monkeypatch.setattr("core.kick.after_commit", lambda *args: None)
    User.objects.update(language="en")
    with translation.override("en"):
        yield


@pytest.fixture
def case(cast: Cast) -> Case:
    """Bruno asked about himself and lets Ana read it; we wait for him, and he has not read it."""
    Grant.objects.create(giver=cast.bruno.person, receiver=cast.ana.person, level=Level.CLINICAL)
    insured = cast.insured(cast.bruno, cast.health)
    case = make_case(cast.bruno.user, about=insured, policy=cast.health, topic="cards")
    actions.send_message(
        case, by=cast.felix.user, side=Side.STAFF, body="Which of them?", answer_by=in_days(5)
    )
    return case


def address(name: str, case: Case) -> str:
    more = ["withdraw"] if name == "cases:move" else []
    return reverse(name, args=[case.reference, *more])


def takes_forms(client: Client, case: Case) -> set[str]:
    """By asking each address of this app: what answers a form other than with 405."""
    found = set()
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        name = f"cases:{pattern.name}"
        given = {"reference": case.reference, "move": "no-such-move", "kind": "enquiry"}
        args = {key: given[key] for key in pattern.pattern.converters}
        if client.post(reverse(name, kwargs=args)).status_code != 405:
            found.add(name)
    return found


def test_every_form_stands_in_the_table(case: Case, cast: Cast, log_in: Any) -> None:
    assert takes_forms(log_in(cast.bruno), case) == FORMS.keys() | NOT_OF_A_REQUEST


@pytest.mark.parametrize("name", FORMS)
def test_who_may_only_read_sends_none(case: Case, cast: Cast, log_in: Any, name: str) -> None:
    given = {}
    for actor in ("ana", "elena", "felix", "hugo"):
        given[actor] = log_in(getattr(cast, actor)).post(address(name, case), FORMS[name]()).status_code
    assert given == dict.fromkeys(("ana", "elena", "felix", "hugo"), 404)
    case.refresh_from_db()
    assert (case.status, case.documents.count(), SentCopy.objects.count()) == ("waiting", 0, 0)
    assert [row.read_at for row in case.messages.all()] == [None]


@pytest.mark.parametrize("name", FORMS)
def test_who_may_act_sends_it(case: Case, cast: Cast, log_in: Any, name: str) -> None:
    assert log_in(cast.bruno).post(address(name, case), FORMS[name]()).status_code == 302
    of_carla = make_case(cast.ana.user, about=cast.insured(cast.carla, cast.health), topic="cards")
    assert log_in(cast.bruno).post(address(name, of_carla), FORMS[name]()).status_code == 302


@pytest.mark.parametrize("name", sorted(FORMS.keys() - {"cases:copy"}))
def test_opened_itself_it_leads_to_the_page(case: Case, cast: Cast, log_in: Any, name: str) -> None:
    """After a log-in, or by the switch of language on a page with errors."""
    for actor in ("ana", "bruno"):
        answer = log_in(getattr(cast, actor)).get(address(name, case))
        assert (answer.status_code, answer.url) == (302, case.get_absolute_url())
    for actor in ("elena", "felix", "hugo"):
        assert log_in(getattr(cast, actor)).get(address(name, case)).status_code == 404
    assert log_in(cast.bruno).put(address(name, case)).status_code == 405


def test_the_language_of_a_page_with_errors_can_be_changed(case: Case, cast: Cast, log_in: Any) -> None:
    client = log_in(cast.bruno)
    refused = client.post(address("cases:message", case), {"body": "x" * 5001})
    assert "error-summary" in refused.content.decode()
    switch = {"language": "ca", "next": address("cases:message", case)}
    page = client.post(reverse("language"), switch, follow=True)
    assert page.redirect_chain[-1] == (case.get_absolute_url(), 302)
    assert page.context["message_form"]["body"].value() == "x" * 5001


def test_the_page_of_a_reader_has_no_form(case: Case, cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    html = " ".join(client.get(case.get_absolute_url()).content.decode().split())
    assert "Which of them?" in html
    assert "You can read this request." in html
    assert "It is the turn of the person it is about, or of who acts for them, by" in html
    assert [name for name in FORMS if f'action="{address(name, case)}"' in html] == []
    copy = client.get(address("cases:copy", case)).content.decode()
    assert "There is no copy yet." in copy
    listed = client.get(reverse("cases:list")).content.decode()
    assert case.reference in listed
    assert "It is the turn of the person it is about, or of who acts for them, by" in listed
    html = log_in(cast.bruno).get(case.get_absolute_url()).content.decode()
    assert {name for name in FORMS if f'action="{address(name, case)}"' in html} == FORMS.keys()


def test_it_waits_on_the_home_page_of_who_may_act(case: Case, cast: Cast) -> None:
    waits = {name: waiting_for(getattr(cast, name).user) for name in ("ana", "bruno", "elena")}
    assert waits == {"ana": [], "bruno": [case], "elena": []}
