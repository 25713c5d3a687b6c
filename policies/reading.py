"""What the policy pages show, gathered in few queries that are the same for one policy and for many.

Everything of a person is reached through the family rule, and what a reader may not see does not leave this
module. The receipts are read for everybody: they decide whether there is cover, which all insured may know.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    BooleanField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
)

from accounts.models import User
from core.ages import today_in_madrid
from core.text import localised
from policies import payment_words
from policies.access import Level, policy_rule
from policies.models import Card, InsuredPerson, Mandate, Policy, PremiumReceipt
from policies.payment_state import Receipt, payment_status
from policies.payment_words import Situation

RECEIPT_FIELDS = (
    "policy_id", "number", "due_on", "period_from", "period_to", "total",
    "paid_on", "returned_on", "claimed_on",
)  # fmt: skip


@dataclass(frozen=True)
class PolicyFacts:
    """A policy as one reader may see it; premium and account are None for who may not."""

    pk: int
    reference: str
    number: str
    product: str
    kind: str
    edition_code: str
    edition: str
    features: tuple[str, ...]
    holder: str
    is_holder: bool
    sees_amounts: bool
    effective_on: date
    ends_on: date | None
    modality: str
    instalments: str
    premium: Decimal | None
    iban: str | None
    # The account that takes over, and from when.
    next_iban: str | None
    next_iban_from: date | None


@dataclass(frozen=True)
class Member:
    """An insured person, and how much of them the reader may see."""

    pk: int
    policy: int
    name: str
    first_name: str
    relation: str
    insured_from: date
    insured_until: date | None
    card: str | None
    is_reader: bool
    over: bool


@dataclass(frozen=True)
class ReceiptLine:
    number: str
    due_on: date
    period_from: date
    period_to: date
    total: Decimal
    paid_on: date | None
    tone: str
    word: str


@dataclass(frozen=True)
class Summary:
    """A card of the list."""

    facts: PolicyFacts
    members: list[Member]
    situation: Situation
    next_receipt: ReceiptLine | None


def policies_of(user: User, *, before: str = "", size: int, today: date | None = None) -> list[Summary]:
    """A page of the reader's policies, the newest first; `before`: the reference of the last one seen."""
    today = today or today_in_madrid()
    mine = Policy.objects.visible_to(user)
    rows = mine.order_by("-pk")
    if before:
        rows = rows.filter(pk__lt=Subquery(mine.filter(reference=before).values("pk")))
    policies = facts_of(user, rows[:size], today=today)
    members = members_of(user, [policy.pk for policy in policies], today)
    receipts = deciding_receipts([policy.pk for policy in policies])
    return [
        Summary(
            facts=policy,
            members=members[policy.pk],
            situation=situation(policy, members[policy.pk], receipts[policy.pk], today),
            next_receipt=next_receipt(receipts[policy.pk], today) if policy.sees_amounts else None,
        )
        for policy in policies
    ]


def facts_of(user: User, policies: Any, *, today: date | None = None) -> list[PolicyFacts]:
    """The policies of a queryset that is already narrowed to what `user` may see."""
    today = today or today_in_madrid()
    mandate = Mandate.objects.in_use(today).filter(policy=OuterRef("pk"))
    next_one = Mandate.objects.live(today).filter(policy=OuterRef("pk"), starts_on__gt=today)
    me = user.person_on_file
    rows = policies.annotate(
        sees_amounts=ExpressionWrapper(policy_rule(user, Level.AMOUNTS), BooleanField()),
        iban=Subquery(mandate.values("iban")[:1]),
        next_iban=Subquery(next_one.values("iban")[:1]),
        next_iban_from=Subquery(next_one.values("starts_on")[:1]),
    ).values(
        "pk", "reference", "number", "effective_on", "ends_on", "modality", "instalments",
        "annual_premium", "sees_amounts", "iban",
        "next_iban", "next_iban_from",
        "holder_id", "holder__first_name", "holder__last_name_1", "holder__last_name_2",
        "edition__code", "edition__names", "edition__features",
        "edition__product__names", "edition__product__kind",
    )  # fmt: skip
    return [
        PolicyFacts(
            pk=row["pk"],
            reference=row["reference"],
            number=row["number"],
            product=localised(row["edition__product__names"]),
            kind=row["edition__product__kind"],
            edition_code=row["edition__code"],
            edition=localised(row["edition__names"]),
            features=tuple(row["edition__features"]),
            holder=_full_name(row, "holder__"),
            is_holder=me is not None and row["holder_id"] == me.pk,
            sees_amounts=row["sees_amounts"],
            effective_on=row["effective_on"],
            ends_on=row["ends_on"],
            modality=row["modality"],
            instalments=row["instalments"],
            premium=row["annual_premium"] if row["sees_amounts"] else None,
            iban=row["iban"] if row["sees_amounts"] else None,
            next_iban=row["next_iban"] if row["sees_amounts"] else None,
            next_iban_from=row["next_iban_from"] if row["sees_amounts"] else None,
        )
        for row in rows
    ]


def members_of(user: User, policies: Sequence[int], today: date) -> dict[int, list[Member]]:
    """The insured persons whom the reader may see, by policy; the reader first, then as they are on file."""
    valid = Card.objects.filter(insured=OuterRef("pk"), valid_from__lte=today).filter(
        Q(valid_to=None) | Q(valid_to__gte=today)
    )
    rows = (
        InsuredPerson.objects.visible_to(user)
        .filter(policy__in=policies)
        .order_by("pk")
        .annotate(
            card=Subquery(valid.order_by("-valid_from", "-pk").values("number")[:1]),
        )
        .values(
            "pk", "policy_id", "relation", "insured_from", "insured_until", "person_id", "person__first_name",
            "person__last_name_1", "person__last_name_2", "card",
        )
    )  # fmt: skip
    me = user.person_on_file
    found: dict[int, list[Member]] = defaultdict(list)
    for row in rows:
        over = row["insured_until"] is not None and row["insured_until"] < today
        found[row["policy_id"]].append(
            Member(
                pk=row["pk"],
                policy=row["policy_id"],
                name=_full_name(row, "person__"),
                first_name=row["person__first_name"],
                relation=str(InsuredPerson.Relation(row["relation"]).label),
                insured_from=row["insured_from"],
                insured_until=row["insured_until"],
                card=None if over else row["card"],
                is_reader=me is not None and row["person_id"] == me.pk,
                over=over,
            )
        )
    for members in found.values():
        members.sort(key=lambda member: not member.is_reader)
    return found


def deciding_receipts(policies: Sequence[int], *, latest: int = 0) -> dict[int, list[dict[str, Any]]]:
    """Receipts that can change the payment state, and the `latest` ones (of one policy), the newest first.

    One paid in time never changes it, except the first premium. Those who may not see amounts get the state
    that follows, never these rows.
    """
    wanted = Q(paid_on=None) | Q(paid_on__gt=F("due_on")) | Q(period_from__lte=F("policy__effective_on"))
    rows = PremiumReceipt.objects.filter(policy__in=policies)
    if latest:
        wanted |= Q(pk__in=Subquery(rows.order_by("-due_on", "-pk").values("pk")[:latest]))
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows.filter(wanted).order_by("-due_on", "-pk").values(*RECEIPT_FIELDS, "policy__effective_on"):
        found[row["policy_id"]].append(row)
    return found


def situation(
    policy: PolicyFacts, members: Iterable[Member], receipts: Iterable[dict[str, Any]], today: date
) -> Situation:
    """How the policy stands today for this reader."""
    outside = payment_words.outside(policy.effective_on, policy.ends_on, today)
    if outside is not None:
        return outside
    members = list(members)
    if not policy.sees_amounts and members and all(member.over for member in members):
        return payment_words.left(max(member.insured_until for member in members if member.insured_until))
    totals: dict[Receipt, Decimal] = {_as_receipt(row): row["total"] for row in receipts}
    status = payment_status(totals, today)
    if not policy.sees_amounts:
        return payment_words.for_insured(status)
    return payment_words.for_payer(status, totals.get(status.receipt) if status.receipt else None, today)


def receipt_line(row: dict[str, Any], today: date) -> ReceiptLine:
    tone, word = payment_words.of_receipt(
        due_on=row["due_on"], paid_on=row["paid_on"], returned_on=row["returned_on"], today=today
    )
    return ReceiptLine(
        number=row["number"],
        due_on=row["due_on"],
        period_from=row["period_from"],
        period_to=row["period_to"],
        total=row["total"],
        paid_on=row["paid_on"],
        tone=tone,
        word=word,
    )


def next_receipt(receipts: Iterable[dict[str, Any]], today: date) -> ReceiptLine | None:
    coming = [row for row in receipts if row["paid_on"] is None and row["due_on"] > today]
    return receipt_line(min(coming, key=lambda row: row["due_on"]), today) if coming else None


def _as_receipt(row: dict[str, Any]) -> Receipt:
    return Receipt(
        due_on=row["due_on"],
        paid_on=row["paid_on"],
        claimed_on=row["claimed_on"],
        period_to=row["period_to"],
        first=row["period_from"] <= row["policy__effective_on"],
    )


def _full_name(row: Mapping[str, Any], prefix: str) -> str:
    parts = (row[prefix + key] for key in ("first_name", "last_name_1", "last_name_2"))
    return " ".join(part for part in parts if part)
