"""Rows for tests, made plainly: what a test is about is said in its call, the rest is filled in."""

from datetime import date
from decimal import Decimal
from itertools import count

from core.ages import today_in_madrid
from core.deadlines import add_days, add_months
from policies.models import Policy, PremiumReceipt

_numbers = count(1)


def make_receipt(policy: Policy, due_on: date, **fields: object) -> PremiumReceipt:
    """A receipt of a month, unpaid unless `paid_on` is given."""
    net = Decimal("80.00")
    values: dict[str, object] = {
        "number": f"R-{next(_numbers):07}",
        "policy": policy,
        "due_on": due_on,
        "period_from": due_on,
        "period_to": add_days(add_months(due_on, 1), -1),
        "net": net,
        "surcharge": Decimal("1.60"),
        "taxes": Decimal("2.72"),
        "total": Decimal("84.32"),
    }
    return PremiumReceipt.objects.create(**(values | fields))


def make_receipts(policy: Policy, *, months: int) -> list[PremiumReceipt]:
    """Paid receipts of the last `months` months, the latest due on the first of this month."""
    first_of_month = today_in_madrid().replace(day=1)
    dues = [add_months(first_of_month, -back) for back in reversed(range(months))]
    return [make_receipt(policy, due, paid_on=due) for due in dues]
