"""All receipts of a policy, the newest first, by year, in pages that cost the same however many there are."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Max, Min, Q

from accounts.models import User
from core.ages import today_in_madrid
from core.prepared import Prepared, Slot
from policies.access import Level
from policies.models import PremiumReceipt
from policies.reading import RECEIPT_FIELDS, PolicyFacts, ReceiptLine, policy_of, receipt_line

SIZE = 25
FIRST_DAY, LAST_DAY, BEYOND = date.min, date.max, 2**62
LINES = Prepared(
    lambda: (
        PremiumReceipt.objects.filter(
            Q(due_on__lt=Slot("seen_on")) | Q(due_on=Slot("seen_on"), pk__lt=Slot("seen")),
            policy=Slot("policy"),
            due_on__gte=Slot("first"),
            due_on__lte=Slot("last"),
        )
        .order_by("-due_on", "-pk")
        .values(*RECEIPT_FIELDS)[: SIZE + 1]
    )
)
SPAN = Prepared(
    lambda: (
        PremiumReceipt.objects.filter(policy=Slot("policy"))
        .order_by("policy")
        .values("policy")
        .annotate(first=Min("due_on"), last=Max("due_on"))
    )
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
    seen_on, seen = LAST_DAY, BEYOND
    if before:
        last = (
            PremiumReceipt.objects.filter(policy=facts.pk, number=before).values_list("due_on", "pk").first()
        )
        if last is None:
            return None
        seen_on, seen = last
    rows = LINES.run(
        policy=facts.pk,
        seen_on=seen_on,
        seen=seen,
        first=date(year, 1, 1) if year else FIRST_DAY,
        last=date(year, 12, 31) if year else LAST_DAY,
    )
    span = next(iter(SPAN.run(policy=facts.pk)), None)
    lines = [receipt_line(row, today) for row in rows]
    shown = lines[:SIZE]
    return ReceiptsPage(
        facts=facts,
        lines=shown,
        years=list(range(span["last"].year, span["first"].year - 1, -1)) if span else [],
        year=year,
        before=before,
        older=shown[-1].number if len(lines) > SIZE else "",
    )
