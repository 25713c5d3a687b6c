"""The account that pays: who may change it, the form, the password, two tabs, and what nobody sees."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from cases import drafts
from cases.models import Case, CaseEvent, Draft
from core.ages import today_in_madrid
from core.models import OutgoingEmail
from core.staff import staff_site
from policies.models import Mandate
from servicing.bank_account import (
    AccountChangedMeanwhile,
    NotTheHolder,
    account_mark,
    in_groups,
)
from servicing.models import BankAccountChange
from tests.people import PASSWORD, enter
from tests.policies.pages import words
from tests.servicing.accounts import (
    GERMAN,
    NEW,
    OLD,
    address,
    answers,
    change,
    change_on_pages,
    fill,
    give_password,
    refused,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.mark.parametrize(
    ("iban", "said"),
    [
        ("", "Write the IBAN"),
        ("   ", "Write the IBAN"),
        ("2100 0418 4502 0005 1332", "not how an IBAN is written"),
        ("ES91 2100 0418 4502 0005 133", "has 24 characters; this one has 23"),
        ("my account", "not how an IBAN is written"),
        ("BR15 0000 0000 0000 1093 2840 814P 2", "SEPA area"),
        ("US64 SVBK US6S 3300 9586 79", "SEPA area"),
        ("ES92 2100 0418 4502 0005 1332", "check digits do not fit"),
        ("DE88 3704 0044 0532 0130 00", "check digits do not fit"),
        ("ES29 2100 0418 4602 0005 1332", "control digits of the account"),
        (OLD, "charged to this account already"),
        ("es91-2100-0418-4502-0005-1332", "charged to this account already"),
    ],
)
def test_a_wrong_iban_is_refused_in_words(cast, log_in, old, iban, said):
    client = log_in(cast.ana)
    page = refused(client, fill(client, cast.health, iban=iban))
    [error] = page.context["form"].errors["iban"]
    assert said in error
    # What was typed is kept, and the summary leads to the field.
    assert page.context["form"]["iban"].value() == iban
    assert 'href="#id_iban"' in page.content.decode()
    assert Case.objects.count() == 0


@pytest.mark.parametrize(
    "iban",
    [
        "ES79 2100 0813 6101 2345 6789",
        "iban es79 2100 0813 6101 2345 6789",
        "DE89 3704 0044 0532 0130 00",
        "FR14 2004 1010 0505 0001 3M02 606",
        "NO93 8601 1117 947",
        "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
        "CH93 0076 2011 6238 5295 7",
        "GB29 NWBK 6016 1331 9268 19",
    ],
)
def test_any_account_of_sepa_is_taken(cast, log_in, old, iban):
    page = fill(log_in(cast.ana), cast.health, iban=iban)
    assert page.status_code == 302


def test_the_owner_must_agree_and_have_a_name(cast, log_in, old):
    client = log_in(cast.ana)
    page = refused(client, fill(client, cast.health, owner_agrees="", account_owner=" "))
    assert set(page.context["form"].errors) == {"owner_agrees", "account_owner"}


def test_behind_the_back_button_there_is_no_form_that_was_refused(cast, log_in, old, plain):
    client = log_in(cast.ana)
    wrong = client.post(address(cast.health), answers(client.get(address(cast.health)), iban="ES00 1"))
    form = refused(client, wrong).context["form"]
    assert (form["iban"].value(), form["owner_agrees"].value()) == ("ES00 1", True)
    # The address names no account, and the database does not tell it.
    assert "ES00" not in wrong.url + str(Draft.objects.get().data)
    assert log_in(cast.bruno).get(wrong.url).status_code == 404
    client = log_in(cast.ana)
    right = {name: form[name].value() for name in form.fields} | {"iban": NEW}
    to_check = client.post(address(cast.health), right)
    give_password(client, client.post(to_check.url))
    page = client.get(wrong.url)
    assert (page.context["form"].is_bound, page.context["form"]["iban"].value()) == (False, None)


@pytest.mark.parametrize("who", ["bruno", "elena", "hugo", "felix"])
def test_only_the_holder(cast, log_in, old, who):
    client = log_in(getattr(cast, who))
    sent_key = uuid4()
    check = reverse("servicing:account_check", args=[cast.health.reference, sent_key, "seen"])
    assert [client.get(address(cast.health)).status_code, client.get(check).status_code] == [404, 404]
    assert client.post(address(cast.health), {"iban": NEW}).status_code == 404
    assert client.post(check).status_code == 404
    with pytest.raises(NotTheHolder):
        change(cast, getattr(cast, who))
    assert Case.objects.count() == 0


def test_a_policy_that_has_ended_has_no_account_to_change(cast, log_in, old):
    cast.health.ends_on = today_in_madrid() - timedelta(days=1)
    cast.health.save()
    client = log_in(cast.ana)
    assert client.get(address(cast.health)).status_code == 404
    assert "Change the bank account" not in words(client.get(cast.health.get_absolute_url()))
    with pytest.raises(NotTheHolder):
        change(cast)


def test_the_policy_page_leads_the_holder_there_and_nobody_else(cast, client, old):
    for actor, offered in [(cast.ana, True), (cast.bruno, False)]:
        client.force_login(actor.user)
        page = client.get(cast.health.get_absolute_url())
        assert (address(cast.health) in page.content.decode()) is offered


def test_the_password_is_asked_and_then_it_is_done(cast, log_in, old, plain):
    client = log_in(cast.ana)
    to_check = fill(client, cast.health)
    page = client.get(to_check.url)
    assert "ES79 •••• 6789" in words(page)
    assert "72 hours" in words(page)
    asked = client.post(to_check.url)
    assert Case.objects.count() == 0
    done = give_password(client, asked)
    case = Case.objects.get()
    assert (done.status_code, done.url) == (302, case.get_absolute_url())

    found = case.bank_account_change
    assert (found.iban, found.replaces, found.account_owner) == (NEW, OLD, "Ana Ferrer Vidal")
    assert found.mandate_reference == case.reference
    assert (case.status, case.outcome, case.decided_by) == ("done", "accepted", cast.ana.user)
    assert list(CaseEvent.objects.values_list("move", "side", "by")) == [
        ("open", "customer", cast.ana.user.pk),
        ("accept", "system", cast.ana.user.pk),
    ]
    page = words(client.get(case.get_absolute_url()))
    assert "ES79 •••• 6789" in page
    assert "ES91 •••• 1332" in page
    assert "Download the mandate (PDF)" in page


def test_a_password_of_five_minutes_ago_is_not_enough(cast, log_in, old, plain):
    client = log_in(cast.ana)
    now = datetime.now(UTC)
    with time_machine.travel(now, tick=False):
        change_on_pages(client, cast.health)
    with time_machine.travel(now + timedelta(seconds=290), tick=False):
        again = client.post(fill(client, cast.health, iban=GERMAN).url)
        assert again.url == Case.objects.first().get_absolute_url()
    with time_machine.travel(now + timedelta(seconds=310), tick=False):
        third = client.post(fill(client, cast.health, iban=NEW).url)
        assert third.url.startswith(reverse("account_reauthenticate"))
    assert Case.objects.count() == 2


def test_the_same_form_twice_is_one_change(cast, log_in, old, plain):
    client = log_in(cast.ana)
    to_check = fill(client, cast.health)
    first = give_password(client, client.post(to_check.url))
    second, back = client.post(to_check.url), client.get(to_check.url)
    assert {first.url, second.url, back.url} == {Case.objects.get().get_absolute_url()}
    assert OutgoingEmail.objects.filter(template="emails/bank_account_changed").count() == 1
    assert Mandate.objects.filter(policy=cast.health).count() == 2


def test_the_same_key_below_the_pages_is_one_change(cast, old, plain):
    key, mark = uuid4(), account_mark(cast.health.pk, old)
    assert change(cast, sent_key=key, replaces=mark) == change(cast, sent_key=key, replaces=mark)
    assert (Case.objects.count(), OutgoingEmail.objects.count()) == (1, 1)


def test_answers_that_are_gone_lead_back_to_the_form(cast, log_in, old):
    client = log_in(cast.ana)
    page = client.get(reverse("servicing:account_check", args=[cast.health.reference, uuid4(), "seen"]))
    assert (page.status_code, page.url) == (302, address(cast.health))


ATTEMPTS = ("bank_account_changed", "bank_account_changed_meanwhile", "account_change_stale")


def test_the_second_of_two_tabs_is_told(cast, log_in, old, plain, logs):
    client = log_in(cast.ana)
    first, second, third = (client.get(address(cast.health)) for _ in range(3))
    checked = [
        client.post(address(cast.health), answers(page, iban=iban)).url
        for page, iban in [(first, NEW), (second, GERMAN)]
    ]
    give_password(client, client.post(checked[0]))
    late = client.post(checked[1])
    # Also the tab that is only now filled in.
    later = client.post(address(cast.health), answers(third, iban=GERMAN))
    for page in (late, later):
        assert page.status_code == 409
        assert "was changed meanwhile" in words(page)
        assert "ES79 •••• 6789" in words(page)
    # Each attempt leaves its line, that which was done and those that came too late.
    told = [record for record in logs if record.msg in ATTEMPTS]
    assert [record.msg for record in told] == list(ATTEMPTS)
    assert [(record.policy, record.by) for record in told] == [(cast.health.pk, cast.ana.user.pk)] * 3
    assert [iban for iban in (NEW, GERMAN, OLD) if iban in repr([record.__dict__ for record in told])] == []
    assert BankAccountChange.objects.get().iban == NEW
    assert OutgoingEmail.objects.count() == 1


def test_two_tabs_do_not_mix_their_answers(cast, log_in, old, plain):
    client = log_in(cast.ana)
    pages = [client.get(address(cast.health)) for _tab in range(2)]
    first, _second = (
        client.post(address(cast.health), answers(page, iban=iban))
        for page, iban in zip(pages, (NEW, GERMAN), strict=True)
    )
    give_password(client, client.post(first.url))
    assert BankAccountChange.objects.get().iban == NEW


def test_a_stale_mark_is_refused_below_the_pages(cast, old, plain):
    with pytest.raises(AccountChangedMeanwhile):
        change(cast, replaces=account_mark(cast.health.pk, None))
    assert Case.objects.count() == 0


def test_the_iban_is_nowhere_in_full(cast, log_in, client, old, plain, logs):
    client = log_in(cast.ana)
    to_check = fill(client, cast.health)
    pages = [client.get(to_check.url), client.post(to_check.url)]
    pages.append(give_password(client, pages[-1]))
    case = Case.objects.get()
    for url in (case.get_absolute_url(), address(cast.health), cast.health.get_absolute_url()):
        pages.append(client.get(url))
    pages.append(client.get(reverse("cases:list")))
    enter(client, cast.felix.user)
    pages.append(client.get(reverse("admin:policies_policy_change", args=[cast.health.pk])))
    pages += [client.get(url) for url in admin_pages_of(case)]
    assert [page.status_code for page in pages[3:]] == [200] * len(pages[3:])
    texts = [page.content.decode() for page in pages]
    texts += [mail.subject + mail.text + mail.html for mail in OutgoingEmail.objects.all()]
    assert "bank_account_changed" in [record.msg for record in logs]
    texts += [repr(record.__dict__) for record in logs]
    for iban in (OLD, NEW):
        for written in (iban, iban[4:], in_groups(iban)):
            assert [text[:80] for text in texts if written in text] == []


def admin_pages_of(case):
    return [reverse("admin:cases_case_change", args=[case.pk])] if Case in staff_site._registry else []


# --- begun and not sent ---------------------------------------------------------------------------


def half(page, **changes):
    return answers(page, iban="ES79 2100 08", account_owner="Ana F", owner_agrees="") | changes


def test_half_typed_it_waits_on_home_sealed(cast, log_in, old):
    client = log_in(cast.ana)
    page = client.get(address(cast.health))
    assert client.post(address(cast.health), half(page, save="1")).url == reverse("home")
    home = words(client.get(reverse("home")))
    assert f"· {cast.health.number}" in home
    assert "2100" not in home
    draft = Draft.objects.get()
    assert "2100" not in str(draft.data)
    form = client.get(address(cast.health)).context["form"]
    assert (form["iban"].value(), form["account_owner"].value()) == ("ES79 2100 08", "Ana F")
    # Sealed to this row: pasted into another one it says nothing.
    other = drafts.save(cast.bruno.user, "bank_account", {"iban": "x"}, place="POL-X")
    other.data = draft.data
    other.save()
    assert drafts.load(cast.bruno.user, "bank_account", place="POL-X")["iban"] == ""
    client.post(reverse("cases:draft_discard", args=["bank_account"]), {"place": cast.health.reference})
    assert not Draft.objects.filter(user=cast.ana.user).exists()


def test_saved_by_itself_it_outlives_the_session(cast, log_in, old):
    client = log_in(cast.ana)
    page = client.get(address(cast.health))
    saved = client.post(address(cast.health), half(page, save="by-itself"))
    assert (saved.status_code, saved.content) == (204, b"")
    session = client.session
    session["seen_at"] = session["form_at"] = 0
    session.save()
    over = client.post(address(cast.health), half(page))
    assert parse_qs(urlsplit(over.url).query)["next"] == [address(cast.health)]
    again = client.post(
        over.url, {"login": cast.ana.email, "password": PASSWORD, "next": address(cast.health)}, follow=True
    )
    assert again.redirect_chain[-1][0] == address(cast.health)
    assert again.context["form"]["iban"].value() == "ES79 2100 08"


@pytest.mark.parametrize("referer", ["", "https://elsewhere.example/x", "//elsewhere.example"])
def test_a_page_elsewhere_is_not_where_the_form_stood(cast, log_in, referer):
    client = log_in(cast.ana)
    session = client.session
    session["seen_at"] = 0
    session.save()
    # Of a form that nobody keeps.
    over = client.post(reverse("servicing:profile_later"), headers={"Referer": referer})
    assert parse_qs(urlsplit(over.url).query)["next"] == [reverse("home")]


def test_the_draft_ends_with_the_sending_and_a_late_tab_does_not_bring_it_back(cast, log_in, old, plain):
    client = log_in(cast.ana)
    page = client.get(address(cast.health))
    to_check = client.post(address(cast.health), answers(page))
    assert Draft.objects.count() == 1
    assert NEW not in str(client.session.items())
    give_password(client, client.post(to_check.url))
    assert Draft.objects.count() == 0
    client.post(address(cast.health), answers(page, save="by-itself"))
    assert Draft.objects.count() == 0


def test_what_is_sent_is_what_was_on_the_screen(cast, log_in, old, plain):
    client = log_in(cast.ana)
    page = client.get(address(cast.health))
    to_check = client.post(address(cast.health), answers(page))
    # The same draft, open on another device, says something else meanwhile.
    client.post(address(cast.health), answers(page, iban=GERMAN, save="by-itself"))
    told = client.post(to_check.url, follow=True)
    assert "this is what you typed last" in words(told)
    assert "DE89 •••• 3000" in words(told)
    assert Case.objects.count() == 0
    give_password(client, client.post(told.redirect_chain[-1][0]))
    assert BankAccountChange.objects.get().iban == GERMAN
