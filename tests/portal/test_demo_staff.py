"""The groups of the demo: every permission exists, and every button and table of a call works with them."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from cases.admin.buttons import buttons
from cases.models import Case
from portal.demo.people import CALL_CENTRE, MEDICAL_REVIEW, PERMISSIONS
from portal.management.commands.seed_demo import group
from tests.cases.kinds import make_case
from tests.people import Cast


@pytest.fixture
def felix(cast: Cast, log_in: Any) -> Client:
    cast.felix.user.groups.set([group(CALL_CENTRE)])
    return log_in(cast.felix)


@pytest.mark.parametrize("name", PERMISSIONS)
def test_every_permission_exists(db: None, name: str) -> None:
    given = group(name).permissions.values_list("content_type__app_label", "codename")
    assert {f"{app}.{codename}" for app, codename in given} == set(PERMISSIONS[name])


def test_an_older_group_is_brought_up_to_date(db: None) -> None:
    old = group(CALL_CENTRE)
    old.permissions.set(Permission.objects.filter(codename="delete_policy"))
    assert group(CALL_CENTRE).permissions.count() == len(PERMISSIONS[CALL_CENTRE])


def test_the_call_centre_has_the_desk(cast: Cast, felix: Client) -> None:
    page = felix.get(reverse("caller", args=[cast.ana.person.pk]))
    assert page.status_code == 200
    # Policies, two lists of requests, messages, mails, certificates, the front door; not the acts of care.
    assert len(page.context["panels"]) == 7


def test_every_button_of_a_request_opens(cast: Cast, felix: Client) -> None:
    cases = [make_case(cast.ana.user), make_case(cast.ana.user, "contact_data")]
    opened = [
        (
            felix.get(reverse("admin:cases_case_press", args=[case.pk, button.name])).status_code,
            button.clinical,
        )
        for case in cases
        for button in buttons()
        if button.offered(case)
    ]
    assert len(opened) >= 9
    # Where somebody's health may stand, it is asked first why.
    assert set(opened) == {(200, False), (302, True)}


def test_every_table_of_a_request_is_offered(cast: Cast, felix: Client) -> None:
    case = make_case(cast.ana.user, "contact_data")
    page = felix.get(reverse("admin:cases_case_change", args=[case.pk]))
    # Clocks, messages, papers, documents, history, and the change itself.
    assert len(page.context["panels"]) == 6
    assert Case.objects.get().pk == case.pk


@pytest.mark.parametrize(
    "name", ["cases_cannedtext_add", "servicing_bankaccountchange_changelist", "cases_case_changelist"]
)
def test_the_lists_of_the_desk_open(felix: Client, name: str) -> None:
    assert felix.get(reverse(f"admin:{name}")).status_code == 200


def test_acts_of_care_are_the_reviewers(cast: Cast, log_in: Any) -> None:
    cast.gema.user.groups.set([group(MEDICAL_REVIEW)])
    page = log_in(cast.gema).get(reverse("caller", args=[cast.ana.person.pk]))
    assert [bool(panel.ask_url) for panel in page.context["panels"]] == [False] * 7 + [True]


def test_who_looked_at_what_is_not_for_the_call_centre(cast: Cast, felix: Client) -> None:
    felix.get(reverse("caller", args=[cast.ana.person.pk]))
    assert felix.get(reverse("admin:core_auditentry_changelist")).status_code == 403
    page = felix.get(reverse("admin:accounts_person_change", args=[cast.ana.person.pk])).content.decode()
    assert reverse("admin:core_auditentry_changelist") not in page
    assert [name for name, given in PERMISSIONS.items() if "core.view_auditentry" in given] == []


def test_the_call_centre_may_help_somebody_in(cast: Cast, felix: Client) -> None:
    page = felix.get(reverse("caller", args=[cast.ana.person.pk]))
    assert len(page.context["buttons"]) == 3
