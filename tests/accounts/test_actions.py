"""Linking against the real file: by the mailbox at every log-in, by DNI and date of birth on the page."""

from datetime import date, datetime
from threading import Barrier, Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.urls import reverse

from accounts import actions
from accounts.linking import Outcome
from accounts.models import AccountRequest, Person, User
from core.models import OutgoingEmail
from policies.models import InsuredPerson
from tests.people import PASSWORD, Cast, born_years_ago, insure, make_person, make_user

LINK = "/accounts/link/"
NO_LINK = "We cannot link your account"


def log_in(browser: Any, email: str) -> Any:
    return browser.post("/accounts/login/", {"login": email, "password": PASSWORD})


def newcomer(cast: Cast, email: str = "nuria@example.org", **fields: Any) -> Person:
    """Insured in Elena's policy, with a mailbox on file and no account."""
    person = make_person(
        "P-nuria", "Nuria Prats Bosch", years=30, dni=fields.pop("dni", "22222222J"), email=email
    )
    for name, value in fields.items():
        setattr(person, name, value)
    person.save()
    insure(cast.elenas, person, "other")
    return person


@pytest.mark.django_db
def test_the_mailbox_of_one_adult_links_at_log_in(visitor: Any, cast: Cast) -> None:
    person = newcomer(cast, email="Nuria@Example.org")
    user = make_user("nuria@example.org", language="ca")
    browser = visitor()
    log_in(browser, user.email)
    person.refresh_from_db()
    assert person.user == user
    assert person.linked_at is not None
    assert [(message.to, message.extra_headers["Content-Language"]) for message in mail.outbox] == [
        (["nuria@example.org"], "ca")
    ]
    # At the next log-in there is nothing left to do.
    browser.post("/accounts/logout/")
    log_in(browser, user.email)
    assert len(mail.outbox) == 1
    assert User.objects.get(pk=user.pk).language == "ca"


@pytest.mark.django_db
def test_the_policy_that_comes_later_links_at_the_next_log_in(visitor: Any, cast: Cast) -> None:
    hugo = cast.hugo.user
    assert hugo is not None
    log_in(visitor(), hugo.email)
    assert Person.objects.filter(user=hugo).count() == 0
    newcomer(cast, email=hugo.email)
    log_in(visitor(), hugo.email)
    assert Person.objects.get(user=hugo).key == "P-nuria"


@pytest.mark.django_db
def test_an_address_that_is_not_verified_links_nothing(cast: Cast) -> None:
    newcomer(cast)
    user = make_user("nuria@example.org", verified=False)
    assert actions.link_by_mailbox(user) is False
    assert actions.claim(user, dni="22222222J", born_on=born_years_ago(30)) is Outcome.NO_MATCH
    assert Person.objects.filter(user=user).count() == 0


@pytest.mark.django_db
def test_two_people_with_one_mailbox_are_asked_who_they_are(visitor: Any, cast: Cast) -> None:
    person = newcomer(cast)
    other = make_person("P-two", "Oriol Prats Bosch", years=33, dni="33333333P", email="nuria@example.org")
    insure(cast.elenas, other, "sibling")
    make_user("nuria@example.org")
    browser = visitor()
    log_in(browser, "nuria@example.org")
    assert Person.objects.filter(email="nuria@example.org", user=None).count() == 2
    assert 'name="dni"' in browser.get(LINK).content.decode()
    answer = browser.post(LINK, {"dni": "22.222.222-j", "born_on": person.born_on.isoformat()})
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))
    person.refresh_from_db()
    other.refresh_from_db()
    assert (person.user is not None, other.user) == (True, None)
    # Who is linked has nothing to do here.
    assert browser.get(LINK)["Location"] == reverse("home")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("dni", "born_on", "status"),
    [
        ("12345678A", "1990-01-01", "letter"),
        ("1234", "1990-01-01", "format"),
        ("", "1990-01-01", "required"),
    ],
)
def test_a_dni_that_is_none_is_explained(
    log_in: Any, cast: Cast, dni: str, born_on: str, status: str
) -> None:
    answer = log_in(cast.hugo).post(LINK, {"dni": dni, "born_on": born_on})
    assert [error.code for error in answer.context["form"].errors.as_data()["dni"]] == [status]


@pytest.mark.django_db
def test_a_year_of_birth_that_is_wrong_is_explained_beside_the_form(cast: Cast, visitor: Any) -> None:
    newcomer(cast)
    two = make_person("P-two", "Oriol Prats Bosch", years=33, dni="33333333P", email="nuria@example.org")
    insure(cast.elenas, two, "sibling")
    make_user("nuria@example.org", language="en")
    browser = visitor()
    log_in(browser, "nuria@example.org")
    # Seven times: nothing was asked of the file, so nothing is counted.
    for _time in range(7):
        answer = browser.post(LINK, {"dni": "33333333P", "born_on": born_years_ago(7).isoformat()})
        assert [error.code for error in answer.context["form"].errors.as_data()["born_on"]] == ["too_young"]
    page = answer.content.decode()
    assert "Check the date, above all the year." in page
    assert 'name="dni"' in page
    assert Person.objects.filter(key="P-two", user=None).exists()
    assert AccountRequest.objects.filter(kind="claim").count() == 0
    assert browser.post(LINK, {"dni": "33333333P", "born_on": two.born_on.isoformat()}).status_code == 302
    assert not Person.objects.filter(key="P-two", user=None).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("born_on", ["", "yesterday", "2999-01-01", "1800-01-01"])
def test_a_date_that_is_none_is_explained(log_in: Any, cast: Cast, born_on: str) -> None:
    answer = log_in(cast.hugo).post(LINK, {"dni": "12345678Z", "born_on": born_on})
    assert list(answer.context["form"].errors) == ["born_on"]


@pytest.mark.django_db
def test_right_details_from_another_mailbox_are_refused_and_its_owner_told_once_a_day(
    visitor: Any, cast: Cast
) -> None:
    person = newcomer(cast, language="ca")
    hugo = visitor()
    hugo.force_login(cast.hugo.user)
    right = {"dni": "22222222J", "born_on": person.born_on.isoformat()}
    wrong = {"dni": "44444444A", "born_on": person.born_on.isoformat()}
    pages = [hugo.post(LINK, details) for details in (right, right, wrong)]
    assert [page.context["outcome"] for page in pages] == ["no_match"] * 3
    assert Person.objects.filter(user=cast.hugo.user).count() == 0
    assert [(message.to, message.extra_headers["Content-Language"]) for message in mail.outbox] == [
        (["nuria@example.org"], "ca")
    ]
    assert OutgoingEmail.objects.get().template == "emails/account_other_mailbox"


@pytest.mark.django_db
def test_the_answer_is_the_same_whatever_was_wrong(visitor: Any, cast: Cast) -> None:
    cast.hugo.user.language = "en"  # type: ignore[union-attr]
    cast.hugo.user.save()  # type: ignore[union-attr]
    person = newcomer(cast)
    pages = set()
    for dni, born_on in (
        ("22222222J", person.born_on),  # another mailbox
        ("22222222J", date(1990, 1, 1)),  # another date
        ("44444444A", person.born_on),  # nobody
        ("12345678Z", cast.ana.person.born_on),  # type: ignore[union-attr] # linked to Ana
    ):
        browser = visitor()
        browser.force_login(cast.hugo.user)
        browser.get(LINK)
        page = browser.post(LINK, {"dni": dni, "born_on": born_on.isoformat()}).content.decode()
        assert NO_LINK in page
        pages.add(page.split(NO_LINK)[1].split("<form")[0])
    assert len(pages) == 1
    assert Person.objects.filter(user=cast.hugo.user).count() == 0


@pytest.mark.django_db
def test_a_person_who_is_no_longer_insured_is_not_linked(visitor: Any, cast: Cast) -> None:
    person = newcomer(cast)
    InsuredPerson.objects.filter(person=person).update(insured_until=date(2025, 12, 31))
    user = make_user("nuria@example.org")
    assert actions.link_by_mailbox(user) is False
    assert actions.claim(user, dni="22222222J", born_on=person.born_on) is Outcome.NO_MATCH


@pytest.mark.django_db
def test_a_dni_is_tried_five_times_an_hour(log_in: Any, cast: Cast) -> None:
    browser = log_in(cast.hugo)
    details = {"dni": "44444444A", "born_on": "1990-01-01"}
    assert [browser.post(LINK, details).status_code for _try in range(6)] == [200] * 5 + [429]


@pytest.mark.django_db
def test_a_slip_of_the_pen_is_no_try(log_in: Any, cast: Cast) -> None:
    browser = log_in(cast.hugo)
    slips = [{"dni": "12345678A", "born_on": "1990-01-01"}, {"dni": "44444444A", "born_on": "1/13/1990"}, {}]
    assert [browser.post(LINK, typed).status_code for typed in slips * 4] == [200] * 12
    details = {"dni": "44444444A", "born_on": "1990-01-01"}
    assert [browser.post(LINK, details).status_code for _try in range(6)] == [200] * 5 + [429]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("clock", "linked"),
    [
        (datetime(2026, 11, 20, 23, 59, 59, tzinfo=ZoneInfo("Europe/Madrid")), False),
        (datetime(2026, 11, 21, 0, 0, 0, tzinfo=ZoneInfo("Europe/Madrid")), True),
    ],
)
def test_eighteen_at_midnight_in_madrid(visitor: Any, cast: Cast, clock: datetime, linked: bool) -> None:
    newcomer(cast, born_on=date(2008, 11, 21))
    make_user("nuria@example.org", language="en")
    with time_machine.travel(clock, tick=False):
        browser = visitor()
        log_in(browser, "nuria@example.org")
        assert Person.objects.filter(key="P-nuria", user=None).exists() is not linked
        page = browser.get(LINK)
        if linked:
            assert page.status_code == 302
        else:
            assert "only for people of 18 or over" in page.content.decode()
            refused = browser.post(LINK, {"dni": "22222222J", "born_on": "2008-11-21"})
            assert refused.context["outcome"] == "too_young"
            assert Person.objects.filter(key="P-nuria", user=None).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_claims_at_once_one_wins(cast: Cast) -> None:
    """Both have decided that the person is free before either writes."""
    person = newcomer(cast)
    users = [make_user(f"claim{number}@example.org") for number in (1, 2)]
    gate = Barrier(2)
    outcomes: list[str] = []

    def claim(user: User) -> None:
        try:
            assert Person.objects.filter(pk=person.pk, user=None).exists()
            gate.wait(timeout=10)
            actions.link(user, person_id=person.pk, by=user)
            outcomes.append("linked")
        except actions.AlreadyLinked:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=claim, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(outcomes) == ["linked", "refused"]
    person.refresh_from_db()
    assert person.user in users
    assert OutgoingEmail.objects.filter(template="emails/account_linked").count() == 1


@pytest.mark.django_db
def test_one_account_is_one_person(cast: Cast) -> None:
    person = newcomer(cast)
    assert cast.ana.user is not None
    with pytest.raises(actions.AlreadyLinked):
        actions.link(cast.ana.user, person_id=person.pk, by=cast.ana.user)
    person.refresh_from_db()
    assert person.user is None


@pytest.mark.django_db
def test_who_is_not_logged_in_is_sent_to_log_in(visitor: Any) -> None:
    assert visitor().get(LINK)["Location"] == f"/accounts/login/?next={LINK}"
