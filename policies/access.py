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

The end of an insurance changes nothing about its past: what somebody could see of it stays theirs to see.
A child of 14 exercises data rights alone (LOPDGDD arts. 7.1 and 12.6) without shutting the parents out; at 16
health becomes the child's own affair, at 18 everything does.

Sources: GDPR arts. 6 to 9; LOPDGDD art. 12.6 (parents act for children); Ley 41/2002 art. 9 (medical
majority at 16). A policyholder is not entitled to an adult's health data by being the policyholder.

The rule is SQL because it must find a few rows among millions: a union of index look-ups does, the same
alternatives joined by OR read every row (200 ms with 200,000 insured persons, against 1 ms).
"""

# ruff: noqa: S608, S611 - the SQL is text of this file to the last letter; every value goes in as a parameter.

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import IntegerChoices, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ages import today_in_madrid, years_before

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import Person, User

# One way of being allowed: a query for the ids, and its parameters.
Way = tuple[str, tuple[Any, ...]]

NOBODY = Q(pk__in=[])


class Level(IntegerChoices):
    CONTRACT = 1, _("Contract")
    AMOUNTS = 2, _("Amounts")
    CLINICAL = 3, _("Clinical detail")


def family_rule(user: "User | AnonymousUser", level: Level, *, of: str = "pk", on: date | None = None) -> Q:
    """The insured persons of whom `user` may see `level`, as a condition on InsuredPerson, or on the model
    whose field `of` points there.

    `on` is the day in Madrid by which ages are counted; today if not given.
    """
    me = getattr(user, "person_on_file", None)
    if me is None:
        return NOBODY
    ways = [*_as_a_person(me, level, on, column="id")]
    if level < Level.CLINICAL:
        ways.append(
            (
                "SELECT i.id FROM policies_policy p JOIN policies_insuredperson i ON i.policy_id = p.id"
                " WHERE p.holder_id = %s",
                (me.pk,),
            )
        )
    return _any_of(ways, of)


def policy_rule(user: "User | AnonymousUser", level: Level, *, of: str = "pk", on: date | None = None) -> Q:
    """The policies of which `user` may see `level`, as a condition on Policy, or on the model whose field
    `of` points there.

    The premium and the bank account are the holder's affair: an insured person sees them only by the
    holder's grant.
    """
    me = getattr(user, "person_on_file", None)
    if me is None:
        return NOBODY
    granted, values = _grants(me, max(level, Level.AMOUNTS))
    ways: list[Way] = [
        ("SELECT p.id FROM policies_policy p WHERE p.holder_id = %s", (me.pk,)),
        (f"SELECT p.id FROM {granted} JOIN policies_policy p ON p.holder_id = g.giver_id", values),
    ]
    if level == Level.CONTRACT:
        ways.extend(_as_a_person(me, level, on, column="policy_id"))
    return _any_of(ways, of)


def _as_a_person(me: "Person", level: Level, on: date | None, *, column: str) -> Iterable[Way]:
    """What somebody sees without holding any policy: themselves, their children, those who let them."""
    on = on or today_in_madrid()
    child_until = settings.CLINICAL_CONSENT_AGE if level == Level.CLINICAL else settings.ADULT_AGE
    granted, values = _grants(me, level)
    yield f"SELECT i.{column} FROM policies_insuredperson i WHERE i.person_id = %s", (me.pk,)
    yield (
        f"SELECT i.{column} FROM policies_insuredperson i JOIN accounts_person c ON c.id = i.person_id"
        " WHERE (i.guardian_1_id = %s OR i.guardian_2_id = %s) AND c.born_on > %s",
        (me.pk, me.pk, years_before(on, child_until)),
    )
    yield (
        f"SELECT i.{column} FROM {granted} JOIN policies_insuredperson i ON i.person_id = g.giver_id",
        values,
    )


def _grants(receiver: "Person", level: Level) -> Way:
    """The people who let `receiver` see `level` of them at this moment, to be joined as `g`."""
    now = timezone.now()
    return (
        "(SELECT giver_id FROM policies_grant WHERE receiver_id = %s AND level >= %s AND starts_at <= %s"
        " AND (ends_at IS NULL OR ends_at > %s) AND revoked_at IS NULL) g",
        (receiver.pk, int(level), now, now),
    )


def _any_of(ways: Iterable[Way], of: str) -> Q:
    queries, values = zip(*ways, strict=True)
    sql = " UNION ALL ".join(queries)
    return Q((f"{of}__in", RawSQL(sql, [value for row in values for value in row])))
