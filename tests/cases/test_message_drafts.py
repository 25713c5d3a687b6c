"""The message form of a request is a draft: found again on its page, sealed, gone when it is sent or old."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from cases import drafts, tasks_drafts
from cases.lifecycle import Side
from cases.models import Case, Draft
from policies.access import Level
from policies.models import Grant
from servicing.kinds import ENQUIRY
from tests.cases.kinds import make_case
from tests.people import PASSWORD, Cast

pytestmark = pytest.mark.django_db
WORDS = "My knee hurts since"


@pytest.fixture(autouse=True)
def english(cast: Cast) -> Iterator[None]:
    User.objects.update(language="en")
    with translation.override("en"):
        yield


@pytest.fixture
def case(cast: Cast) -> Case:
    return make_case(cast.ana.user, topic="cards")


def to(case: Case) -> str:
    return reverse("cases:message", args=[case.reference])


def form_of(client: Client, case: Case) -> dict[str, str]:
    """What stands in the form of the page."""
    form = client.get(case.get_absolute_url()).context["message_form"]
    given = {name: str(form[name].value() or "") for name in ("body", "sent_key", "goes_on_from")}
    return {name: value for name, value in given.items() if value or name == "body"}


def save(client: Client, case: Case, body: str, **more: str) -> Any:
    return client.post(to(case), form_of(client, case) | {"body": body, "save": "by-itself"} | more)


def test_it_is_found_again_on_the_page_and_on_home(case: Case, cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    before = form_of(client, case)
    assert client.post(to(case), before | {"body": WORDS, "save": "by-itself"}).status_code == 204
    assert case.messages.count() == 0
    # Another form goes on from it: the first may still be open, and both may be sent.
    again = form_of(client, case)
    assert again["body"] == WORDS
    assert again["sent_key"] != before["sent_key"]
    # Saved there, it is still one draft.
    client.post(to(case), again | {"body": f"{WORDS} May.", "save": "by-itself"})
    assert Draft.objects.get().form_key == again["sent_key"]
    html = client.get(case.get_absolute_url()).content.decode()
    assert "This is what you had begun." in html
    home = client.get(reverse("home")).content.decode()
    assert f'<a href="{case.get_absolute_url()}">Message · {case.reference}</a>' in home
    other = make_case(cast.ana.user, topic="cards")
    assert form_of(client, other)["body"] == ""


def test_the_button_saves_without_script(case: Case, cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    answer = client.post(to(case), {"body": WORDS, "save": "1"}, follow=True)
    assert answer.redirect_chain == [(reverse("home"), 302)]
    assert "Saved. You find it" in answer.content.decode()
    assert form_of(client, case)["body"] == WORDS


def test_the_database_cannot_tell_it(case: Case, cast: Cast, log_in: Any) -> None:
    save(log_in(cast.ana), case, WORDS)
    draft = Draft.objects.get()
    assert (draft.user, draft.kind, draft.place) == (cast.ana.user, "message", case.reference)
    assert "knee" not in str(draft.data)


def test_what_was_sent_is_no_draft(case: Case, cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    save(client, case, WORDS)
    form = form_of(client, case)
    assert client.post(to(case), form | {"body": f"{WORDS} May."}).status_code == 302
    assert [message.body for message in case.messages.all()] == [f"{WORDS} May."]
    assert Draft.objects.count() == 0
    # The script of a tab that stayed open comes a moment too late.
    assert client.post(to(case), form | {"body": WORDS, "save": "by-itself"}).status_code == 204
    assert Draft.objects.count() == 0
    assert form_of(client, case)["body"] == ""


def test_two_tabs_do_not_mix(case: Case, cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    one, two = form_of(client, case), form_of(client, case)
    for form, body in ((one, "One"), (two, "Two")):
        client.post(to(case), form | {"body": body, "save": "by-itself"})
    client.post(to(case), two | {"body": "Two"})
    assert form_of(client, case)["body"] == "One"


def test_a_tab_that_was_opened_from_a_draft_sends_its_own_words(case: Case, cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    one = form_of(client, case)
    client.post(to(case), one | {"body": "First", "save": "by-itself"})
    two = form_of(client, case)
    client.post(to(case), one | {"body": "First"})
    client.post(to(case), two | {"body": "First. And another thing"})
    assert [row.body for row in case.messages.all()] == ["First", "First. And another thing"]
    assert Draft.objects.count() == 0


def test_what_the_first_tab_wrote_since_is_not_thrown_away(case: Case, cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    one = form_of(client, case)
    client.post(to(case), one | {"body": "First", "save": "by-itself"})
    two = form_of(client, case)
    client.post(to(case), one | {"body": "First, longer", "save": "by-itself"})
    client.post(to(case), two | {"body": "Second"})
    assert form_of(client, case)["body"] == "First, longer"


def test_the_same_form_with_other_words_is_another_message(case: Case, cast: Cast, log_in: Any) -> None:
    """The back button shows the form again, with its key."""
    client = log_in(cast.ana)
    form = form_of(client, case)
    for body in ("First", "First", "Second\r\nline", "Second\nline"):
        assert client.post(to(case), form | {"body": body}).status_code == 302
    assert [row.body for row in case.messages.all()] == ["First", "Second\r\nline"]
    # What is begun in it is kept, too.
    assert client.post(to(case), form | {"body": "Third", "save": "by-itself"}).status_code == 204
    assert form_of(client, case)["body"] == "Third"


def test_what_is_too_long_to_be_sent_is_kept(case: Case, cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    page = client.post(to(case), form_of(client, case) | {"body": "x" * 5001})
    assert page.context["message_form"].errors.keys() == {"body"}
    assert form_of(client, case)["body"] == "x" * 5001


@pytest.mark.parametrize("body", ["", "  \n"])
def test_an_empty_one_is_none(case: Case, cast: Cast, log_in: Any, body: str) -> None:
    client = log_in(cast.ana)
    save(client, case, WORDS)
    save(client, case, body)
    assert Draft.objects.count() == 0
    assert drafts.begun(cast.ana.user) == []  # type: ignore[arg-type]


def test_it_can_be_deleted(case: Case, cast: Cast, log_in: Any) -> None:
    client = log_in(cast.ana)
    save(client, case, WORDS)
    discard = reverse("cases:draft_discard", args=["message"])
    page = client.get(case.get_absolute_url()).content.decode()
    form = page[page.index(f'action="{discard}"') :].partition("</form>")[0]
    fields = dict(re.findall(r'name="(place|draft)" value="([^"]*)"', form))
    assert fields.keys() == {"place", "draft"}
    client.post(discard, fields)
    assert (form_of(client, case)["body"], Draft.objects.count()) == ("", 0)


@pytest.mark.parametrize(("days", "left"), [(29, 1), (30, 0)])
def test_it_dies_after_30_days(case: Case, cast: Cast, log_in: Any, days: int, left: int) -> None:
    client = log_in(cast.ana)
    save(client, case, WORDS)
    Draft.objects.update(saved_at=timezone.now() - timedelta(days=days))
    assert form_of(client, case)["body"] == WORDS * left
    tasks_drafts.forget_old_drafts()
    assert Draft.objects.count() == left


def test_who_may_only_read_keeps_none(cast: Cast, log_in: Any) -> None:
    Grant.objects.create(giver=cast.bruno.person, receiver=cast.ana.person, level=Level.CLINICAL)
    case = make_case(cast.bruno.user, about=cast.insured(cast.bruno, cast.health), topic="cards")
    form = {"body": WORDS, "save": "by-itself", "sent_key": str(uuid.uuid4())}
    for actor in (cast.ana, cast.elena, cast.hugo):
        assert log_in(actor).post(to(case), form).status_code == 404
    assert Draft.objects.count() == 0


def test_it_survives_the_end_of_the_log_in(case: Case, cast: Cast, log_in: Any) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = log_in(cast.ana)
        form = form_of(client, case)
        clock.shift(timedelta(seconds=settings.SESSION_FORM_IDLE_SECONDS + 1))
        answer = client.post(to(case), form | {"body": WORDS})
        assert answer["Location"].startswith("/accounts/login/?ended=idle")
        assert answer["Location"].endswith("&kept=1")
        back = case.get_absolute_url()
        login = {"login": "ana@example.org", "password": PASSWORD, "next": back}
        assert client.post("/accounts/login/", login)["Location"] == back
        assert form_of(client, case)["body"] == WORDS
    assert case.messages.count() == 0


def test_of_a_request_that_is_closed_for_good_the_words_are_shown(
    case: Case, cast: Cast, log_in: Any
) -> None:
    client = log_in(cast.ana)
    save(client, case, WORDS)
    client.post(reverse("cases:move", args=[case.reference, "withdraw"]))
    html = client.get(case.get_absolute_url()).content.decode()
    assert WORDS in html
    assert to(case) not in html
    assert reverse("cases:draft_discard", args=["message"]) in html


def test_a_form_of_a_request_asks_for_its_own_case(case: Case, cast: Cast) -> None:
    """The key of a message that was sent does not count for a question, nor the other way round."""
    from cases import actions

    user = cast.ana.user
    assert user
    key = uuid.uuid4()
    actions.send_message(case, by=user, side=Side.CUSTOMER, body="Hello?", sent_key=key)
    assert drafts.save(user, ENQUIRY.code, {"question": "x"}, form_key=str(key)) is not None
    assert drafts.save(user, "message", {"body": "Hell"}, place=case.reference, form_key=str(key)) is None
