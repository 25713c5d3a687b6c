"""The page of one policy: everything that this reader may see of it, and nothing else."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.ages import today_in_madrid
from core.prepared import AnyOf, Prepared, Slot
from policies.access import ANY_READER, Level, family_rule, of_reader
from policies.certificate_lines import CertificateLine, latest_certificates
from policies.conditions import Brief, CoverBrief, brief_of
from policies.coverage import CoverRow, Group, groups
from policies.models import Copayment, InsuredCover, Policy, Product
from policies.payment_words import Situation
from policies.reading import (
    Member,
    PolicyFacts,
    ReceiptLine,
    deciding_receipts,
    members_of,
    next_receipt,
    policy_and_account_of,
    receipt_line,
    situation,
)

LATEST = 3
LATEST_COPAYMENTS = 10
TRAVEL = "travel"
COVER_FIELDS = ("cover_id", "insured_id", "capital", "starts_on", "ends_on")
COPAYMENT_FIELDS = ("insured_id", "used_on", "act", "provider", "amount")
OF_MEMBERS = AnyOf("insured", Slot("members"))
COVERS = Prepared(lambda: InsuredCover.objects.order_by("pk").filter(OF_MEMBERS).values_list(*COVER_FIELDS))
COPAYMENTS = Prepared(
    lambda: (
        Copayment.objects.visible_to(ANY_READER, Level.AMOUNTS)
        .filter(OF_MEMBERS, used_on__gte=Slot("since"))
        .order_by("-used_on", "-pk")
        .values(*COPAYMENT_FIELDS)
        .annotate(
            clinical=ExpressionWrapper(family_rule(ANY_READER, Level.CLINICAL, of="insured"), BooleanField())
        )
    )
)

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
    text: CoverBrief
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
    conditions: Brief
    covers: list[CoverView]
    covers_are_past: bool
    receipts: list[ReceiptLine]
    next_receipt: ReceiptLine | None
    copayments: list[CopaymentTotal]
    certificates: list[CertificateLine]
    may_certify: bool
    today: date

    @property
    def may_change_account(self) -> bool:
        return self.facts.is_holder and (self.facts.ends_on is None or self.ends_later)

    @property
    def may_have_copayments(self) -> bool:
        """Perhaps of earlier years; who sees another's only is led there by those of this year."""
        mine = self.facts.is_holder or any(member.is_reader for member in self.members)
        return mine and self.facts.kind == Product.Kind.HEALTH

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
    facts = policy_and_account_of(user, reference, today)
    if facts is None:
        return None
    members = members_of(user, [facts.pk], today, cards=True)[facts.pk]
    receipts = deciding_receipts([facts.pk], latest=LATEST)[facts.pk]
    conditions = brief_of(facts.edition_code)
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
        copayments=_copayments(user, members, today) if facts.kind == Product.Kind.HEALTH else [],
        certificates=latest_certificates(user, LATEST, policy=facts.pk) if TRAVEL in facts.features else [],
        may_certify=_travels(current, conditions),
        today=today,
    )


def _cover_rows(members: list[Member]) -> list[CoverRow]:
    return [CoverRow(*row) for row in COVERS.run(members=[member.pk for member in members])]


def _runs(row: CoverRow, members: list[Member], facts: PolicyFacts, today: date) -> bool:
    """Not over: what begins later counts."""
    over = {member.pk for member in members if member.over}
    ends = [day for day in (row.ends_on, facts.ends_on) if day is not None]
    return row.insured not in over and all(day >= today for day in ends)


def _covers(rows: list[CoverRow], members: list[Member], conditions: Brief, today: date) -> list[CoverView]:
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


def _travels(current: list[CoverRow], conditions: Brief) -> bool:
    travel = {cover.pk for cover in conditions.covers if cover.unlocks == TRAVEL}
    return any(row.cover in travel for row in current)


def _copayments(user: User, members: list[Member], today: date) -> list[CopaymentTotal]:
    """This year's sums per person, and the latest lines of those whose care the reader may know."""
    rows = COPAYMENTS.run(
        of_reader(user), members=[member.pk for member in members], since=today.replace(month=1, day=1)
    )
    totals: dict[int, Decimal] = defaultdict(Decimal)
    lines: dict[int, list[CopaymentLine]] = defaultdict(list)
    shown = 0
    for row in rows:
        totals[row["insured_id"]] += row["amount"]
        if row["clinical"] and shown < LATEST_COPAYMENTS:
            line = CopaymentLine(row["used_on"], row["act"], row["provider"], row["amount"])
            lines[row["insured_id"]].append(line)
            shown += 1
    return [
        CopaymentTotal(member, totals[member.pk], lines[member.pk])
        for member in members
        if member.pk in totals
    ]
