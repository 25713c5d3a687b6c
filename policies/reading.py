"""What the policy pages show, gathered in few queries that are the same for one policy and for many.

Everything of a person is reached through the family rule, and what a reader may not see does not leave this
module. The receipts are read for everybody: they decide whether there is cover, which all insured may know.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject

from accounts.models import User
from core.ages import today_in_madrid
from core.prepared import AnyOf, Prepared, Slot
from policies import payment_words
from policies.access import ANY_READER, Level, of_reader, policy_rule
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
IN_POLICIES = AnyOf("policy", Slot("policies"))
MEMBERS_OF = Prepared(lambda: MEMBERS.visible_to(ANY_READER).filter(IN_POLICIES))
MEMBERS_AND_CARDS_OF = Prepared(lambda: MEMBERS_AND_CARDS.visible_to(ANY_READER).filter(IN_POLICIES))
DECIDING_RECEIPTS = Prepared(lambda: RECEIPTS.filter(DECIDES, IN_POLICIES))


def _policies(level: Level = Level.CONTRACT) -> Any:
    pays = ExpressionWrapper(policy_rule(ANY_READER, Level.AMOUNTS), BooleanField())
    return POLICIES.visible_to(ANY_READER, level).annotate(sees_amounts=pays)


@cache
def _first_policies(size: int) -> Prepared:
    return Prepared(lambda: _policies()[:size])


@cache
def _policies_after_one(size: int) -> Prepared:
    last = Policy.objects.visible_to(ANY_READER).filter(reference=Slot("before"))
    return Prepared(lambda: _policies().filter(pk__lt=Subquery(last.values("pk")))[:size])


@cache
def _one_policy(level: Level) -> Prepared:
    return Prepared(lambda: _policies(level).filter(reference=Slot("reference")))


# With its accounts; the latest first. The portal's own mandates name the day from which they pay.
ACCOUNTS = ArraySubquery(
    Mandate.objects.live(Slot("today"))
    .filter(policy=OuterRef("pk"))
    .values_list(JSONObject(iban="iban", starts_on="starts_on"))
)
POLICY_AND_ACCOUNTS = Prepared(
    lambda: _policies().filter(reference=Slot("reference")).annotate(accounts=ACCOUNTS)
)


@cache
def _deciding_and_latest(latest: int) -> Prepared:
    newest = PremiumReceipt.objects.filter(IN_POLICIES).values("pk")[:latest]
    return Prepared(lambda: RECEIPTS.filter(DECIDES | Q(pk__in=Subquery(newest)), IN_POLICIES))


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
    shape = _policies_after_one(size) if before else _first_policies(size)
    policies = [_facts(user, row) for row in shape.run(of_reader(user), before=before)]
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
    rows = _one_policy(level).run(of_reader(user), reference=reference)
    return _facts(user, rows[0]) if rows else None


def policy_and_account_of(user: User, reference: str, today: date) -> PolicyFacts | None:
    """With the account that pays, and the one that pays from a later day on, for who may see amounts."""
    rows = POLICY_AND_ACCOUNTS.run(of_reader(user), reference=reference, today=today)
    if not rows:
        return None
    facts = _facts(user, rows[0])
    if not facts.sees_amounts:
        return facts
    accounts = [
        (row["iban"], date.fromisoformat(row["starts_on"]) if row["starts_on"] else None)
        for row in rows[0]["accounts"]
    ]
    in_use = [iban for iban, starts_on in accounts if starts_on is None or starts_on <= today]
    coming = [(iban, day) for iban, day in accounts if day is not None and day > today]
    next_iban, next_from = coming[0] if coming else (None, None)
    return replace(facts, iban=in_use[0] if in_use else None, next_iban=next_iban, next_iban_from=next_from)


def _facts(user: User, row: Mapping[str, Any]) -> PolicyFacts:
    edition = edition_of(row["edition_id"])
    me = user.person_on_file
    pays = row["sees_amounts"]
    return PolicyFacts(
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


def members_of(
    user: User, policies: Sequence[int], today: date, *, cards: bool = False
) -> dict[int, list[Member]]:
    """The insured persons whom the reader may see, by policy; the reader first, then as they are on file."""
    shape = MEMBERS_AND_CARDS_OF if cards else MEMBERS_OF
    rows = shape.run(of_reader(user), policies=list(policies))
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
    shape = _deciding_and_latest(latest) if latest else DECIDING_RECEIPTS
    rows = shape.run(policies=list(policies))
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
