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

Fewer people act in somebody's requests (write, send papers, take them back) than read them: that person, and
the parent or guardian of a child under 16. A grant lets its receiver read and no more. Who sees a request
about somebody is who sees that person's CLINICAL, whoever asked: from the day of the 16th birthday the child
reads and acts in what the parents have asked, and they read it by grant. What is about nobody stays with who
asked (cases/models/case.py).

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
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import IntegerChoices, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ages import today_in_madrid, years_before
from core.prepared import Slot

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

# One way of being allowed: a query for the ids, and its parameters.
Way = tuple[str, tuple[Any, ...]]

NOBODY = Q(pk__in=[])


class Level(IntegerChoices):
    CONTRACT = 1, _("Contract")
    AMOUNTS = 2, _("Amounts")
    CLINICAL = 3, _("Clinical detail")


@dataclass(frozen=True)
class Reader:
    """Whoever looks, as far as the rule asks: the person, the moment, and who is still a child then."""

    person: Any
    now: Any
    born_after_for_adults: Any
    born_after_for_health: Any


class Column(str):
    """In SQL, what stands where a value would: a column of the query around."""


class AnyReader:
    """In a prepared query: whoever it will be run for. `of_reader` gives the values."""

    is_authenticated = True
    is_active = True

    def __init__(self) -> None:
        self.pk = Slot("reader_user")
        self.person_on_file = self._Person()

    class _Person:
        pk = Slot("reader_person")


READER_HEALTH = "reader_health"
ANY_READER: Any = AnyReader()
_SLOTS = Reader(
    person=ANY_READER.person_on_file.pk,
    now=Slot("reader_now"),
    born_after_for_adults=Slot("reader_adults"),
    born_after_for_health=Slot(READER_HEALTH),
)


def of_reader(user: "User | AnonymousUser", *, on: date | None = None) -> dict[str, Any]:
    """What a prepared query of ANY_READER is filled in with. Who is not linked finds no row of a family."""
    person = getattr(user, "person_on_file", None)
    reader = _reader_of(person, on)
    return {
        "reader_user": user.pk,
        "reader_person": reader.person,
        "reader_now": reader.now,
        "reader_adults": reader.born_after_for_adults,
        READER_HEALTH: reader.born_after_for_health,
    }


def _reader_of(person: Any, on: date | None) -> Reader:
    on = on or today_in_madrid()
    return Reader(
        person=person.pk if person is not None else None,
        now=timezone.now(),
        born_after_for_adults=years_before(on, settings.ADULT_AGE),
        born_after_for_health=born_after_for_health(on),
    )


def born_after_for_health(on: date | None = None) -> date:
    """Who was born after this day is a child on `on` whose parents see and act; on the birthday no longer."""
    return years_before(on or today_in_madrid(), settings.CLINICAL_CONSENT_AGE)


def _who(user: "User | AnonymousUser", on: date | None) -> Reader | None:
    if user is ANY_READER:
        return _SLOTS
    person = getattr(user, "person_on_file", None)
    return _reader_of(person, on) if person is not None else None


def family_rule(user: "User | AnonymousUser", level: Level, *, of: str = "pk", on: date | None = None) -> Q:
    """The insured persons of whom `user` may see `level`, as a condition on InsuredPerson, or on the model
    whose field `of` points there.

    `on` is the day in Madrid by which ages are counted; today if not given.
    """
    me = _who(user, on)
    return NOBODY if me is None else _any_of(_family(me, level), of)


@dataclass(frozen=True)
class Affairs:
    """A table whose rows are about an insured person, or about nobody and then theirs who made them."""

    table: str
    about: str
    made_by: str

    def seen_by(self, user: "User | AnonymousUser", level: Level) -> Q:
        """As a condition on the model: about those of whom `user` may see `level`."""
        me = _who(user, None)
        return self._rows(user.pk, [] if me is None else _family(me, level))

    def acted_in_by(self, user: "User | AnonymousUser") -> Q:
        """About those in whose name `user` may act: themselves and their children, by no grant."""
        return self._acted_in(user.pk, _who(user, None))

    def acted_in_alongside(self, *, of: str) -> Q:
        """The same in a query of users that has joined their person, for the user of each row, with the slot
        READER_HEALTH: what comes with whoever asks for a page. `of` is a field that points to the table."""
        me = replace(_SLOTS, person=Column('"accounts_person"."id"'))
        return self._acted_in(Column('"accounts_user"."id"'), me, of=of)

    def _acted_in(self, user: Any, me: Reader | None, *, of: str = "pk") -> Q:
        born_after = me.born_after_for_health if me else None
        return self._rows(user, _self_and_wards(me, born_after, column="id") if me else [], of=of)

    def _rows(self, user: Any, ways: Iterable[Way], *, of: str = "pk") -> Q:
        own = f"SELECT r.id FROM {self.table} r WHERE r.{self.made_by} = %s AND r.{self.about} IS NULL"
        about = f"SELECT r.id FROM (%s) p JOIN {self.table} r ON r.{self.about} = p.id"
        return _any_of([(own, (user,)), *((about % query, values) for query, values in ways)], of)


def policy_rule(user: "User | AnonymousUser", level: Level, *, of: str = "pk", on: date | None = None) -> Q:
    """The policies of which `user` may see `level`, as a condition on Policy, or on the model whose field
    `of` points there.

    The premium and the bank account are the holder's affair: an insured person sees them only by the
    holder's grant.
    """
    me = _who(user, on)
    if me is None:
        return NOBODY
    granted, values = _grants(me, max(level, Level.AMOUNTS))
    ways: list[Way] = [
        ("SELECT p.id FROM policies_policy p WHERE p.holder_id = %s", (me.person,)),
        (f"SELECT p.id FROM {granted} JOIN policies_policy p ON p.holder_id = g.giver_id", values),
    ]
    if level == Level.CONTRACT:
        ways.extend(_as_a_person(me, level, column="policy_id"))
    return _any_of(ways, of)


def _family(me: Reader, level: Level) -> Iterable[Way]:
    yield from _as_a_person(me, level, column="id")
    if level < Level.CLINICAL:
        yield (
            "SELECT i.id FROM policies_policy p JOIN policies_insuredperson i ON i.policy_id = p.id"
            " WHERE p.holder_id = %s",
            (me.person,),
        )


def _as_a_person(me: Reader, level: Level, *, column: str) -> Iterable[Way]:
    """What somebody sees without holding any policy: themselves, their children, those who let them."""
    born_after = me.born_after_for_health if level == Level.CLINICAL else me.born_after_for_adults
    granted, values = _grants(me, level)
    yield from _self_and_wards(me, born_after, column=column)
    yield (
        f"SELECT i.{column} FROM {granted} JOIN policies_insuredperson i ON i.person_id = g.giver_id",
        values,
    )


def _self_and_wards(me: Reader, born_after: Any, *, column: str) -> Iterable[Way]:
    yield f"SELECT i.{column} FROM policies_insuredperson i WHERE i.person_id = %s", (me.person,)
    yield (
        f"SELECT i.{column} FROM policies_insuredperson i JOIN accounts_person c ON c.id = i.person_id"
        " WHERE (i.guardian_1_id = %s OR i.guardian_2_id = %s) AND c.born_on > %s",
        (me.person, me.person, born_after),
    )


def _grants(receiver: Reader, level: Level) -> Way:
    """The people who let `receiver` see `level` of them at this moment, to be joined as `g`."""
    return (
        "(SELECT giver_id FROM policies_grant WHERE receiver_id = %s AND level >= %s AND starts_at <= %s"
        " AND (ends_at IS NULL OR ends_at > %s) AND revoked_at IS NULL) g",
        (receiver.person, int(level), receiver.now, receiver.now),
    )


def _any_of(ways: Iterable[Way], of: str) -> Q:
    queries, values = [], []
    for query, given in ways:
        queries.append(query % tuple(value if isinstance(value, Column) else "%s" for value in given))
        values += [value for value in given if not isinstance(value, Column)]
    return Q((f"{of}__in", RawSQL(" UNION ALL ".join(queries), values)))
