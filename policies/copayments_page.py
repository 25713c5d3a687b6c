"""The copayments of a policy by year: a sum for each person, and line by line what the reader may know."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum
from django.db.models.functions import ExtractYear

from accounts.models import User
from core.ages import today_in_madrid
from policies.access import Level
from policies.models import Copayment, Product
from policies.reading import Member, PolicyFacts, members_of, policy_of

SIZE = 25
LINE_FIELDS = ("key", "insured_id", "used_on", "act", "provider", "amount")


@dataclass(frozen=True)
class CopaymentRow:
    key: str
    name: str
    used_on: date
    act: str
    provider: str
    amount: Decimal


@dataclass(frozen=True)
class PersonTotal:
    member: Member
    total: Decimal


@dataclass(frozen=True)
class CopaymentsPage:
    facts: PolicyFacts
    year: int
    years: list[int]
    totals: list[PersonTotal]
    lines: list[CopaymentRow]
    # Whose care the reader may not know has a sum and no lines.
    only_sums: list[Member]
    before: str
    # The key of the last line shown, if there are older ones in this year.
    older: str

    @property
    def total(self) -> Decimal:
        return sum((item.total for item in self.totals), Decimal())


def copayments_page(
    user: User, reference: str, *, year: int | None = None, before: str = "", today: date | None = None
) -> CopaymentsPage | None:
    """None for who may not see this policy, a product without copayments, or `before` that is not there."""
    today = today or today_in_madrid()
    facts = policy_of(user, reference)
    if facts is None or facts.kind != Product.Kind.HEALTH:
        return None
    members = members_of(user, [facts.pk], today)[facts.pk]
    sums = _sums(user, facts)
    year = year or today.year
    clinical = Copayment.objects.visible_to(user, Level.CLINICAL).filter(
        insured__policy=facts.pk, used_on__gte=date(year, 1, 1), used_on__lte=date(year, 12, 31)
    )
    rows = clinical.order_by("-used_on", "-pk")
    if before:
        seen = clinical.filter(key=before).values_list("used_on", "pk").first()
        if seen is None:
            return None
        rows = rows.filter(Q(used_on__lt=seen[0]) | Q(used_on=seen[0], pk__lt=seen[1]))
    names = {member.pk: member.first_name for member in members}
    lines = [
        CopaymentRow(
            row["key"], names[row["insured_id"]], row["used_on"], row["act"], row["provider"], row["amount"]
        )
        for row in rows.values(*LINE_FIELDS)[: SIZE + 1]
    ]
    shown = lines[:SIZE]
    totals = [PersonTotal(member, sums[year][member.pk]) for member in members if member.pk in sums[year]]
    told = set(clinical.values_list("insured_id", flat=True).distinct()) if totals else set()
    return CopaymentsPage(
        facts=facts,
        year=year,
        years=sorted({*sums, today.year, year}, reverse=True),
        totals=totals,
        lines=shown,
        only_sums=[item.member for item in totals if item.member.pk not in told],
        before=before,
        older=shown[-1].key if len(lines) > SIZE else "",
    )


def _sums(user: User, facts: PolicyFacts) -> dict[int, dict[int, Decimal]]:
    """By year and insured person."""
    rows = (
        Copayment.objects.visible_to(user, Level.AMOUNTS)
        .filter(insured__policy=facts.pk)
        .annotate(year=ExtractYear("used_on"))
        .values_list("year", "insured_id")
        .annotate(total=Sum("amount"))
        .order_by("year", "insured_id")
    )
    found: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for year, insured, total in rows:
        found[year][insured] = total
    return found
