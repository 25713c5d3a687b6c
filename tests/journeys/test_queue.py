"""The staff's day in a real browser: take, ask for a paper, decide without a reason and with one."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from playwright.sync_api import Page, expect

from cases.models import Case
from tests.cases.kinds import WHY, in_days, make_case
from tests.journeys.conftest import DESKTOP, PHONE, assert_accessible, say
from tests.journeys.test_certificate import as_actor
from tests.people import Cast

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("language", "size"), [("es", DESKTOP), ("ca", PHONE)])
def test_take_ask_and_decide(
    actors: Cast, open_page: Callable[..., Page], live_server: Any, language: str, size: Any
) -> None:
    t = say(language)
    felix = actors.felix.user
    assert felix
    felix.user_permissions.add(Permission.objects.get(codename="change_case"))
    felix.language = language
    felix.save()
    case = make_case(actors.ana.user, "contact_data")
    page = as_actor(open_page(language, size=size), actors.felix, live_server.url)

    def press(label: str) -> None:
        page.get_by_role("link", name=t(label), exact=True).click()
        assert_accessible(page, preload=False)

    def confirm(label: str) -> None:
        page.get_by_role("button", name=t(label), exact=True).click()

    # Given a request in the queue, when Félix opens and takes it, it is in his hands
    page.goto("/admin/cases/case/")
    assert_accessible(page, preload=False)
    page.get_by_role("link", name=case.reference).click()
    assert_accessible(page, preload=False)
    press("Take")
    confirm("Take")
    expect(page.get_by_role("list").get_by_text(t("Take")).first).to_be_visible()
    case.refresh_from_db()
    assert (case.status, case.assigned_to) == ("in_review", felix)

    # When he asks for a paper, the ball is with Ana
    press("Ask for a paper")
    page.get_by_label(t("Paper"), exact=False).first.fill("Recibo")
    page.get_by_label(t("Why we need it")).fill("Dice de quién es la cuenta.")
    page.get_by_label(t("Example")).fill("Un recibo de la luz.")
    page.get_by_label(t("Who supplies it")).fill("La compañía de la luz")
    page.get_by_label(t("By") + ":", exact=True).fill(in_days(7).isoformat())
    confirm("Ask for a paper")
    page.wait_for_url("**/change/")
    expect(page.get_by_role("main")).not_to_contain_text("Recibo")

    # When he says why he needs to read it, it is open to him
    page.get_by_role("link", name=t("Say why you need to read it"), exact=True).first.click()
    page.locator("input[name=reason][value=request]").check()
    page.locator("form.staff-reason input[type=submit]").click()
    asked = page.get_by_role("region", name=t("Papers that were asked for"))
    expect(asked).to_contain_text("Recibo")
    expect(asked).to_contain_text("Un recibo de la luz.")
    case.refresh_from_db()
    assert case.status == "waiting"

    # When he refuses without a reason, the browser or the page stops him; nothing is decided
    press("Refuse")
    page.get_by_label(t("Reason code")).fill(WHY.code)
    page.get_by_label(t("Clause")).fill(WHY.clause)
    page.get_by_label(t("Explanation for the customer")).fill("   ")
    confirm("Refuse")
    expect(page.get_by_role("button", name=t("Refuse"), exact=True)).to_be_visible()
    assert_accessible(page, preload=False)
    assert Case.objects.get().outcome == ""

    # With all of it, the request is closed and says why
    page.get_by_label(t("Explanation for the customer")).fill(WHY.words)
    confirm("Refuse")
    expect(page.get_by_role("region", name=t("History"))).to_contain_text(WHY.words)
    assert_accessible(page, preload=False)
    case.refresh_from_db()
    assert (case.status, case.outcome, case.decided_by) == ("refused", "refused", felix)
