"""The lines of the short tables below a person and a policy."""

from collections.abc import Iterable, Sequence

from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import Person
from core.staff import object_link
from core.templatetags.formats import euros
from policies.models import Card, Certificate, InsuredPerson, Policy, PremiumReceipt

MOST = 50
LATEST = 12
Rows = Iterable[Sequence[object]]


def policies_of(person: Person) -> Rows:
    held = Policy.objects.filter(holder=person).values_list("pk", flat=True)[:MOST]
    insured = InsuredPerson.objects.filter(person=person).order_by("-id")[:MOST]
    roles = {row.policy_id: row for row in insured}
    rows = Policy.objects.filter(pk__in={*held, *roles}).select_related("edition__product", "holder")
    return [
        (
            object_link(policy),
            policy.edition.name,
            policy.effective_on,
            policy.ends_on,
            _("Policyholder") if policy.holder_id == person.pk else object_link(policy.holder),
            roles[policy.pk].get_relation_display() if policy.pk in roles else _("not insured"),
        )
        for policy in rows
    ]


def insured_of(policy: Policy) -> Rows:
    rows = policy.insured.select_related("person").annotate(covers_held=Count("covers"))[:MOST]
    return [
        (
            object_link(insured.person, insured.person.full_name),
            insured.get_relation_display(),
            insured.person.born_on,
            insured.insured_from,
            insured.insured_until,
            insured.covers_held,
        )
        for insured in rows
    ]


def receipts_of(policy: Policy) -> Rows:
    return [
        (object_link(receipt), receipt.due_on, euros(receipt.total), _paid(receipt), receipt.returned_on)
        for receipt in policy.receipts.order_by("-due_on", "-id")[:LATEST]
    ]


def cards_of(policy: Policy) -> Rows:
    rows = Card.objects.filter(insured__in=_insured_ids(policy)).select_related("insured__person")[:MOST]
    return [(card.number, card.insured.person.full_name, card.valid_from, card.valid_to) for card in rows]


def mandates_of(policy: Policy) -> Rows:
    return [
        (mandate.reference, mandate.masked_iban, mandate.signed_on, mandate.ended_on)
        for mandate in policy.mandates.all()[:MOST]
    ]


def certificates_of(policy: Policy) -> Rows:
    rows = Certificate.objects.filter(insured__in=_insured_ids(policy)).select_related("insured__person")
    return [
        (
            object_link(certificate),
            certificate.insured.person.full_name,
            certificate.starts_on,
            certificate.ends_on,
            certificate.get_status_display(),
        )
        for certificate in rows[:LATEST]
    ]


def _insured_ids(policy: Policy) -> list[int]:
    """As a list: from a join the planner may start at the wrong end of a million cards."""
    return list(policy.insured.order_by().values_list("pk", flat=True)[:MOST])


def _paid(receipt: PremiumReceipt) -> object:
    return receipt.paid_on or _("not paid")
