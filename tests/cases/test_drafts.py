"""What somebody has begun to write: theirs alone, for 30 days."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import drafts, tasks_drafts
from cases.models import Draft
from servicing.kinds import BANK_ACCOUNT, ENQUIRY
from tests.people import Cast

pytestmark = pytest.mark.django_db


def test_a_draft_lives_30_days_and_is_one_person_s(cast: Cast) -> None:
    drafts.save(cast.ana.user, ENQUIRY.code, {"question": "Where"})
    drafts.save(cast.ana.user, ENQUIRY.code, {"question": "Where is it?"})
    assert drafts.load(cast.ana.user, ENQUIRY.code) == {"question": "Where is it?"}
    assert drafts.load(cast.ana.user, BANK_ACCOUNT.code) == {}
    assert drafts.load(cast.bruno.user, ENQUIRY.code) == {}
    begun = drafts.begun(cast.ana.user)
    assert [(row.kind, row.url) for row in begun] == [(ENQUIRY.code, reverse("servicing:ask"))]
    assert begun[0].dies_at - begun[0].saved_at == timedelta(days=30)


@pytest.mark.parametrize(("days", "left"), [(29, 1), (30, 0), (31, 0)])
def test_old_drafts_are_forgotten(cast: Cast, days: int, left: int) -> None:
    drafts.save(cast.ana.user, ENQUIRY.code, {"question": "Where"})
    Draft.objects.update(saved_at=timezone.now() - timedelta(days=days))
    assert bool(drafts.load(cast.ana.user, ENQUIRY.code)) == bool(left)
    assert len(drafts.begun(cast.ana.user)) == left
    tasks_drafts.forget_old_drafts()
    assert Draft.objects.count() == left
