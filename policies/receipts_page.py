"""All receipts of a policy, the newest first, by year, in pages that cost the same however many there are."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Max, Min, Q

from accounts.models import User
from core.ages import today_in_madrid
from policies.access import Level
from policies.models import PremiumReceipt
from policies.reading import RECEIPT_FIELDS, PolicyFacts, ReceiptLine, policy_of, receipt_line

SIZE = 25
# Put together once, as in reading.py.
LINES = PremiumReceipt.objects.order_by("-due_on", "-pk").values(*RECEIPT_FIELDS)
SPAN = (
    PremiumReceipt.objects.values("policy")
    .annotate(first=Min("due_on"), last=Max("due_on"))
    .order_by("policy")
)


@dataclass(frozen=True)
class ReceiptsPage:
    facts: PolicyFacts
    lines: list[ReceiptLine]
    years: list[int]
    year: int | None
    before: str
    # The number of the last receipt shown, if there are older ones.
    older: str


def receipts_page(
    user: User, reference: str, *, year: int | None = None, before: str = "", today: date | None = None
) -> ReceiptsPage | None:
    """None if the reader may not see the amounts of this policy, or `before` is not a receipt of it."""
    today = today or today_in_madrid()
    facts = policy_of(user, reference, level=Level.AMOUNTS)
    if facts is None:
        return None
    rows = LINES.filter(policy=facts.pk)
    span = SPAN.filter(policy=facts.pk).first()
    if year is not None:
        rows = rows.filter(due_on__gte=date(year, 1, 1), due_on__lte=date(year, 12, 31))
    if before:
        seen = (
            PremiumReceipt.objects.filter(policy=facts.pk, number=before).values_list("due_on", "pk").first()
        )
        if seen is None:
            return None
        rows = rows.filter(Q(due_on__lt=seen[0]) | Q(due_on=seen[0], pk__lt=seen[1]))
    lines = [receipt_line(row, today) for row in rows[: SIZE + 1]]
    shown = lines[:SIZE]
    return ReceiptsPage(
        facts=facts,
        lines=shown,
        years=list(range(span["last"].year, span["first"].year - 1, -1)) if span else [],
        year=year,
        before=before,
        older=shown[-1].number if len(lines) > SIZE else "",
    )
