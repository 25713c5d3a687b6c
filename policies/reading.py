"""What the policy pages show, gathered in few queries that are the same for one policy and for many.

Everything of a person is reached through the family rule, and what a reader may not see does not leave this
module. The receipts are read for everybody: they decide whether there is cover, which all insured may know.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    BooleanField,
    ExpressionWrapper,
    F,
    Q,
    Subquery,
)

from accounts.models import User
from core.ages import today_in_madrid
from policies import payment_words
from policies.access import Level, policy_rule
from policies.conditions import edition_of
from policies.models import InsuredPerson, Mandate, Policy, PremiumReceipt
from policies.payment_state import Receipt, payment_status
from policies.payment_words import Situation

RECEIPT_FIELDS = (
    "policy_id", "number", "due_on", "period_from", "period_to", "total",
    "paid_on", "returned_on", "claimed_on",
)  # fmt: skip

POLICY_FIELDS = (
    "pk", "reference", "number", "effective_on", "ends_on", "modality", "instalments", "annual_premium",
    "edition_id", "holder_id", "holder__first_name", "holder__last_name_1", "holder__last_name_2",
)  # fmt: skip
MEMBER_FIELDS = (
    "pk", "policy_id", "relation", "insured_from", "insured_until", "person_id",
    "person__first_name", "person__last_name_1", "person__last_name_2",
)  # fmt: skip

# Half the work of a page is Django putting its queries together. Columns, joins and order are the same on
# every visit, so they are put together once; what the reader may see is added each time.
POLICIES = Policy.objects.order_by("-pk").values(*POLICY_FIELDS)
MEMBERS = InsuredPerson.objects.order_by("pk").values(*MEMBER_FIELDS)
# A row for each card of a person, the latest last.
MEMBERS_AND_CARDS = InsuredPerson.objects.order_by("pk", "cards__valid_from", "cards__pk").values(
    *MEMBER_FIELDS, "cards__number", "cards__valid_from", "cards__valid_to"
)
RECEIPTS = PremiumReceipt.objects.order_by("-due_on", "-pk").values(*RECEIPT_FIELDS, "policy__effective_on")
# One paid within its month of grace never changes the payment state, except the first premium. No month is
# shorter than this.
A_MONTH = timedelta(days=28)
DECIDES = (
    Q(paid_on=None) | Q(paid_on__gt=F("due_on") + A_MONTH) | Q(period_from__lte=F("policy__effective_on"))
)
DECIDING_RECEIPTS = RECEIPTS.filter(DECIDES)


@dataclass(frozen=True)
class PolicyFacts:
    """A policy as one reader may see it; premium and account are None for who may not.

    The account is read only where it is shown.
    """

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
    iban: str | None = None
    # The account that takes over, and from when.
    next_iban: str | None = None
    next_iban_from: date | None = None


@dataclass(frozen=True)
class Member:
    """An insured person, and how much of them the reader may see. The card is read only where it is shown."""

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
    rows = POLICIES.visible_to(user)
    if before:
        last = Policy.objects.visible_to(user).filter(reference=before)
        rows = rows.filter(pk__lt=Subquery(last.values("pk")))
    policies = facts_of(user, rows, size)
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


def policy_of(user: User, reference: str, *, level: Level = Level.CONTRACT) -> PolicyFacts | None:
    """None for a policy that `user` may not see, as for one that does not exist."""
    return next(iter(facts_of(user, POLICIES.visible_to(user, level).filter(reference=reference), 1)), None)


def policy_and_account_of(user: User, reference: str, today: date) -> PolicyFacts | None:
    """With the account that pays, and the one that pays from a later day on, for who may see amounts."""
    facts = policy_of(user, reference)
    if facts is None or not facts.sees_amounts:
        return facts
    # The latest first; the portal's own mandates name the day from which they pay.
    rows = Mandate.objects.live(today).filter(policy=facts.pk).values_list("iban", "starts_on")
    accounts = list(rows)
    in_use = [iban for iban, starts_on in accounts if starts_on is None or starts_on <= today]
    coming = [(iban, day) for iban, day in accounts if day is not None and day > today]
    next_iban, next_from = coming[0] if coming else (None, None)
    return replace(facts, iban=in_use[0] if in_use else None, next_iban=next_iban, next_iban_from=next_from)


def facts_of(user: User, policies: Any, size: int) -> list[PolicyFacts]:
    """The policies of a queryset that is already narrowed to what `user` may see."""
    rows = policies.annotate(sees_amounts=ExpressionWrapper(policy_rule(user, Level.AMOUNTS), BooleanField()))
    me = user.person_on_file
    found = []
    for row in rows[:size]:
        edition = edition_of(row["edition_id"])
        pays = row["sees_amounts"]
        found.append(
            PolicyFacts(
                pk=row["pk"],
                reference=row["reference"],
                number=row["number"],
                product=edition.product,
                kind=edition.kind,
                edition_code=edition.code,
                edition=edition.name,
                features=edition.features,
                holder=_full_name(row, "holder__"),
                is_holder=me is not None and row["holder_id"] == me.pk,
                sees_amounts=pays,
                effective_on=row["effective_on"],
                ends_on=row["ends_on"],
                modality=row["modality"],
                instalments=row["instalments"],
                premium=row["annual_premium"] if pays else None,
            )
        )
    return found


def members_of(
    user: User, policies: Sequence[int], today: date, *, cards: bool = False
) -> dict[int, list[Member]]:
    """The insured persons whom the reader may see, by policy; the reader first, then as they are on file."""
    shape = MEMBERS_AND_CARDS if cards else MEMBERS
    rows = list(shape.visible_to(user).filter(policy__in=policies))
    valid = {row["pk"]: row["cards__number"] for row in rows if _card_is_valid(row, today)} if cards else {}
    me = user.person_on_file
    found: dict[int, list[Member]] = defaultdict(list)
    for row in {row["pk"]: row for row in rows}.values():
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
                card=None if over else valid.get(row["pk"]),
                is_reader=me is not None and row["person_id"] == me.pk,
                over=over,
            )
        )
    for members in found.values():
        members.sort(key=lambda member: not member.is_reader)
    return found


def _card_is_valid(row: Mapping[str, Any], today: date) -> bool:
    first, last = row["cards__valid_from"], row["cards__valid_to"]
    return first is not None and first <= today and (last is None or last >= today)


def deciding_receipts(policies: Sequence[int], *, latest: int = 0) -> dict[int, list[dict[str, Any]]]:
    """Receipts that can change the payment state, and the `latest` ones (of one policy), the newest first.

    Those who may not see amounts get the state that follows, never these rows.
    """
    if latest:
        newest = PremiumReceipt.objects.filter(policy__in=policies).values("pk")[:latest]
        rows = RECEIPTS.filter(DECIDES | Q(pk__in=Subquery(newest)), policy__in=policies)
    else:
        rows = DECIDING_RECEIPTS.filter(policy__in=policies)
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
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
    receipts = list(receipts)
    totals: dict[Receipt, Decimal] = {_as_receipt(row): row["total"] for row in receipts}
    status = payment_status(totals, today)
    if not policy.sees_amounts:
        return payment_words.for_insured(status)
    decides = totals.get(status.receipt) if status.receipt else None
    owed = [row["total"] for row in receipts if row["paid_on"] is None and row["due_on"] <= today]
    return payment_words.for_payer(status, decides, today, owed=owed)


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
