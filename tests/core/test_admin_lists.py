"""The admin's gate, its lists and its buttons, by the mails as an example."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.models import OutgoingEmail
from core.staff import staff_site
from tests.people import Cast

MAILS = "/admin/core/outgoingemail/"
Status = OutgoingEmail.Status


def make_mails(count: int, **fields: Any) -> list[OutgoingEmail]:
    values = {"template": "emails/x", "to": "ana@example.org", "language": "es", "subject": "Asunto"} | fields
    first = OutgoingEmail.objects.count()
    return OutgoingEmail.objects.bulk_create(
        OutgoingEmail(message_id=f"<{first + number}@x>", text="cuerpo", html="<p>cuerpo</p>", **values)
        for number in range(count)
    )


@pytest.fixture
def felix(cast: Cast, log_in: Any) -> Client:
    client = log_in(cast.felix)
    # The first page of a session also notes that it has begun.
    client.get("/admin/")
    return client


@pytest.fixture
def felix_in_charge(cast: Cast, felix: Client) -> Client:
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="change_outgoingemail"))
    return felix


def rows(response: Any) -> list[int]:
    return [row.pk for row in response.context["cl"].result_list]


# --- the gate ----------------------------------------------------------------------------------------


def every_list() -> list[str]:
    return [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in staff_site._registry
    ]


def test_what_the_staff_find() -> None:
    assert sorted(model._meta.model_name for model in staff_site._registry) == [
        "accountrequest",
        "auditentry",
        "bankaccountchange",
        "cannedtext",
        "case",
        "certificate",
        "cover",
        "edition",
        "limit",
        "loginalert",
        "outgoingemail",
        "person",
        "policy",
        "premiumreceipt",
        "product",
        "user",
    ]


def test_a_stranger_is_sent_to_our_own_log_in_and_back(client: Client, db: None) -> None:
    for address in ["/admin/", *every_list()]:
        response = client.get(address, follow=True)
        assert response.redirect_chain == [(f"/accounts/login/?next={address}", 302)]
        assert response.status_code == 200


def test_a_next_page_elsewhere_is_forgotten(client: Client, db: None) -> None:
    response = client.get("/admin/login/?next=https://evil.example/")
    assert response["Location"] == "/accounts/login/?next=/admin/"


@pytest.mark.parametrize("who", ["ana", "elena", "hugo"])
def test_for_a_customer_there_is_nothing(cast: Cast, log_in: Any, who: str) -> None:
    client = log_in(getattr(cast, who))
    addresses = ["/admin/", "/admin/login/", "/admin/jsi18n/", "/admin/nothing/", *every_list()]
    assert {client.get(address).status_code for address in addresses} == {404}
    assert (
        client.post("/admin/login/", {"username": "felix@alborada.example", "password": "x"}).status_code
        == 404
    )


def test_a_member_of_staff_who_is_shut_out_is_a_stranger(cast: Cast, felix: Client) -> None:
    cast.felix.user.is_active = False
    cast.felix.user.save()
    assert felix.get("/admin/").status_code == 302


def test_staff_see_only_the_kinds_of_row_they_have_a_permission_for(cast: Cast, felix: Client) -> None:
    cast.felix.user.groups.clear()
    assert {felix.get(address).status_code for address in every_list()} == {403}
    assert felix.get("/admin/").status_code == 200


def test_log_out_and_password_are_those_of_the_portal(felix: Client) -> None:
    assert felix.get("/admin/password_change/")["Location"] == "/accounts/password/change/"
    assert felix.post("/admin/logout/")["Location"] == "/accounts/logout/"
    assert felix.get("/admin/login/")["Location"] == "/admin/"


def test_the_first_page_asks_who_is_calling(felix: Client) -> None:
    html = felix.get("/admin/").content.decode()
    assert '<form class="staff-search" method="get" action="/admin/callers/" role="search">' in html
    assert "Alborada Seguros" in html
    assert '<html lang="es"' in html
    assert not re.search(r"<style|style=|onclick=|<script(?![^>]*src=)", html)


def test_nothing_can_be_added_changed_or_deleted(felix_in_charge: Client) -> None:
    (email,) = make_mails(1)
    for address in ("add/", f"{email.pk}/delete/"):
        assert felix_in_charge.post(MAILS + address, {"post": "yes"}).status_code == 403
    felix_in_charge.post(f"{MAILS}{email.pk}/change/", {"to": "other@example.org"})
    email.refresh_from_db()
    assert email.to == "ana@example.org"
    felix_in_charge.post(MAILS, {"action": "delete_selected", "_selected_action": [email.pk], "post": "yes"})
    assert OutgoingEmail.objects.count() == 1


# --- lists -------------------------------------------------------------------------------------------


def sql_of(client: Client, address: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in queries]


@pytest.mark.parametrize("address", every_list())
def test_a_list_counts_nothing_and_skips_nothing(felix: Client, address: str) -> None:
    make_mails(60)
    for query in (
        "",
        "?q=12345678Z",
        "?q=ferrer",
        "?q=S-1000001",
        "?q=ana@example.org",
        "?after=1",
        "?before=99",
    ):
        statements = sql_of(felix, address + query)
        # How many messages wait for the reader comes with the reader, and is of no list.
        assert [sql for sql in statements if "COUNT(*)" in sql.upper() or "OFFSET" in sql.upper()] == []


def test_pages_follow_one_another_without_gap_or_repetition(felix: Client) -> None:
    emails = make_mails(120)
    newest_first = [email.pk for email in reversed(emails)]
    first = felix.get(MAILS)
    second = felix.get(MAILS + first.context["cl"].next_url)
    third = felix.get(MAILS + second.context["cl"].next_url)
    assert [*rows(first), *rows(second), *rows(third)] == newest_first
    assert (first.context["cl"].previous_url, first.context["cl"].first_url) == ("", "")
    assert third.context["cl"].next_url == ""
    back = felix.get(MAILS + third.context["cl"].previous_url)
    assert rows(back) == rows(second)
    assert rows(felix.get(MAILS + back.context["cl"].previous_url)) == rows(first)
    assert felix.get(MAILS + rows_url(back)).context["cl"].previous_url == ""


def rows_url(response: Any) -> str:
    return response.context["cl"].first_url


def test_the_last_page_costs_as_many_rows_as_the_first(felix: Client) -> None:
    emails = make_mails(200)
    last = f"?after={emails[10].pk}"
    assert len(sql_of(felix, MAILS)) == len(sql_of(felix, MAILS + last))
    assert rows(felix.get(MAILS + last)) == [email.pk for email in reversed(emails[:10])]


@pytest.mark.parametrize(
    "cursor", ["after=x", "after=-1", "before=", "after=99999999999999999999", "after=²"]
)
def test_a_made_up_cursor_is_the_first_page(felix: Client, cursor: str) -> None:
    emails = make_mails(3)
    assert set(rows(felix.get(f"{MAILS}?{cursor}"))) == {email.pk for email in emails}


def test_a_page_link_keeps_the_search_and_a_search_forgets_the_page(felix: Client) -> None:
    make_mails(60)
    listed = felix.get(MAILS + "?q=ana@example.org&status__exact=queued").context["cl"]
    assert re.fullmatch(r"\?after=\d+&q=ana%40example.org&status__exact=queued", listed.next_url)
    html = felix.get(MAILS + listed.next_url).content.decode()
    assert '<input type="hidden" name="status__exact" value="queued">' in html
    assert 'name="after"' not in html


@pytest.mark.parametrize("query", ["text__contains=a", "html__startswith=x", "secret__exact=1", "to__gt=a"])
def test_the_address_can_ask_for_nothing_that_is_not_offered(felix: Client, query: str) -> None:
    make_mails(2)
    response = felix.get(f"{MAILS}?{query}")
    assert response.status_code == 400


def test_the_address_cannot_change_the_order(felix: Client) -> None:
    emails = make_mails(3)
    assert rows(felix.get(f"{MAILS}?o=1.-2&p=9&all=")) == [email.pk for email in reversed(emails)]


def test_the_texts_are_not_even_read(felix: Client) -> None:
    make_mails(1)
    assert [sql for sql in sql_of(felix, MAILS) if '"html"' in sql or '"text"' in sql] == []


def test_as_many_queries_for_three_rows_as_for_one(felix: Client) -> None:
    make_mails(1)
    one = len(sql_of(felix, MAILS))
    make_mails(2)
    assert len(sql_of(felix, MAILS)) == one


# --- one mail ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [True, False])
def test_the_text_of_a_mail_is_nobody_s_to_read(felix: Client, *, secret: bool) -> None:
    (email,) = make_mails(1, secret=secret, to="bruno@example.org")
    html = felix.get(f"{MAILS}{email.pk}/change/").content.decode()
    assert "bruno@example.org" in html
    assert "cuerpo" not in html + felix.get(MAILS).content.decode()


def test_a_mail_is_found_by_its_address_in_any_case(felix: Client) -> None:
    make_mails(1)
    (bruno,) = make_mails(1, to="bruno@example.org")
    assert rows(felix.get(MAILS, {"q": " Bruno@Example.org "})) == [bruno.pk]
    assert rows(felix.get(MAILS, {"to": "bruno@example.org"})) == [bruno.pk]
    assert rows(felix.get(MAILS, {"q": "bruno"})) == []


# --- buttons -----------------------------------------------------------------------------------------


def test_the_button_says_what_it_does_and_then_does_it(
    felix_in_charge: Client, mailoutbox: list[Any]
) -> None:
    (email,) = make_mails(1, status=Status.FAILED, attempts=12, error="550")
    page = f"{MAILS}{email.pk}/change/"
    press = f"{MAILS}{email.pk}/press/retry/"
    assert f'href="{press}"' in felix_in_charge.get(page).content.decode()
    asked = felix_in_charge.get(press)
    assert asked.status_code == 200
    email.refresh_from_db()
    assert email.status == Status.FAILED
    done = felix_in_charge.post(press)
    assert done["Location"] == page
    email.refresh_from_db()
    assert (email.status, len(mailoutbox)) == (Status.SENT, 1)
    assert LogEntry.objects.get().object_id == str(email.pk)
    assert LogEntry.objects.get().user.email == "felix@alborada.example"


def test_a_button_that_no_longer_applies_does_nothing(felix_in_charge: Client, mailoutbox: list[Any]) -> None:
    (email,) = make_mails(1, status=Status.SENT, sent_at=timezone.now())
    response = felix_in_charge.post(f"{MAILS}{email.pk}/press/retry/", follow=True)
    assert [str(message.level_tag) for message in response.context["messages"]] == ["warning"]
    assert mailoutbox == []
    assert f"{email.pk}/press/" not in felix_in_charge.get(f"{MAILS}{email.pk}/change/").content.decode()


@pytest.mark.parametrize(("address", "status"), [("retry/", 403), ("nothing/", 404)])
def test_who_may_only_look_may_not_press(felix: Client, address: str, status: int) -> None:
    (email,) = make_mails(1, status=Status.FAILED)
    assert felix.post(f"{MAILS}{email.pk}/press/{address}").status_code == status
    assert felix.post(f"{MAILS}999999/press/{address}").status_code == 404


def test_a_customer_presses_nothing(cast: Cast, log_in: Any) -> None:
    (email,) = make_mails(1, status=Status.FAILED)
    assert log_in(cast.ana).post(f"{MAILS}{email.pk}/press/retry/").status_code == 404
    email.refresh_from_db()
    assert email.status == Status.FAILED


def test_several_failed_mails_are_sent_again_at_once(felix_in_charge: Client, mailoutbox: list[Any]) -> None:
    failed = make_mails(2, status=Status.FAILED, attempts=12)
    (sent,) = make_mails(1, status=Status.SENT, sent_at=timezone.now())
    chosen = {"action": "retry_selected", "_selected_action": [row.pk for row in (*failed, sent)]}
    felix_in_charge.post(MAILS, chosen)
    assert len(mailoutbox) == 2
    assert LogEntry.objects.count() == 2


def test_who_may_only_look_has_no_action_in_the_list(felix: Client, mailoutbox: list[Any]) -> None:
    (email,) = make_mails(1, status=Status.FAILED)
    felix.post(MAILS, {"action": "retry_selected", "_selected_action": [email.pk]})
    assert mailoutbox == []
    assert "retry_selected" not in felix.get(MAILS).content.decode()
