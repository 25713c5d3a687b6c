"""The family rule (policies/access.py): who sees what of whom, as a table; birthdays; grants; ends."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from core.deadlines import start_of_day
from policies.access import Level
from policies.models import Copayment, Grant, InsuredPerson, Mandate, Policy, PremiumReceipt
from tests.people import Actor, Cast, insure, make_person, make_policy, make_user

NOTHING: set[str] = set()
FAMILY = {"ana", "bruno", "carla", "diego"}

# Who looks → whom they see in Ana's health policy at each level.
# Bruno is an insured adult and the guardian of both children; Irene is a mother who is neither holder nor
# insured; Joan has received a grant of Bruno at the level AMOUNTS.
MATRIX = [
    # actor,  CONTRACT,                     AMOUNTS,                      CLINICAL
    ("ana",   FAMILY,                       FAMILY,                       {"ana", "carla"}),
    ("bruno", {"bruno", "carla", "diego"},  {"bruno", "carla", "diego"},  {"bruno", "carla"}),
    ("irene", {"carla", "diego"},           {"carla", "diego"},           {"carla"}),
    ("diego", {"diego"},                    {"diego"},                    {"diego"}),
    ("joan",  {"bruno"},                    {"bruno"},                    NOTHING),
    ("elena", NOTHING,                      NOTHING,                      NOTHING),
    ("felix", NOTHING,                      NOTHING,                      NOTHING),
    ("gema",  NOTHING,                      NOTHING,                      NOTHING),
    ("hugo",  NOTHING,                      NOTHING,                      NOTHING),
]  # fmt: skip
LEVELS = (Level.CONTRACT, Level.AMOUNTS, Level.CLINICAL)

# Who looks → whether they see the health policy, and whether they see its premium, receipts and account.
POLICY = [
    ("ana", True, True),
    ("bruno", True, False),
    ("irene", True, False),
    ("diego", True, False),
    ("joan", True, False),
    ("elena", False, False),
    ("felix", False, False),
    ("gema", False, False),
    ("hugo", False, False),
]


@dataclass
class House:
    cast: Cast
    irene: Actor
    joan: Actor

    def user(self, name: str) -> User:
        """Read anew, as each request does."""
        actor = getattr(self, name, None) or getattr(self.cast, name)
        return User.objects.get(pk=actor.user.pk)

    def seen(self, name: str, level: Level, policy: Policy | None = None) -> set[str]:
        rows = InsuredPerson.objects.visible_to(self.user(name), level)
        rows = rows.filter(policy=policy or self.cast.health)
        return {first.lower() for first in rows.values_list("person__first_name", flat=True)}


@pytest.fixture
def house(cast: Cast) -> House:
    irene = Actor(None, make_user("irene@example.org"))
    irene.person = make_person("P-irene", "Irene Sanz Roig", years=43, dni="22222222J", user=irene.user)
    joan = Actor(None, make_user("joan@example.org"))
    joan.person = make_person("P-joan", "Joan Puig Vila", years=50, dni="33333333P", user=joan.user)
    Grant.objects.create(giver=cast.bruno.person, receiver=joan.person, level=Level.AMOUNTS)
    cast.diego.user = make_user("diego@example.org")
    cast.diego.person.user, cast.diego.person.linked_at = cast.diego.user, timezone.now()  # type: ignore[union-attr]
    cast.diego.person.save()  # type: ignore[union-attr]
    return House(cast, irene, joan)


def with_guardians(house: House, first: Actor, second: Actor) -> None:
    InsuredPerson.objects.filter(relation="child").update(guardian_1=first.person, guardian_2=second.person)


@pytest.mark.parametrize(("name", "contract", "amounts", "clinical"), MATRIX)
def test_whom_each_actor_sees(
    house: House, name: str, contract: set[str], amounts: set[str], clinical: set[str]
) -> None:
    if name == "irene":
        with_guardians(house, house.irene, house.cast.bruno)
    seen = [house.seen(name, level) for level in LEVELS]
    assert seen == [contract, amounts, clinical]


@pytest.mark.parametrize(("name", "contract", "amounts"), POLICY)
def test_who_sees_the_policy_and_its_money(house: House, name: str, contract: bool, amounts: bool) -> None:
    if name == "irene":
        with_guardians(house, house.irene, house.cast.bruno)
    Mandate.objects.create(
        reference="M-1", policy=house.cast.health, iban="ES9121000418450200051332", signed_on=date(2024, 1, 1)
    )
    user, policy = house.user(name), house.cast.health
    assert Policy.objects.visible_to(user).filter(pk=policy.pk).exists() == contract
    assert Policy.objects.visible_to(user, Level.AMOUNTS).filter(pk=policy.pk).exists() == amounts
    assert PremiumReceipt.objects.visible_to(user).filter(policy=policy).exists() == amounts
    assert Mandate.objects.visible_to(user).filter(policy=policy).exists() == amounts


def test_the_list_of_policies_holds_exactly_those(house: House) -> None:
    policies = {
        name: {policy.number for policy in Policy.objects.visible_to(house.user(name))}
        for name in ("ana", "bruno", "diego", "elena", "joan", "hugo", "felix")
    }
    family = {house.cast.health.number, house.cast.funeral.number}
    assert policies == {
        "ana": family,
        "bruno": family,
        "diego": family,
        "elena": {house.cast.elenas.number},
        "joan": family,
        "hugo": set(),
        "felix": set(),
    }


def test_somebody_who_has_not_logged_in_sees_nobody(house: House) -> None:
    assert list(InsuredPerson.objects.visible_to(AnonymousUser(), Level.CONTRACT)) == []
    assert list(Policy.objects.visible_to(AnonymousUser())) == []


def test_a_holder_who_is_no_guardian_sees_a_childs_amounts_but_not_the_care(house: House) -> None:
    with_guardians(house, house.cast.bruno, house.irene)
    assert house.seen("ana", Level.AMOUNTS) == FAMILY
    assert house.seen("ana", Level.CLINICAL) == {"ana"}


def test_copayments_follow_the_insured_person(house: House) -> None:
    for actor in (house.cast.ana, house.cast.bruno, house.cast.carla, house.cast.diego):
        insured = house.cast.insured(actor, house.cast.health)
        Copayment.objects.create(
            key=insured.key, insured=insured, used_on=date(2026, 5, 4), act="Act", provider="Centre", amount=3
        )
    of_ana = {
        level: set(
            Copayment.objects.visible_to(house.user("ana"), level).values_list(
                "insured__person__first_name", flat=True
            )
        )
        for level in (Level.AMOUNTS, Level.CLINICAL)
    }
    assert of_ana == {Level.AMOUNTS: {"Ana", "Bruno", "Carla", "Diego"}, Level.CLINICAL: {"Ana", "Carla"}}


# --- birthdays ------------------------------------------------------------------------------------

# The day before, to its last second, and the first of the birthday, in Madrid. Ana is holder and mother,
# Irene is the mother only.
BORN = date(2010, 7, 20)
BIRTHDAYS = [
    # age that is reached, who looks, (before: levels), (after: levels)
    (14, "ana", (True, True, True), (True, True, True)),
    (14, "irene", (True, True, True), (True, True, True)),
    (16, "ana", (True, True, True), (True, True, False)),
    (16, "irene", (True, True, True), (True, True, False)),
    (18, "ana", (True, True, False), (True, True, False)),
    (18, "irene", (True, True, False), (False, False, False)),
]


@pytest.mark.parametrize(("years", "name", "before", "after"), BIRTHDAYS)
def test_birthdays_narrow_the_sight_at_midnight_in_madrid(
    house: House, years: int, name: str, before: tuple[bool, ...], after: tuple[bool, ...]
) -> None:
    with_guardians(house, house.cast.ana, house.irene)
    house.cast.carla.person.born_on = BORN  # type: ignore[union-attr]
    house.cast.carla.person.save()  # type: ignore[union-attr]
    midnight = start_of_day(BORN.replace(year=BORN.year + years))
    for moment, expected in ((midnight - timedelta(seconds=1), before), (midnight, after)):
        with time_machine.travel(moment.astimezone(UTC), tick=False):
            assert tuple("carla" in house.seen(name, level) for level in LEVELS) == expected


def test_a_guardian_loses_the_policy_itself_when_the_last_child_is_18(house: House) -> None:
    with_guardians(house, house.cast.ana, house.irene)
    InsuredPerson.objects.exclude(person=house.cast.carla.person).update(guardian_1=None, guardian_2=None)
    house.cast.carla.person.born_on = BORN  # type: ignore[union-attr]
    house.cast.carla.person.save()  # type: ignore[union-attr]
    midnight = start_of_day(BORN.replace(year=BORN.year + 18))
    seen = []
    for moment in (midnight - timedelta(seconds=1), midnight):
        with time_machine.travel(moment.astimezone(UTC), tick=False):
            seen.append(Policy.objects.visible_to(house.user("irene")).count())
    assert seen == [2, 0]


# --- grants ---------------------------------------------------------------------------------------

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GRANTS = [
    # fields of the grant, the levels at which the receiver sees the giver
    ({"level": Level.CONTRACT}, (True, False, False)),
    ({"level": Level.AMOUNTS}, (True, True, False)),
    ({"level": Level.CLINICAL}, (True, True, True)),
    ({"level": Level.CLINICAL, "starts_at": NOW}, (True, True, True)),
    ({"level": Level.CLINICAL, "starts_at": NOW + SECOND}, (False, False, False)),
    ({"level": Level.CLINICAL, "ends_at": NOW + SECOND}, (True, True, True)),
    ({"level": Level.CLINICAL, "ends_at": NOW}, (False, False, False)),
    ({"level": Level.CLINICAL, "revoked_at": NOW - SECOND}, (False, False, False)),
    # A revoked grant is dead whatever its moment says.
    ({"level": Level.CLINICAL, "revoked_at": NOW + SECOND}, (False, False, False)),
]


@pytest.mark.parametrize(("fields", "expected"), GRANTS)
def test_a_grant_shows_its_giver_up_to_its_level_while_it_lives(
    house: House, fields: dict[str, object], expected: tuple[bool, ...]
) -> None:
    Grant.objects.all().delete()
    with time_machine.travel(NOW, tick=False):
        values = {"starts_at": NOW - timedelta(days=1)} | fields
        Grant.objects.create(giver=house.cast.bruno.person, receiver=house.cast.elena.person, **values)
        assert tuple("bruno" in house.seen("elena", level) for level in LEVELS) == expected


def test_a_grant_works_one_way_and_shows_nobody_else(house: House) -> None:
    Grant.objects.create(
        giver=house.cast.bruno.person, receiver=house.cast.elena.person, level=Level.CLINICAL
    )
    assert house.seen("elena", Level.CONTRACT) == {"bruno"}
    assert house.seen("bruno", Level.CONTRACT, house.cast.elenas) == set()


def test_a_wife_sees_her_husbands_care_by_his_grant_alone(house: House) -> None:
    assert house.seen("ana", Level.CLINICAL) == {"ana", "carla"}
    Grant.objects.create(giver=house.cast.bruno.person, receiver=house.cast.ana.person, level=Level.CLINICAL)
    assert house.seen("ana", Level.CLINICAL) == {"ana", "bruno", "carla"}


def test_parents_see_the_care_of_a_child_of_16_by_the_childs_grant(house: House) -> None:
    Grant.objects.create(
        giver=house.cast.diego.person, receiver=house.cast.bruno.person, level=Level.CLINICAL
    )
    assert house.seen("bruno", Level.CLINICAL) == {"bruno", "carla", "diego"}
    assert house.seen("ana", Level.CLINICAL) == {"ana", "carla"}


@pytest.mark.parametrize(
    ("level", "policy", "amounts"),
    [(Level.CONTRACT, True, False), (Level.AMOUNTS, True, True), (Level.CLINICAL, True, True)],
)
def test_the_premium_is_seen_by_the_holders_grant(
    house: House, level: Level, policy: bool, amounts: bool
) -> None:
    Grant.objects.create(giver=house.cast.ana.person, receiver=house.cast.elena.person, level=level)
    user = house.user("elena")
    seen = Policy.objects.visible_to(user).filter(pk=house.cast.health.pk).exists()
    money = Policy.objects.visible_to(user, Level.AMOUNTS).filter(pk=house.cast.health.pk).exists()
    assert (seen, money) == (policy, amounts)


def test_a_grant_of_an_insured_person_does_not_open_the_holders_money(house: House) -> None:
    Grant.objects.filter(receiver=house.joan.person).update(level=Level.CLINICAL)
    assert list(Policy.objects.visible_to(house.user("joan"), Level.AMOUNTS)) == []


# --- the end --------------------------------------------------------------------------------------


def test_the_past_stays_with_who_lived_it(house: House) -> None:
    """Bruno left the policy: he still sees himself there, and his children; Ana still sees what she paid."""
    InsuredPerson.objects.filter(person=house.cast.bruno.person).update(insured_until=date(2025, 12, 31))
    with_guardians(house, house.cast.ana, house.irene)
    assert house.seen("bruno", Level.CLINICAL) == {"bruno"}
    assert house.seen("ana", Level.AMOUNTS) == FAMILY
    assert house.seen("ana", Level.CLINICAL) == {"ana", "carla"}


def test_a_new_holder_takes_over_and_the_old_one_keeps_only_themselves(house: House) -> None:
    Policy.objects.filter(pk=house.cast.health.pk).update(holder=house.cast.elena.person)
    InsuredPerson.objects.update(guardian_1=None, guardian_2=None)
    assert house.seen("ana", Level.CONTRACT) == {"ana"}
    assert house.seen("elena", Level.AMOUNTS) == FAMILY
    assert PremiumReceipt.objects.visible_to(house.user("ana")).filter(policy=house.cast.health).count() == 0


def test_an_account_that_is_unlinked_sees_nothing_any_more(house: House) -> None:
    assert house.seen("ana", Level.CONTRACT) == FAMILY
    house.cast.ana.person.user = None  # type: ignore[union-attr]
    house.cast.ana.person.save()  # type: ignore[union-attr]
    assert house.seen("ana", Level.CONTRACT) == set()


def test_somebody_may_be_insured_in_the_policies_of_two_holders(house: House) -> None:
    other = make_policy("F-9000001", "PF-2024", house.cast.elena.person, modality="levelled", premium="90.00")
    insure(other, house.cast.bruno.person, "other")
    assert house.seen("bruno", Level.CONTRACT, other) == {"bruno"}
    assert house.seen("ana", Level.CONTRACT, other) == set()
    assert house.seen("elena", Level.CONTRACT, other) == {"bruno"}


def test_nobody_is_found_twice(house: House) -> None:
    """Ana is herself, holder and mother at once; Bruno has also let her look."""
    Grant.objects.create(giver=house.cast.bruno.person, receiver=house.cast.ana.person, level=Level.CLINICAL)
    rows = list(InsuredPerson.objects.visible_to(house.user("ana")).filter(policy=house.cast.health))
    assert len(rows) == len({row.pk for row in rows}) == 4
