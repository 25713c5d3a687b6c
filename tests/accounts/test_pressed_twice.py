"""A button or a link that is pressed twice leads to where the first time led: no alarm, no dead end."""

import copy
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts import links, steps
from accounts.models import AccountRequest, User
from core.models import OutgoingEmail
from tests.conftest import PortalClient
from tests.people import PASSWORD, Cast, make_person, make_policy

pytestmark = pytest.mark.django_db

LATER = steps.JUST_NOW + timedelta(seconds=1)
LOGIN = "/accounts/login/"
BETTER = "Kz7!mondelo-Trapp"
HUGO = "hugo@example.org"
CHANGED = "hugo2@example.org"


class Impatient(PortalClient):
    """Presses again before the first answer is there: with the cookies of before."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True, headers={"accept-language": "en"})

    def fields(self, path: str) -> dict[str, str]:
        page = self.get(path, follow=True).content.decode().partition("<main")[2].partition("</main")[0]
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))

    def press_twice(self, path: str, typed: dict[str, str], *, first_arrives: bool) -> tuple[Any, Any]:
        before = copy.deepcopy(self.cookies)
        first = self.post(path, typed)
        if not first_arrives:
            self.cookies = before
        return first, self.post(path, typed)


@pytest.fixture
def impatient() -> Impatient:
    return Impatient()


def link_to(address: str) -> str:
    sent = next(message for message in reversed(mail.outbox) if message.to == [address])
    found = re.search(r"http://testserver(/accounts/\S+)", sent.body)
    assert found
    return found[1]


def log_in(browser: PortalClient) -> None:
    typed = browser.fields(LOGIN) if isinstance(browser, Impatient) else {}
    browser.post(LOGIN, {**typed, "login": HUGO, "password": PASSWORD})


def messages(browser: PortalClient, path: str = LOGIN) -> list[str]:
    shown = browser.get(path, follow=True)
    return [str(message) for message in shown.context["messages"]]


@pytest.mark.parametrize("first_arrives", [True, False])
def test_the_last_step_of_an_access_by_dni(impatient: Impatient, first_arrives: bool) -> None:
    ines = make_person("P-ines", "Inés Roig Pla", years=50, dni="00000000T", email="ines@example.org")
    make_policy("F-9", "PF-2024", ines, modality="levelled", premium="1.00")
    typed = {**impatient.fields("/accounts/signup/dni/"), "dni": "00000000T"}
    impatient.post("/accounts/signup/dni/", {**typed, "born_on": ines.born_on.isoformat()})
    link = link_to("ines@example.org")
    typed = {**impatient.fields(link), "password1": BETTER, "terms": "on"}
    first, second = impatient.press_twice("/accounts/signup/dni/new/", typed, first_arrives=first_arrives)
    assert (first.status_code, first["Location"]) == (302, "/")
    assert (second.status_code, second["Location"]) == (302, "/" if first_arrives else LOGIN)
    if not first_arrives:
        assert messages(impatient) == ["Your account was made a moment ago. Log in with your password."]
    # So does the link of the mail, for as long.
    assert impatient.get(link)["Location"] == second["Location"]
    with time_machine.travel(timezone.now() + LATER):
        assert impatient.get(link).status_code == 410


@pytest.mark.parametrize("first_arrives", [True, False])
def test_the_confirmation_of_a_registration(impatient: Impatient, first_arrives: bool) -> None:
    signup, now = "/accounts/signup/email/", "/accounts/confirm-email/now/"
    typed = {**impatient.fields(signup), "email": "nuria@example.org", "password1": BETTER, "terms": "on"}
    impatient.post(signup, typed)
    typed = impatient.fields(link_to("nuria@example.org"))
    first, second = impatient.press_twice(now, typed, first_arrives=first_arrives)
    assert (first.status_code, first["Location"]) == (302, "/")
    assert (second.status_code, second["Location"]) == (302, "/" if first_arrives else LOGIN)
    if not first_arrives:
        assert messages(impatient) == ["Your e-mail was confirmed a moment ago. Log in with your password."]


@pytest.mark.parametrize("first_arrives", [True, False])
def test_a_new_password_by_mail(cast: Cast, impatient: Impatient, first_arrives: bool) -> None:
    reset = "/accounts/password/reset/"
    impatient.post(reset, {**impatient.fields(reset), "identifier": HUGO})
    typed = {**impatient.fields(link_to(HUGO)), "password1": BETTER}
    answers = impatient.press_twice(f"{reset}new/", typed, first_arrives=first_arrives)
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, LOGIN)] * 2
    # What the first answer said waits in the session to be read.
    assert messages(impatient) == ["Your new password is set. Log in with it."]


@pytest.mark.parametrize("first_arrives", [True, False])
def test_changing_the_password(cast: Cast, impatient: Impatient, first_arrives: bool) -> None:
    change = "/accounts/password/change/"
    log_in(impatient)
    typed = {**impatient.fields(change), "oldpassword": PASSWORD, "password1": BETTER}
    first, second = impatient.press_twice(change, typed, first_arrives=first_arrives)
    assert (first.status_code, first["Location"]) == (302, "/account/")
    assert (second.status_code, second["Location"]) == (302, "/account/" if first_arrives else LOGIN)
    if not first_arrives:
        assert messages(impatient) == ["Your new password was set a moment ago. Log in with it."]
    # Told once.
    assert OutgoingEmail.objects.filter(template="emails/account_password_changed").count() == 1


def test_another_password_is_no_second_press(cast: Cast, impatient: Impatient) -> None:
    change = "/accounts/password/change/"
    log_in(impatient)
    typed = {**impatient.fields(change), "oldpassword": PASSWORD, "password1": BETTER}
    impatient.post(change, typed)
    answer = impatient.post(change, {**typed, "password1": "Another9-mondelu"})
    assert answer.context["form"].errors.keys() == {"oldpassword"}
    # Nor is a form that nobody has been shown.
    answer = impatient.post(change, {**typed, "step": "x"})
    assert answer.context["form"].errors.keys() == {"oldpassword"}


def test_confirming_another_e_mail_and_taking_it_back(cast: Cast, impatient: Impatient) -> None:
    log_in(impatient)
    impatient.post("/accounts/email/", {**impatient.fields("/accounts/email/"), "email": CHANGED})
    link = link_to(CHANGED)
    confirm, back = "/accounts/email/confirm/", "/accounts/email/back/"
    typed = impatient.fields(link)
    answers = impatient.press_twice(confirm, typed, first_arrives=False)
    assert [answer["Location"] for answer in answers] == ["/accounts/security/"] * 2
    assert impatient.get(link)["Location"] == "/accounts/security/"

    owner = Impatient()
    typed = owner.fields(link_to(HUGO))
    answers = owner.press_twice(back, typed, first_arrives=False)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].context["mailbox"] == HUGO
    assert mail.outbox[-1].to == [HUGO]
    assert AccountRequest.objects.filter(kind="reset").count() == 1


def test_another_account_is_not_told_of_it(cast: Cast, visitor: Any) -> None:
    hugo, elena = visitor(), visitor()
    log_in(hugo)
    hugo.post("/accounts/email/", {"email": CHANGED})
    link = link_to(CHANGED)
    hugo.get(link)
    hugo.post("/accounts/email/confirm/")
    elena.post(LOGIN, {"login": "elena@example.org", "password": PASSWORD})
    assert elena.get(link).status_code == 410


@pytest.mark.parametrize("link", [links.CONFIRM, links.RESET, links.ACCESS])
def test_only_what_was_used_in_the_last_minutes(link: str) -> None:
    row = AccountRequest.objects.create(kind="reset", identifier="x", language="es")
    mark = steps.mark(link, row)
    assert steps.done_just_now(link, mark=mark) is None
    row.used_at = timezone.now()
    row.save()
    assert steps.done_just_now(link, mark=mark) == row
    # Of a form it is no link, and of one step it is no other.
    assert steps.done_just_now(link, key=mark) is None
    assert steps.done_just_now(links.NEW_EMAIL, mark=mark) is None
    with time_machine.travel(timezone.now() + LATER):
        assert steps.done_just_now(link, mark=mark) is None


@pytest.mark.parametrize("mark", ["", "x", "x:y:z", "\x00", "ñ"])
def test_a_made_up_mark_is_nobody_s(mark: str) -> None:
    assert steps.done_just_now(links.ACCESS, key=mark, mark=mark) is None
    assert steps.has_changed_password(mark) is None


def test_the_mark_of_a_password_tells_that_it_has_changed(cast: Cast) -> None:
    hugo = User.objects.get(email=HUGO)
    mark = steps.mark_of_password(hugo)
    assert steps.has_changed_password(mark) is None
    hugo.set_password(BETTER)
    hugo.save()
    assert steps.has_changed_password(mark) == hugo
    with time_machine.travel(timezone.now() + LATER):
        assert steps.has_changed_password(mark) is None
