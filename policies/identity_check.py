"""LOG-22 and LOG-23: who has health insurance gives the number of a card and the date of birth on file."""

from django.db.models import Q

from accounts.checks import Details, compact
from accounts.models import Person
from core.ages import today_in_madrid
from policies.models import Card, InsuredPerson, Policy, Product


def health_details(person: Person, details: Details) -> bool:
    """One's own card, also an old one; a holder who is not insured gives that of somebody of the policy.

    Where the insurer has sent no card yet, the date of birth alone decides.
    """
    today = today_in_madrid()
    current = Policy.objects.current(today).filter(edition__product__kind=Product.Kind.HEALTH)
    insured = InsuredPerson.objects.filter(person=person, policy__in=current)
    own = insured.filter(Q(insured_until=None) | Q(insured_until__gte=today))
    held = InsuredPerson.objects.filter(policy__in=current.filter(holder=person))
    if not own.exists() and not held.exists():
        return True
    if details.born_on != person.born_on:
        return False
    cards = Card.objects.filter(insured__person=person) or Card.objects.filter(insured__in=held)
    numbers = {compact(number) for number in cards.values_list("number", flat=True)}
    return not numbers or compact(details.card_number) in numbers
