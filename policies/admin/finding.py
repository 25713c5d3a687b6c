"""From what a caller says to policies and people; every way goes by an index."""

from dataclasses import replace

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.admin import people_meant
from core.staff.search import MOST_PEOPLE, Typed
from policies.models import Card, Certificate, InsuredPerson, Policy, PremiumReceipt


def policies_numbered(numbers: tuple[str, ...]) -> set[int]:
    """The policies that a policy, card or receipt number leads to."""
    return {
        *Policy.objects.filter(Q(number__in=numbers) | Q(reference__in=numbers)).values_list("pk", flat=True),
        *Card.objects.filter(number__in=numbers).order_by().values_list("insured__policy", flat=True),
        *PremiumReceipt.objects.filter(number__in=numbers).values_list("policy", flat=True),
    }


def people_numbered(numbers: tuple[str, ...]) -> set[int]:
    """Everybody in the policies of that number; of a card or a certificate, its bearer alone."""
    bearers = set(Card.objects.filter(number__in=numbers).values_list("insured__person", flat=True))
    certificates = Certificate.objects.filter(reference__in=numbers)
    bearers.update(certificates.order_by().values_list("insured__person", flat=True))
    if bearers:
        return bearers
    policies = policies_numbered(numbers)
    return {
        *Policy.objects.filter(pk__in=policies).values_list("holder", flat=True),
        *InsuredPerson.objects.filter(policy__in=policies).values_list("person", flat=True),
    }


def policies_meant(typed: Typed) -> tuple[set[int], str]:
    """The policies whom the search box means, and what staff should know about the search."""
    found = policies_numbered(typed.numbers) if typed.numbers else set()
    notice = ""
    if typed.dni or typed.email or typed.words or typed.phone:
        without_numbers = replace(typed, numbers=())
        meant = people_meant(without_numbers).order_by()
        people = list(meant.values_list("pk", flat=True)[: MOST_PEOPLE + 1])
        if len(people) > MOST_PEOPLE:
            notice = _("Many people have this name: not all were looked at. Type more of it, or a DNI.")
        found.update(Policy.objects.filter(holder__in=people).values_list("pk", flat=True))
        found.update(InsuredPerson.objects.filter(person__in=people).values_list("policy", flat=True))
    return found, notice
