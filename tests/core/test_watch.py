"""Who opens far more customers than calls can be answered is noted once an hour."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import transaction
from django.utils import translation

from core import audit
from core.models import AuditEntry
from core.staff.watch import MANY, watch
from tests.people import Cast

pytestmark = pytest.mark.django_db


def open_all(cast: Cast, *people: Any) -> None:
    for person in people:
        with transaction.atomic():
            audit.record("caller", by=cast.felix.user, subject=person)


def test_one_customer_too_many_is_one_row(cast: Cast, settings: Any) -> None:
    settings.STAFF_CUSTOMERS_AN_HOUR = 2
    open_all(cast, cast.ana.person, cast.ana.person, cast.bruno.person)
    assert watch(cast.felix.user) is None
    open_all(cast, cast.elena.person)
    entry = watch(cast.felix.user)
    assert entry is not None
    assert (entry.verb, entry.actor, entry.words) == (MANY, cast.felix.user, "3")
    assert watch(cast.felix.user) is None
    assert watch(cast.gema.user) is None


def test_the_page_of_a_caller_counts_and_who_sees_the_record_is_told(
    cast: Cast, log_in: Any, settings: Any
) -> None:
    settings.STAFF_CUSTOMERS_AN_HOUR = 1
    felix = log_in(cast.felix)
    for actor in (cast.ana, cast.bruno):
        assert felix.get(f"/admin/callers/{actor.person.pk}/").status_code == 200
    assert AuditEntry.objects.filter(verb=MANY).count() == 1
    with translation.override("es"):
        assert "felix@alborada.example" in str(felix.get("/admin/").context["notices"])
    cast.felix.user.groups.clear()
    cast.felix.user.user_permissions.add(Permission.objects.get(codename="view_person"))
    assert felix.get("/admin/").context["notices"] == []


def test_the_page_of_a_person_counts_too(cast: Cast, log_in: Any, settings: Any) -> None:
    settings.STAFF_CUSTOMERS_AN_HOUR = 1
    felix = log_in(cast.felix)
    people = [cast.ana.person, cast.ana.person, cast.bruno.person]
    for person in people:
        assert felix.get(f"/admin/accounts/person/{person.pk}/change/").status_code == 200  # type: ignore[union-attr]
    opened = AuditEntry.objects.filter(verb=audit.OPENED).order_by("seq")
    assert [(entry.actor, entry.subject) for entry in opened] == [
        (cast.felix.user, person) for person in people
    ]
    assert AuditEntry.objects.get(verb=MANY).words == "2"


def test_a_person_that_cannot_be_recorded_is_not_shown(
    cast: Cast, log_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the record is full")

    felix = log_in(cast.felix)
    felix.raise_request_exception = False
    monkeypatch.setattr(audit, "record", broken)
    answer = felix.get(f"/admin/accounts/person/{cast.ana.person.pk}/change/")
    assert (answer.status_code, b"12345678" in answer.content) == (500, False)
