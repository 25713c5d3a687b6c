"""A call in a real browser: who is it, their page, a reason, the words, an answer in her language."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from cases import canned_files
from cases.actions import send_message
from cases.lifecycle import Side
from core.models import AuditEntry
from portal.demo.people import CALL_CENTRE
from portal.management.commands.seed_demo import group
from servicing import actions as servicing
from tests.journeys.conftest import DESKTOP, PHONE, assert_accessible, say
from tests.journeys.test_certificate import as_actor
from tests.people import Cast

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("language", "size"), [("es", DESKTOP), ("ca", PHONE)])
def test_take_a_call(
    actors: Cast, open_page: Callable[..., Page], live_server: Any, language: str, size: Any
) -> None:
    t = say(language)
    felix, ana = actors.felix.user, actors.ana.user
    assert felix
    assert ana
    felix.groups.set([group(CALL_CENTRE)])
    felix.language = language
    felix.save()
    canned_files.load(settings.BRAND_DIR)
    case = servicing.ask(
        by=ana, language="es", topic="cards", question="¿Y mi tarjeta?", sent_key=uuid.uuid4()
    )
    send_message(case, by=ana, side=Side.CUSTOMER, body="Me la robaron ayer.")
    page = as_actor(open_page(language, size=size), actors.felix, live_server.url)

    # Given the first page, when Félix types the number as he hears it, it is a short list
    page.goto("/admin/")
    page.get_by_role("searchbox").fill("s1000001")
    page.get_by_role("searchbox").press("Enter")
    assert_accessible(page, preload=False)
    expect(page.get_by_role("main")).to_contain_text("Bruno Soto Gil")

    # When he chooses Ana, her page says how things stand, and health is closed
    page.get_by_role("link", name="Ana Ferrer Vidal").click()
    expect(page.get_by_role("main")).to_contain_text(case.reference)
    expect(page.get_by_role("main")).not_to_contain_text("12345678Z")
    expect(page.get_by_role("main")).not_to_contain_text("Me la robaron ayer.")
    assert_accessible(page, preload=False)
    page.get_by_role("button", name=t("Show it whole")).click()
    expect(page.get_by_role("main")).to_contain_text("12345678Z")
    assert_accessible(page, preload=False)

    # When he says why, the words are open to him, and Ana can read that he looked
    messages = page.get_by_role("region", name=t("Latest messages"))
    messages.get_by_role("link", name=t("Say why you need to read it")).click()
    assert_accessible(page, preload=False)
    page.locator("input[name=reason][value=call]").check()
    page.locator("form.staff-reason input[type=submit]").click()
    expect(messages).to_contain_text("Me la robaron ayer.")
    assert_accessible(page, preload=False)
    entries = AuditEntry.objects.filter(subject=actors.ana.person, actor=felix).order_by("seq")
    # The page was opened again after the reason.
    assert [entry.verb for entry in entries] == ["caller", "caller-identity", "read", "caller"]

    # When he answers with the team's words, they are in Ana's language and not in his
    page.goto(f"/admin/cases/case/{case.pk}/press/message/")
    page.locator("select[name=canned]").select_option("card-on-its-way")
    page.get_by_role("button", name=t("Insert")).click()
    expect(page.locator("textarea[name=body]")).to_have_value(
        f"Hemos pedido una tarjeta nueva. Llegará por correo a la dirección que tenemos de usted.\n\n"
        f"Mientras tanto puede usar el número de tarjeta que ve en la página de su póliza. Si no le llega, "
        f"llámenos al {settings.BRAND.helpline.display}."
    )
    assert_accessible(page, preload=False)
    page.get_by_role("button", name=t("Send a message"), exact=True).click()
    page.wait_for_url("**/change/")
    assert case.messages.filter(side=Side.STAFF).get().body.startswith("Hemos pedido una tarjeta nueva.")

    # The team's texts and the accounts to take over have pages of their own
    for address in ("cases/cannedtext/", "cases/cannedtext/add/", "servicing/bankaccountchange/"):
        page.goto(f"/admin/{address}")
        assert_accessible(page, preload=False)
