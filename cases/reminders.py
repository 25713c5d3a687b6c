"""What the clocks tell by themselves: a mail before a day, a flag after it. Once each."""

import logging
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cases import clocks, emails
from cases.models import Deadline
from core.ages import today_in_madrid
from core.deadlines import MADRID, add_working_days

logger = logging.getLogger(__name__)

# Working days: of a reminder before the customer's day, and of amber in the queue before the insurer's.
SOON = 2
# Hours in Madrid between which a reminder leaves: no phone rings at night for a day that is two days off.
EARLIEST, LATEST = 8, 21


def soon(today: date | None = None) -> date:
    """The last day that is near."""
    return add_working_days(today or today_in_madrid(), SOON, clocks.calendar())


def is_daytime() -> bool:
    return EARLIEST <= datetime.now(MADRID).hour < LATEST


def to_remind(today: date | None = None) -> QuerySet[Deadline]:
    """The customer was asked on an earlier day, and theirs is near."""
    today = today or today_in_madrid()
    return _open().filter(
        term=clocks.CUSTOMER, starts_on__lt=today, due_on__range=(today, soon(today)), reminded_at=None
    )


def to_alarm(today: date | None = None) -> QuerySet[Deadline]:
    """Days that have passed, and nobody has said so yet."""
    return passed(today).filter(alarmed_at=None)


def passed(today: date | None = None) -> QuerySet[Deadline]:
    """Clocks of open requests that are over, the insurer's and the customer's."""
    return _open().filter(due_on__lt=today or today_in_madrid())


def remind(*, deadline_id: int) -> bool:
    """By day alone: at night it waits until the morning. A mail is all that it does; an alarm is none."""
    if not is_daytime():
        return False
    with transaction.atomic():
        deadline = _take(to_remind(), deadline_id)
        if deadline is None:
            return False
        deadline.reminded_at = timezone.now()
        deadline.save(update_fields=["reminded_at"])
        emails.case_reminder(deadline.case, deadline)
    return True


def alarm(*, deadline_id: int) -> bool:
    with transaction.atomic():
        deadline = _take(to_alarm(), deadline_id)
        if deadline is None:
            return False
        deadline.alarmed_at = timezone.now()
        deadline.save(update_fields=["alarmed_at"])
    logger.warning("deadline_passed", extra={"case": deadline.case.reference, "term": deadline.term})
    return True


def _open() -> QuerySet[Deadline]:
    return Deadline.objects.filter(met_on=None, case__closed_at=None).order_by("due_on", "pk")


def _take(rows: QuerySet[Deadline], deadline_id: int) -> Deadline | None:
    """Locked, so that two beats tell it once."""
    return rows.select_for_update(of=("self",), skip_locked=True).filter(pk=deadline_id).first()
