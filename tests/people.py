"""The cast. Every test speaks of them; who must be refused is known at once.

Ana     holder of health (network, reimbursement, travel) and of the funeral policy of 2024
Bruno   her husband, adult, insured in both; has granted nothing to anybody
Carla   their daughter, 9
Diego   their son, 16
Elena   holder of a funeral policy of 2012, a stranger to all of them
Félix   call-centre agent
Gema    medical reviewer
Hugo    registered and verified, linked to nobody
"""

import time
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import timezone

from accounts.models import Person, User
from core.ages import today_in_madrid
from policies.models import Cover, Edition, InsuredCover, InsuredPerson, Policy
from tests.factories import make_receipts

PASSWORD = "Mesa7-lunaRota"
# Of the apps of those who work here.
APP_KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Actor:
    """Somebody of the cast: on file, with an account, or both."""

    person: Person | None
    user: User | None

    @property
    def email(self) -> str:
        return self.user.email if self.user else self.person.email  # type: ignore[union-attr]


@dataclass
class Cast:
    ana: Actor
    bruno: Actor
    carla: Actor
    diego: Actor
    elena: Actor
    felix: Actor
    gema: Actor
    hugo: Actor
    health: Policy
    funeral: Policy
    elenas: Policy

    def insured(self, actor: Actor, policy: Policy) -> InsuredPerson:
        return InsuredPerson.objects.get(person=actor.person, policy=policy)


def born_years_ago(years: int, on: date | None = None) -> date:
    """A birthday half a year from any boundary, so that no test turns with the calendar."""
    on = on or today_in_madrid()
    month, year = (on.month + 6, on.year) if on.month <= 6 else (on.month - 6, on.year + 1)
    return date(year - years - 1, month, 15)


def make_user(email: str, *, verified: bool = True, **fields: object) -> User:
    user = User.objects.create_user(
        email, PASSWORD, terms_version="2026-01", terms_accepted_at=timezone.now(), **fields
    )
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)
    return user


def give_app(user: User) -> Authenticator:
    """An app that makes codes of APP_KEY."""
    factor: Authenticator = TOTP.activate(user, APP_KEY).instance
    return factor


def code_now(steps: int = 0, key: str = APP_KEY) -> str:
    """What the app shows, or showed so many half minutes ago (negative), or will show."""
    return format_hotp_value(hotp_value(key, int(time.time()) // 30 + steps))


def note_factor(client: Client, user: User, *, seconds_ago: float = 0) -> None:
    """As if the person had used their factor in this log-in."""
    factor = Authenticator.objects.filter(user=user).first()
    if factor is None:
        return
    session = client.session
    record = {"method": "mfa", "at": time.time() - seconds_ago, "id": factor.pk, "type": factor.type}
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [record]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def enter(client: Client, user: User | None) -> None:
    """Logged in; those who work here by their factor too."""
    assert user
    client.force_login(user)
    if user.is_staff:
        # Longer ago than a re-authentication may be.
        note_factor(client, user, seconds_ago=600)


def make_person(
    key: str, name: str, *, years: int, dni: str | None, email: str = "", user: User | None = None
) -> Person:
    first, last_1, last_2 = name.split()
    return Person.objects.create(
        key=key,
        dni=dni,
        first_name=first,
        last_name_1=last_1,
        last_name_2=last_2,
        born_on=born_years_ago(years),
        email=email,
        language="es",
        user=user,
        linked_at=timezone.now() if user else None,
    )


def make_policy(number: str, edition: str, holder: Person, *, modality: str, premium: str) -> Policy:
    today = today_in_madrid()
    return Policy.objects.create(
        number=number,
        edition=Edition.objects.get(code=edition),
        holder=holder,
        effective_on=date(today.year - 3, 1, 1),
        modality=modality,
        instalments=Policy.Instalments.MONTHLY,
        annual_premium=Decimal(premium),
    )


def insure(
    policy: Policy, person: Person, relation: str, guardians: tuple[Person, ...] = ()
) -> InsuredPerson:
    first, second = (*guardians, None, None)[:2]
    insured = InsuredPerson.objects.create(
        key=f"{policy.number}-{person.key}",
        policy=policy,
        person=person,
        relation=relation,
        guardian_1=first,
        guardian_2=second,
        insured_from=policy.effective_on,
    )
    InsuredCover.objects.bulk_create(
        InsuredCover(
            key=f"{insured.key}-{cover.code}",
            insured=insured,
            cover=cover,
            capital=Decimal("3000.00"),
            starts_on=policy.effective_on,
        )
        for cover in Cover.objects.filter(edition=policy.edition)
    )
    return insured


def make_cast() -> Cast:
    ana = Actor(None, make_user("ana@example.org"))
    ana.person = make_person(
        "P-ana", "Ana Ferrer Vidal", years=44, dni="12345678Z", email="ana@example.org", user=ana.user
    )
    bruno = Actor(None, make_user("bruno@example.org"))
    bruno.person = make_person(
        "P-bruno", "Bruno Soto Gil", years=46, dni="87654321X", email="bruno@example.org", user=bruno.user
    )
    carla = Actor(make_person("P-carla", "Carla Soto Ferrer", years=9, dni=None), None)
    diego = Actor(make_person("P-diego", "Diego Soto Ferrer", years=16, dni="11111111H"), None)
    elena = Actor(None, make_user("elena@example.org"))
    elena.person = make_person(
        "P-elena", "Elena Mas Roca", years=72, dni="X1234567L", email="elena@example.org", user=elena.user
    )
    felix = Actor(None, make_user("felix@alborada.example", is_staff=True))
    gema = Actor(None, make_user("gema@alborada.example", is_staff=True))
    give_app(felix.user)  # type: ignore[arg-type]
    give_app(gema.user)  # type: ignore[arg-type]
    staff = Group.objects.create(name="staff of the tests")
    staff.permissions.set(Permission.objects.filter(codename__startswith="view_"))
    felix.user.groups.add(staff)  # type: ignore[union-attr]
    gema.user.groups.add(staff)  # type: ignore[union-attr]
    hugo = Actor(None, make_user("hugo@example.org"))

    health = make_policy("S-1000001", "SA-2026", ana.person, modality="annual", premium="1011.84")
    funeral = make_policy("F-2000001", "PF-2024", ana.person, modality="levelled", premium="240.00")
    elenas = make_policy("F-1200001", "PF-2012", elena.person, modality="semi_natural", premium="180.00")
    parents = (ana.person, bruno.person)
    for policy in (health, funeral):
        insure(policy, ana.person, "holder")
        insure(policy, bruno.person, "spouse")
        insure(policy, carla.person, "child", parents)  # type: ignore[arg-type]
        insure(policy, diego.person, "child", parents)  # type: ignore[arg-type]
    insure(elenas, elena.person, "holder")
    for policy in (health, funeral, elenas):
        make_receipts(policy, months=6)
    return Cast(ana, bruno, carla, diego, elena, felix, gema, hugo, health, funeral, elenas)
