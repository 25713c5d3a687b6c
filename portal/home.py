"""What the home page says: one sentence, what waits for the person, what they can do, what is new."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases import drafts
from cases.drafts import Begun
from cases.reading import waiting_for
from core.ages import today_in_madrid
from policies.models import Certificate, Policy, PremiumReceipt
from policies.payment_state import PaymentState, PaymentStatus, Receipt, payment_status
from portal.navigation import unlocked_features

LATEST = 3
NEEDS_PAYMENT = {
    PaymentState.NOT_STARTED,
    PaymentState.GRACE,
    PaymentState.SUSPENDED,
}


@dataclass(frozen=True)
class Door:
    icon: str
    label: Any
    url: str


@dataclass(frozen=True)
class Unpaid:
    """A policy whose premium waits for its holder."""

    policy: Policy
    status: PaymentStatus


@dataclass(frozen=True)
class Home:
    linked: bool
    doors: list[Door]
    unpaid: list[Unpaid]
    certificates: list[Certificate]
    requests: list[Any]
    drafts: list[Begun]
    next_receipt: PremiumReceipt | None
    policies: int

    @property
    def failed_certificates(self) -> list[Certificate]:
        return [item for item in self.certificates if item.status == Certificate.Status.FAILED]

    @property
    def waiting(self) -> int:
        return len(self.unpaid) + len(self.requests) + len(self.failed_certificates)


def home(user: Any) -> Home:
    if user.person_on_file is None:
        return Home(
            linked=False,
            doors=_request_doors(),
            unpaid=[],
            certificates=[],
            requests=waiting_for(user),
            drafts=drafts.begun(user),
            next_receipt=None,
            policies=0,
        )
    today = today_in_madrid()
    policies = list(Policy.objects.visible_to(user).current(today).select_related("edition__product"))
    mine = [policy for policy in policies if policy.holder_id == user.person_on_file.pk]
    open_receipts = list(
        PremiumReceipt.objects.visible_to(user).filter(policy__in=mine, paid_on=None).order_by("due_on")
    )
    certificates = list(Certificate.objects.visible_to(user).select_related("insured__person")[:LATEST])
    return Home(
        linked=True,
        doors=_doors(unlocked_features(user)),
        unpaid=_unpaid(mine, open_receipts, today),
        certificates=certificates,
        requests=waiting_for(user),
        drafts=drafts.begun(user),
        next_receipt=next((receipt for receipt in open_receipts if receipt.due_on >= today), None),
        policies=len(policies),
    )


def _doors(features: frozenset[str]) -> list[Door]:
    doors = [Door("shield", _("See my policies"), reverse("policies:list"))]
    if "travel" in features:
        doors.append(Door("plane", _("Travel certificate"), reverse("policies:certificate_create")))
    doors += _request_doors()
    doors.append(Door("person", _("My account"), reverse("account")))
    return doors


def _request_doors() -> list[Door]:
    return [
        Door("document", _("My requests"), reverse("cases:list")),
        Door("help", _("Ask us something"), reverse("servicing:ask")),
    ]


def _unpaid(policies: list[Policy], receipts: list[PremiumReceipt], today: date) -> list[Unpaid]:
    """Only open receipts are read: paid ones cannot make a policy wait for its holder."""
    owed: dict[int, list[Receipt]] = defaultdict(list)
    first_periods = {policy.pk: policy.effective_on for policy in policies}
    for receipt in receipts:
        if receipt.due_on <= today:
            owed[receipt.policy_id].append(
                Receipt(
                    due_on=receipt.due_on,
                    claimed_on=receipt.claimed_on,
                    period_to=receipt.period_to,
                    first=receipt.period_from <= first_periods[receipt.policy_id],
                )
            )
    statuses = [
        Unpaid(policy, payment_status(owed[policy.pk], today)) for policy in policies if policy.pk in owed
    ]
    return [item for item in statuses if item.status.state in NEEDS_PAYMENT]
