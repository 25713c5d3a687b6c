"""A change of contact data is shown once more, only what changes, on a page with an address of its own."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import TestCase
from django.urls import reverse
from django.utils import translation

from accounts.models import Person
from cases import copies, drafts
from cases.actions import make_move
from cases.lifecycle import Side
from cases.models import Case, Draft
from core.models import OutgoingEmail
from servicing.contact_data import ContactData, changes, changes_a_phone, in_groups
from servicing.models import ContactDataChange, Profile
from servicing.profile_actions import ChangeWaits, complete_profile, on_file
from tests.people import PASSWORD, Cast
from tests.policies.pages import words
from tests.servicing.accounts import give_password, refused
from tests.servicing.test_profile import ON_FILE, PROFILE, fill, send

pytestmark = pytest.mark.django_db
NEW = {"address": "Av. Diagonal 2", "postcode": "08002"}


@pytest.fixture
def elena(cast: Cast, client: Any) -> Iterator[Any]:
    """In English, a moment after her password."""
    assert cast.elena.user is not None
    cast.elena.user.language = "en"
    cast.elena.user.save()
    Person.objects.filter(key="P-elena").update(**ON_FILE)
    client.post("/accounts/login/", {"login": "X1234567L", "password": PASSWORD})
    with translation.override("en"):
        yield client


def typed_on(client: Any) -> dict[str, Any]:
    form = client.get(PROFILE).context["form"]
    return {name: form[name].value() for name in form.fields}


HOME = ContactData("600111222", "", "C. Mayor 1", "08001", "Barcelona")


@pytest.mark.parametrize(
    ("after", "expected", "phone"),
    [
        (HOME, [], False),
        (ContactData("+34 600 111 222", "", "C.  Mayor 1", "08001", "Barcelona "), [], False),
        (ContactData("0034600111222", "", "C. Mayor 1", "08001", "Barcelona"), [], False),
        (
            ContactData("600111223", "", "C. Mayor 1", "08001", "Barcelona"),
            [("Phone", "600 111 222", "600 111 223")],
            True,
        ),
        (
            ContactData("600111222", "+33 1 23", "C. Mayor 1", "08001", "Barcelona"),
            [("Second phone", "", "+33 1 23")],
            True,
        ),
        (
            ContactData("600111222", "", "C. Mayor 1", "08001", "Girona"),
            [("Address", "C. Mayor 1, 08001 Barcelona", "C. Mayor 1, 08001 Girona")],
            False,
        ),
    ],
)
def test_only_what_is_another_is_a_change(after: Any, expected: Any, phone: bool) -> None:
    with translation.override("en"):
        found = [(str(row.label), row.before, row.after) for row in changes(HOME, after)]
    assert (found, changes_a_phone(HOME, after)) == (expected, phone)


@pytest.mark.parametrize(
    ("phone", "read"),
    [
        ("600111222", "600 111 222"),
        ("+34600111222", "+34 600 111 222"),
        ("0034 93 311 12 22", "+34 933 111 222"),
        ("933111222", "933 111 222"),
        ("+33123456789", "+33123456789"),
        ("500111222", "500111222"),
        ("60011122", "60011122"),
        ("", ""),
    ],
)
def test_a_number_is_written_as_it_is_read_out(phone: str, read: str) -> None:
    assert in_groups(phone) == read


def test_what_changes_stands_beside_what_is_on_file(elena: Any) -> None:
    to_check = fill(elena, **NEW, reply_channel="phone")["Location"]
    assert Case.objects.count() == 0
    assert not Profile.objects.exists()
    # It can be opened again.
    for _time in range(2):
        page = words(elena.get(to_check))
        assert "Av. Diagonal 2, 08002 Barcelona Until now: C. Mayor 1, 08001 Barcelona" in page
        assert "By phone" in page
        assert "600111222" not in re.sub(r"\s", "", page)
        assert "password" not in page
    done = elena.post(to_check)
    assert done["Location"] == Case.objects.get().get_absolute_url()
    assert Profile.objects.get().reply_channel == "phone"
    page = words(elena.get(done["Location"]))
    assert "Thank you. We have received the change." in page
    assert "Until now: C. Mayor 1, 08001 Barcelona" in page
    assert Draft.objects.count() == 0


def test_language_and_channel_alone_need_no_second_page(elena: Any) -> None:
    answer = fill(elena, language="ca", reply_channel="phone")
    assert (answer["Location"], Case.objects.count()) == (reverse("home"), 0)
    assert Profile.objects.get().reply_channel == "phone"
    assert Draft.objects.count() == 0


def test_only_another_phone_asks_for_the_password(cast: Cast, log_in: Any) -> None:
    Person.objects.filter(key="P-elena").update(**ON_FILE)
    client = log_in(cast.elena)
    to_check = fill(client, phone="600 333 444", **NEW)["Location"]
    give_password(client, client.post(to_check))
    assert ContactDataChange.objects.get().phone == "600333444"
    make_move(Case.objects.get(), "withdraw", by=cast.elena.user, side=Side.CUSTOMER)
    assert send(log_in(cast.elena), **NEW)["Location"] == Case.objects.open().get().get_absolute_url()


def test_a_second_click_and_the_back_button_lead_to_the_request(elena: Any) -> None:
    to_check = fill(elena, **NEW)["Location"]
    first, second, back = elena.post(to_check), elena.post(to_check), elena.get(to_check)
    case = Case.objects.get()
    assert {page["Location"] for page in (first, second, back)} == {case.get_absolute_url()}
    assert OutgoingEmail.objects.count() == 1
    # Also once it is over.
    make_move(case, "accept", by=None, side=Side.STAFF)
    assert elena.get(to_check)["Location"] == case.get_absolute_url()


def test_nobody_else_finds_what_was_typed(elena: Any, cast: Cast, log_in: Any) -> None:
    to_check = fill(elena, **NEW)["Location"]
    page = log_in(cast.bruno).get(to_check)
    assert page["Location"] == PROFILE
    assert "Diagonal" not in log_in(cast.bruno).get(PROFILE).content.decode()


def test_the_form_of_a_change_that_is_over_may_be_sent_with_other_data(elena: Any) -> None:
    typed = typed_on(elena)
    for town in ("Girona", "Girona", "Lleida", "Lleida"):
        elena.post(elena.post(PROFILE, typed | {"town": town})["Location"])
        for case in Case.objects.open():
            make_move(case, "withdraw", by=case.asked_by, side=Side.CUSTOMER)
    sent = list(ContactDataChange.objects.order_by("case_id").values_list("town", flat=True))
    assert sent == ["Girona", "Lleida"]


def test_what_is_sent_is_what_was_on_the_screen(elena: Any) -> None:
    typed = typed_on(elena)
    to_check = elena.post(PROFILE, typed | NEW)["Location"]
    # The same form, open on another device, says something else meanwhile.
    elena.post(PROFILE, typed | {"town": "Lleida", "save": "by-itself"})
    told = elena.post(to_check, follow=True)
    assert "this is what you typed last" in words(told)
    assert "C. Mayor 1, 08001 Lleida" in words(told)
    assert Case.objects.count() == 0
    elena.post(told.redirect_chain[-1][0])
    assert ContactDataChange.objects.get().town == "Lleida"


def test_behind_the_back_button_there_is_no_form_that_was_refused(elena: Any) -> None:
    wrong = fill(elena, phone="12", **NEW)
    form = refused(elena, wrong).context["form"]
    right = {name: form[name].value() for name in form.fields} | {"phone": "600111222"}
    assert right["address"] == "Av. Diagonal 2"
    elena.post(elena.post(PROFILE, right)["Location"])
    make_move(Case.objects.get(), "accept", by=None, side=Side.STAFF)
    page = elena.get(wrong["Location"])
    assert (page.context["form"].is_bound, page.context["form"]["address"].value()) == (False, "C. Mayor 1")


def test_two_tabs_keep_what_each_has_typed(elena: Any) -> None:
    one, two = typed_on(elena), typed_on(elena)
    checks = [
        elena.post(PROFILE, form | {"town": town})["Location"]
        for form, town in ((one, "Girona"), (two, "Lleida"))
    ]
    elena.post(checks[0])
    assert ContactDataChange.objects.get().town == "Girona"


def test_what_the_insurer_has_put_on_file_meanwhile_is_no_change(elena: Any) -> None:
    to_check = fill(elena, **NEW)["Location"]
    Person.objects.filter(key="P-elena").update(**NEW)
    assert [elena.get(to_check)["Location"], elena.post(to_check)["Location"]] == [PROFILE, PROFILE]
    assert Case.objects.count() == 0


def test_sent_after_the_log_in_has_run_out_it_waits_on_the_page_that_shows_it(elena: Any) -> None:
    to_check = fill(elena, **NEW)["Location"]
    session = elena.session
    session["seen_at"] = session["form_at"] = 0
    session.save()
    over = elena.post(to_check)
    assert Case.objects.count() == 0
    assert over["Location"].startswith(reverse("account_login"))
    elena.post("/accounts/login/", {"login": "X1234567L", "password": PASSWORD})
    assert "Av. Diagonal 2" in words(elena.get(to_check))
    elena.post(to_check)
    assert Case.objects.count() == 1


# --- while one is on its way ----------------------------------------------------------------------


WAITS = "We are still looking at this change of your contact data"


def test_the_form_says_why_it_does_not_open(elena: Any) -> None:
    case_page = send(elena, **NEW)["Location"]
    elena.get(case_page)
    page = elena.get(PROFILE, follow=True)
    assert page.redirect_chain == [(case_page, 302)]
    assert WAITS in words(page)
    assert "Write to us on this page, or take the request back here and begin again." in words(page)
    # Once.
    assert WAITS not in words(elena.get(case_page))


def test_data_that_come_meanwhile_are_not_sent_and_that_is_said(elena: Any, cast: Cast) -> None:
    typed = typed_on(elena)
    # On another page, that began with the same draft.
    other = elena.post(PROFILE, typed_on(elena) | {"town": "Lleida"})["Location"]
    case_page = send(elena, **NEW)["Location"]
    elena.get(case_page)
    # All that was begun went with the sending.
    assert WAITS in words(elena.post(other, follow=True))
    page = elena.post(PROFILE, typed | {"town": "Girona", "language": "ca"}, follow=True)
    assert page.redirect_chain == [(case_page, 302)]
    assert WAITS in words(page)
    # What a script saves asks for no page, and is told nothing.
    assert elena.post(PROFILE, typed | {"town": "Girona", "save": "by-itself"}).status_code == 204
    assert WAITS not in words(elena.get(case_page))
    assert (Case.objects.count(), Draft.objects.count()) == (1, 0)
    assert cast.elena.user is not None
    cast.elena.user.refresh_from_db()
    assert cast.elena.user.language == "en"


def test_what_waits_behind_another_change_is_said_and_kept(elena: Any, cast: Cast) -> None:
    send(elena, **NEW)
    drafts.save(
        cast.elena.user, "contact_data", {"town": "Lleida"}, form_key="00000000-0000-0000-0000-000000000007"
    )  # fmt: skip
    check = reverse("servicing:profile_check", args=["00000000-0000-0000-0000-000000000007", "seen"])
    assert WAITS in words(elena.post(check, follow=True))
    assert Draft.objects.count() == 1


def test_a_second_change_is_refused_below_the_pages(elena: Any, cast: Cast) -> None:
    send(elena, **NEW)
    change = ContactDataChange.objects.get()
    given = {"by": cast.elena.user, "person": cast.elena.person, "language": "es", "reply_channel": "phone"}
    known = on_file(Person.objects.get(key="P-elena"))
    same = ContactData(known.phone, "", change.address, change.postcode, change.town)
    person = Person.objects.get(key="P-elena")
    given["person"] = person
    assert complete_profile(**given, data=same, sent_key=change.case.sent_key) == change.case
    other = ContactData(known.phone, "", "Elsewhere 1", "25001", "Lleida")
    with pytest.raises(ChangeWaits):
        complete_profile(**given, data=other, sent_key=change.case.sent_key)
    assert Profile.objects.get().reply_channel == "email"


# --- who is told, and what is kept ----------------------------------------------------------------


def test_both_addresses_are_told_each_in_its_language_and_neither_the_data(elena: Any) -> None:
    Person.objects.filter(key="P-elena").update(email="elena.en.casa@example.org", language="ca")
    send(elena, phone="600333444", **NEW)
    case = Case.objects.get()
    mails = list(OutgoingEmail.objects.order_by("pk"))
    assert [(mail.to, mail.language, mail.template) for mail in mails] == [
        ("elena@example.org", "en", "emails/contact_data_asked"),
        ("elena.en.casa@example.org", "ca", "emails/contact_data_asked"),
    ]
    for mail in mails:
        for text in (mail.subject + mail.text, mail.html):
            assert case.get_absolute_url() in text
            assert case.reference in text
            for data in ("600333444", "600111222", "Diagonal", "Mayor", "08002"):
                assert data not in re.sub(r"\s", "", text)
    assert "If it was not you, call us at once" in mails[0].text


@pytest.mark.parametrize("on_file_too", ["", "Elena@Example.org"])
def test_one_address_gets_one_mail(elena: Any, on_file_too: str) -> None:
    Person.objects.filter(key="P-elena").update(email=on_file_too)
    send(elena, **NEW)
    assert [mail.to for mail in OutgoingEmail.objects.all()] == ["elena@example.org"]


def test_the_copy_says_what_was_on_file_and_what_is_new(
    elena: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Any] = []

    def draw(template: str, context: dict[str, Any], *, language: str) -> bytes:
        with translation.override(language):
            said.extend((str(row.label), str(row.value)) for row in context["answers"])
        return b"%PDF"

    monkeypatch.setattr("core.pdf.render_pdf", draw)
    send(elena, phone="600333444", second_phone="600555666")
    # The file changes; the copy still says what it was then.
    Person.objects.filter(key="P-elena").update(phone="600333444")
    assert cast.elena.user is not None
    cast.elena.user.refresh_from_db()
    with TestCase.captureOnCommitCallbacks(execute=True):
        copies.ask(case=Case.objects.get(), by=cast.elena.user)
    assert said == [
        ("Phone", "Until now: 600 111 222\nFrom now on: 600 333 444"),
        ("Second phone", "600 555 666"),
    ]


def test_a_change_of_before_we_kept_what_was_on_file(elena: Any) -> None:
    send(elena, **NEW)
    ContactDataChange.objects.update(replaces={})
    page = words(elena.get(Case.objects.get().get_absolute_url()))
    assert "Phone 600 111 222 Address Av. Diagonal 2, 08002 Barcelona" in page
    assert "Until now" not in page
