"""Until when money is not paid to an account that was just changed: a stolen session must not pay itself.

Nothing of the portal pays yet: the page of a caller shows the hold, and the file of changed accounts carries
it to the insurer's own systems, which pay. Whatever comes to pay out here (a reimbursement, a premium that is
given back) must ask `refunds_held_until` in the transaction in which it orders the transfer, and wait.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from policies.models import Policy
from servicing.models import BankAccountChange


def refunds_held_until(policy: Policy, *, at: datetime | None = None) -> datetime | None:
    """The moment from which refunds go to the account of `policy` again; None: they are not held.

    Whoever pays asks this first. The time is the promised term `svc.refund_hold`, as it was when the account
    was changed.
    """
    return holds([policy.pk], at=at).get(policy.pk)


def holds(policies: Iterable[int], *, at: datetime | None = None) -> dict[int, datetime]:
    """The same for many policies at once; those without a hold are not in it."""
    held = BankAccountChange.objects.in_effect().filter(
        case__policy__in=list(policies), refunds_from__gt=at or timezone.now()
    )
    return dict(held.order_by().values_list("case__policy").annotate(until=Max("refunds_from")))
