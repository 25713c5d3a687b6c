"""The page of one policy: everything that this reader may see of it, and nothing else."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, F, Q, Sum, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.ages import today_in_madrid
from policies.conditions import Conditions, CoverText, conditions_of
from policies.coverage import CoverRow, Group, groups
from policies.models import Certificate, Copayment, InsuredCover, Policy, Product
from policies.payment_words import Situation
from policies.reading import (
    Member,
    PolicyFacts,
    ReceiptLine,
    deciding_receipts,
    facts_of,
    members_of,
    next_receipt,
    receipt_line,
    situation,
)

LATEST = 3
LATEST_COPAYMENTS = 5
TRAVEL = "travel"

Modality = Policy.Modality
MODALITIES = {
    Modality.SEMI_NATURAL: _(
        "Every five years the premium is calculated anew, by the age reached then. In the years between it "
        "only rises by the percentage of revaluation of your policy."
    ),
    # PRM-11.
    Modality.LEVELLED: _(
        "The premium does not rise because you grow older. Levelled does not mean that it stays the same: "
        "every year it rises by the percentage of revaluation of your policy."
    ),
    Modality.RENEWABLE: _(
        "Every year the premium is calculated anew, by the age reached, and so it rises with age."
    ),
    Modality.SINGLE: _("The premium is paid once, for life. The insured sum still grows every year."),
    Modality.ANNUAL: _("The premium is set for one year. Before each renewal we tell you the new one."),
}


@dataclass(frozen=True)
class CoverView:
    text: CoverText
    groups: Sequence[Group]


@dataclass(frozen=True)
class CopaymentLine:
    used_on: date
    act: str
    provider: str
    amount: Decimal


@dataclass(frozen=True)
class CopaymentTotal:
    """What one person's care cost this year; the lines only for who may see what care it was."""

    member: Member
    total: Decimal
    lines: list[CopaymentLine]


@dataclass(frozen=True)
class PolicyPage:
    facts: PolicyFacts
    situation: Situation
    members: list[Member]
    conditions: Conditions
    covers: list[CoverView]
    covers_are_past: bool
    receipts: list[ReceiptLine]
    next_receipt: ReceiptLine | None
    copayments: list[CopaymentTotal]
    certificates: list[Certificate]
    may_certify: bool
    today: date

    @property
    def modality(self) -> Any:
        return Modality(self.facts.modality).label

    @property
    def modality_meaning(self) -> Any:
        return MODALITIES[Modality(self.facts.modality)]

    @property
    def instalments(self) -> Any:
        return Policy.Instalments(self.facts.instalments).label

    @property
    def ends_later(self) -> bool:
        return self.facts.ends_on is not None and self.facts.ends_on >= self.today

    @property
    def pays_in_parts(self) -> bool:
        return self.facts.instalments not in {Policy.Instalments.YEARLY, Policy.Instalments.SINGLE}


def policy_page(user: User, reference: str, *, today: date | None = None) -> PolicyPage | None:
    """None for a policy of somebody else, as for one that does not exist."""
    today = today or today_in_madrid()
    found = facts_of(user, Policy.objects.visible_to(user).filter(reference=reference))
    if not found:
        return None
    facts = found[0]
    members = members_of(user, [facts.pk], today)[facts.pk]
    receipts = deciding_receipts([facts.pk], latest=LATEST)[facts.pk]
    conditions = conditions_of(facts.edition_code)
    assert conditions is not None  # noqa: S101 - the edition of a policy exists: the database sees to it
    rows = _cover_rows(members)
    current = [row for row in rows if _runs(row, members, facts, today)]
    covers = _covers(current or rows, members, conditions, today)
    return PolicyPage(
        facts=facts,
        situation=situation(facts, members, receipts, today),
        members=members,
        conditions=conditions,
        covers=covers,
        covers_are_past=not current,
        receipts=[receipt_line(row, today) for row in receipts[:LATEST]] if facts.sees_amounts else [],
        next_receipt=next_receipt(receipts, today) if facts.sees_amounts else None,
        copayments=_copayments(members, today) if facts.kind == Product.Kind.HEALTH else [],
        certificates=_certificates(user, facts) if TRAVEL in facts.features else [],
        may_certify=any(conditions.by_cover[row.cover].unlocks == TRAVEL for row in current),
        today=today,
    )


def _cover_rows(members: list[Member]) -> list[CoverRow]:
    rows = InsuredCover.objects.filter(insured__in=[member.pk for member in members]).values_list(
        "cover_id", "insured_id", "capital", "starts_on", "ends_on"
    )
    return [CoverRow(*row) for row in rows.order_by("pk")]


def _runs(row: CoverRow, members: list[Member], facts: PolicyFacts, today: date) -> bool:
    """Not over: what begins later counts."""
    over = {member.pk for member in members if member.over}
    ends = [day for day in (row.ends_on, facts.ends_on) if day is not None]
    return row.insured not in over and all(day >= today for day in ends)


def _covers(
    rows: list[CoverRow], members: list[Member], conditions: Conditions, today: date
) -> list[CoverView]:
    by_cover: dict[int, list[CoverRow]] = defaultdict(list)
    for row in rows:
        by_cover[row.cover].append(row)
    have = {row.insured for row in rows}
    names = {member.pk: member.first_name for member in members if member.pk in have}
    return [
        CoverView(cover, groups(by_cover[cover.pk], names, cover.waiting_months, today))
        for cover in conditions.covers
        if cover.pk in by_cover
    ]


def _copayments(members: list[Member], today: date) -> list[CopaymentTotal]:
    """This year's sums per person and the latest lines; the database itself keeps back what is clinical."""
    clinical = [member.pk for member in members if member.sees_clinical]
    rows = (
        Copayment.objects.filter(
            insured__in=[member.pk for member in members if member.sees_amounts],
            used_on__gte=today.replace(month=1, day=1),
        )
        .annotate(
            sum=Window(Sum("amount"), partition_by=F("insured")),
            place=Window(
                RowNumber(), partition_by=F("insured"), order_by=[F("used_on").desc(), F("pk").desc()]
            ),
            shown_act=_if_clinical("act", clinical),
            shown_provider=_if_clinical("provider", clinical),
        )
        .filter(Q(place=1) | Q(place__lte=LATEST_COPAYMENTS, insured__in=clinical))
        .order_by("insured", "place")
        .values("insured_id", "used_on", "amount", "sum", "shown_act", "shown_provider")
    )
    found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["insured_id"]].append(row)
    return [
        CopaymentTotal(
            member=member,
            total=found[member.pk][0]["sum"],
            lines=[
                CopaymentLine(row["used_on"], row["shown_act"], row["shown_provider"], row["amount"])
                for row in found[member.pk]
                if member.sees_clinical
            ],
        )
        for member in members
        if member.pk in found
    ]


def _if_clinical(field: str, clinical: list[int]) -> Case:
    return Case(When(insured__in=clinical, then=F(field)), default=Value(""), output_field=CharField())


def _certificates(user: User, facts: PolicyFacts) -> list[Certificate]:
    return list(
        Certificate.objects.visible_to(user)
        .filter(insured__policy=facts.pk)
        .select_related("insured__person")
        .only("reference", "starts_on", "ends_on", "status", "insured__person__first_name")
        .order_by("-pk")[:LATEST]
    )
