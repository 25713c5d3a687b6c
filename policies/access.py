"""Who may see what of whom in a family: the whole access rule, written once.

Level says how deep the look goes:
  CONTRACT  who is insured, with which covers, since when
  AMOUNTS   what is owed and paid: premiums, totals of copayments
  CLINICAL  what care it was: act, practitioner, reports, reasons

| who looks                    | at whom                          | CONTRACT | AMOUNTS | CLINICAL       |
|------------------------------|----------------------------------|----------|---------|----------------|
| anybody                      | themselves                       | yes      | yes     | yes            |
| parent or guardian           | their child under 16             | yes      | yes     | yes            |
| parent or guardian           | their child of 16 or 17          | yes      | yes     | by grant       |
| holder                       | any insured person of the policy | yes      | totals  | by grant       |
| insured person               | the holder                       | the name | by grant| by grant       |
| receiver of a live grant     | its giver                        | as granted                          |
| staff                        | in the admin only, by role and with a reason |         |                |

Sources: GDPR arts. 6 to 9; LOPDGDD art. 12.6 (parents act for children); Ley 41/2002 art. 9 (medical
majority at 16). A policyholder is not entitled to an adult's health data by being the policyholder.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.db.models import IntegerChoices, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ages import today_in_madrid, years_before

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

NOBODY = Q(pk__in=[])


class Level(IntegerChoices):
    CONTRACT = 1, _("Contract")
    AMOUNTS = 2, _("Amounts")
    CLINICAL = 3, _("Clinical detail")


def family_rule(user: "User | AnonymousUser", level: Level, *, on: date | None = None) -> Q:
    """The insured persons of whom `user` may see `level`, as a condition on InsuredPerson.

    `on` is the day in Madrid by which ages are counted; today if not given.
    """
    me = getattr(user, "person_on_file", None)
    if me is None:
        return NOBODY
    on = on or today_in_madrid()
    minor = Q(person__born_on__gt=years_before(on, settings.ADULT_AGE))
    ward = (Q(guardian_1=me) | Q(guardian_2=me)) & minor
    rule = Q(person=me) | Q(person__in=_givers(me, level))
    if level < Level.CLINICAL:
        return rule | ward | Q(policy__holder=me)
    return rule | (ward & Q(person__born_on__gt=years_before(on, settings.CLINICAL_CONSENT_AGE)))


def policy_rule(user: "User | AnonymousUser", level: Level, *, on: date | None = None) -> Q:
    """The policies of which `user` may see `level`, as a condition on Policy.

    The premium and the bank account are the holder's affair: an insured person sees them only by the
    holder's grant.
    """
    me = getattr(user, "person_on_file", None)
    if me is None:
        return NOBODY
    rule = Q(holder=me) | Q(holder__in=_givers(me, max(level, Level.AMOUNTS)))
    if level == Level.CONTRACT:
        insured = apps.get_model("policies", "InsuredPerson").objects.filter(
            family_rule(user, level, on=on)
        )
        return rule | Q(pk__in=insured.values("policy"))
    return rule


def _givers(receiver: Any, level: Level) -> Any:
    """The people who let `receiver` see `level` of them today."""
    now = timezone.now()
    return (
        apps.get_model("policies", "Grant")
        .objects.filter(receiver=receiver, level__gte=level, starts_at__lte=now, revoked_at=None)
        .filter(Q(ends_at=None) | Q(ends_at__gt=now))
        .values("giver")
    )
