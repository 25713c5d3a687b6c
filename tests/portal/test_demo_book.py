"""The demo's book: the same every time, valid, and with somebody in every state."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command

from accounts import actions, linking
from accounts.models import Person, User
from core.ages import age, today_in_madrid
from core.identity import is_dni
from core.models import OutgoingEmail
from policies.imports import import_book
from policies.models import Copayment, InsuredPerson, Mandate, Policy, PremiumReceipt
from policies.payment_state import PaymentState, Receipt, payment_status
from portal.demo.people import USERS, people, unregistered
from portal.management.commands.seed_demo import make_book
from tests.people import code_now

pytestmark = pytest.mark.django_db

FEW = 300


@pytest.fixture
def seed(tmp_path: Path, settings: Any) -> Callable[[], None]:
    settings.VAR_DIR = tmp_path
    return lambda: call_command("seed_demo", people=FEW, verbosity=0)


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_the_same_day_gives_the_same_files(tmp_path: Path) -> None:
    for name, day in (
        ("one", date(2026, 11, 21)),
        ("two", date(2026, 11, 21)),
        ("later", date(2026, 11, 22)),
    ):
        make_book(tmp_path / name, on=day, people=FEW)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert files(tmp_path / "one") != files(tmp_path / "later")


@pytest.mark.parametrize(
    "day", [date(2026, 1, 1), date(2026, 3, 31), date(2026, 12, 31), date(2027, 6, 30), date(2028, 2, 29)]
)
def test_on_any_day_every_row_is_good_and_the_children_have_their_ages(tmp_path: Path, day: date) -> None:
    with time_machine.travel(f"{day}T12:00:00+01:00", tick=False):
        make_book(tmp_path / "book", on=day, people=FEW)
        outcome = import_book(tmp_path / "book")
    assert (outcome.refusals, outcome.notes) == ([], [])
    born = dict(Person.objects.values_list("key", "born_on"))
    assert {name: age(born[f"P-{name}"], day) for name in ("ana", "bruno", "carla", "diego", "elena")} == {
        "ana": 44,
        "bruno": 46,
        "carla": 9,
        "diego": 16,
        "elena": 72,
    }
    assert states(day) >= {
        PaymentState.IN_FORCE,
        PaymentState.GRACE,
        PaymentState.SUSPENDED,
        PaymentState.EXTINGUISHED,
        PaymentState.RESTORED,
        PaymentState.NOT_STARTED,
    }


def states(day: date) -> set[PaymentState]:
    found = set()
    for policy in Policy.objects.prefetch_related("receipts"):
        receipts = [
            Receipt(
                due_on=each.due_on,
                paid_on=each.paid_on,
                claimed_on=each.claimed_on,
                period_to=each.period_to,
                first=each.period_from <= policy.effective_on,
            )
            for each in policy.receipts.all()
        ]
        found.add(payment_status(receipts, day).state)
    return found


def test_the_book_of_the_demo(seed: Callable[[], None]) -> None:
    seed()
    assert Person.objects.count() >= FEW
    assert all(is_dni(number) for number in Person.objects.exclude(dni=None).values_list("dni", flat=True))
    assert Mandate.objects.count() == Policy.objects.count()
    assert set(Policy.objects.values_list("modality", flat=True)) == set(Policy.Modality.values)
    assert set(Policy.objects.values_list("edition__code", flat=True)) == {"PF-2012", "PF-2024", "SA-2026"}
    assert {email.rpartition("@")[2] for email in Person.objects.values_list("email", flat=True)} == {
        "",
        "example.org",
    }
    ana = Person.objects.get(key="P-ana")
    assert list(ana.policies_held.order_by("number").values_list("number", "edition__code")) == [
        ("F-2000001", "PF-2024"),
        ("S-1000001", "SA-2026"),
    ]
    health = Policy.objects.get(number="S-1000001")
    assert Counter(health.insured.values_list("person__key", "relation")) == Counter(
        [("P-ana", "holder"), ("P-bruno", "spouse"), ("P-carla", "child"), ("P-diego", "child")]
    )
    unlocked = set(health.insured.get(person=ana).covers.values_list("cover__unlocks", flat=True))
    assert unlocked == {"network", "reimbursement", "travel"}
    guardians = InsuredPerson.objects.filter(person__key__in=["P-carla", "P-diego"])
    assert set(guardians.values_list("guardian_1__key", "guardian_2__key")) == {("P-ana", "P-bruno")}
    assert health.receipts.filter(due_on__year=today_in_madrid().year - 2).count() == 12
    assert Copayment.objects.filter(insured__policy=health).exists()
    elena = Policy.objects.get(holder__key="P-elena")
    assert (elena.edition.code, elena.insured.count()) == ("PF-2012", 1)


def test_accounts_of_the_demo(seed: Callable[[], None]) -> None:
    seed()
    linked = dict(User.objects.exclude(person=None).values_list("email", "person__key"))
    assert linked == {
        "ana@example.org": "P-ana",
        "bruno@example.org": "P-bruno",
        "elena@example.org": "P-elena",
    }
    assert OutgoingEmail.objects.count() == 0
    for demo in USERS:
        user = User.objects.get(email=demo.email)
        validate_password(demo.password, user)
        assert user.check_password(demo.password)
        assert EmailAddress.objects.filter(user=user, verified=True, primary=True).count() == 1
        assert (user.is_staff, user.is_superuser) == (
            bool(demo.group) or demo.is_superuser,
            demo.is_superuser,
        )
        assert user.terms_version == settings.BRAND.terms_version
    felix = User.objects.get(email="felix@alborada.example")
    assert felix.has_perms(["policies.view_policy", "accounts.view_person", "core.view_outgoingemail"])
    assert felix.has_perms(["cases.change_case", "cases.change_cannedtext", "servicing.view_enquiry"])
    assert not felix.has_perm("policies.change_policy")
    assert not felix.has_perm("core.view_auditentry")
    # Acts of care are the medical reviewer's.
    assert not felix.has_perm("policies.view_copayment")
    assert User.objects.get(email="gema@alborada.example").has_perm("policies.view_copayment")
    assert [person["login"] for person in people()] == [demo.email for demo in USERS]


def test_staff_of_the_demo_have_an_app(seed: Callable[[], None]) -> None:
    seed()
    secrets = {person["login"]: person["totp_secret"] for person in people() if "totp_secret" in person}
    assert sorted(secrets) == sorted(demo.email for demo in USERS if demo.is_staff)
    assert len(set(secrets.values())) == len(secrets)
    for factor in Authenticator.objects.select_related("user"):
        code = code_now(key=secrets.pop(factor.user.email))
        assert factor.wrap().validate_code(code)
    assert secrets == {}


def test_people_without_an_account_can_have_one(seed: Callable[[], None]) -> None:
    """A script that registers each of them in turn succeeds, whatever the order."""
    seed()
    found = unregistered()
    assert [person["name"].split()[0] for person in found if person["shares_mailbox"]] == ["Lucía"]
    assert len({person["email"] for person in found}) == len(found) == 8
    for person in found:
        on_file = Person.objects.get(dni=person["dni"], born_on=person["date_of_birth"])
        assert (on_file.full_name, on_file.email) == (person["name"], person["email"])
        assert on_file.is_adult()
        user = User.objects.create_user(str(person["email"]))
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        if person["shares_mailbox"]:
            assert not actions.link_by_mailbox(user)
            outcome = actions.claim(user, dni=on_file.dni or "", born_on=on_file.born_on)
            assert outcome is linking.Outcome.LINK
        else:
            assert actions.link_by_mailbox(user)
        assert person["email"] not in [other["email"] for other in unregistered()]
    assert unregistered() == []


def test_the_second_start_changes_nothing_and_resets_nothing(seed: Callable[[], None]) -> None:
    seed()
    ana = User.objects.get(email="ana@example.org")
    ana.set_password("Another-Word-49")
    ana.save()
    Person.objects.filter(key="P-ana").update(town="Vigo")
    before = (
        Person.objects.count(),
        Policy.objects.count(),
        PremiumReceipt.objects.count(),
        User.objects.count(),
    )
    with time_machine.travel("2030-01-01T12:00:00+01:00"):
        seed()
    assert before == (
        Person.objects.count(),
        Policy.objects.count(),
        PremiumReceipt.objects.count(),
        User.objects.count(),
    )
    ana.refresh_from_db()
    assert ana.check_password("Another-Word-49")
    assert Person.objects.get(key="P-ana").town == "Vigo"


def test_known_passwords_never_reach_production(settings: Any) -> None:
    settings.PORTAL_ENV = "production"
    with pytest.raises(CommandError, match="never put into a production database"):
        call_command("seed_demo")
    assert User.objects.count() == 0
