"""Whether a stopwatch can tell who has an account: log-in, registration, access, new password.

    .venv/bin/python bench/login.py [--pairs 200]
    .venv/bin/python bench/login.py --parallel 50

Each case asks for somebody known and somebody unknown in turn, with the settings of production (real
Argon2, real counters, PostgreSQL and Valkey of its own). Printed: the ratio of the medians (goal 0.90 to
1.10) and the AUC, the share of pairs in which the known one takes longer (goal 0.40 to 0.60). A control,
which looks for the person by e-mail and then by user name as a portal of two log-in names usually does, must
miss both goals: a stopwatch that cannot see that sees nothing.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from portal.embedded import start_postgres, start_valkey

RATIO = (0.90, 1.10)
AUC = (0.40, 0.60)
WRONG = "Wrong7!mondelo-Trapp"
RIGHT = "Kz7!mondelo-Trapp"
LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
CONTROL = "control: two look-ups"


def dni(number: int) -> str:
    return f"{number:08}{LETTERS[number % 23]}"


def newcomer_dni(number: int) -> str:
    """Of somebody insured for health who has no account."""
    return dni(40_000_000 + number)


def card_number(number: int) -> str:
    return f"8034{number:08}"


class Stopwatch:
    """Posts as a new browser from an address of its own, so that no limit of the portal is ever met."""

    def __init__(self) -> None:
        self.visitors = 0

    def time(self, path: str, data: dict[str, str]) -> float:
        from django.test import Client

        self.visitors += 1
        address = f"10.{self.visitors // 65536}.{self.visitors // 256 % 256}.{self.visitors % 256}"
        browser = Client(REMOTE_ADDR=address, headers={"accept-language": "es"})
        started = time.perf_counter()
        answer = browser.post(path, data)
        spent = time.perf_counter() - started
        if answer.status_code not in {200, 302} or b"demasiados" in answer.content:
            raise SystemExit(f"{path} answered {answer.status_code}: the measure is not what it says")
        return spent


def prepare(folder: Path, pairs: int) -> None:
    """As many accounts as pairs: one failure each, far from any limit."""
    import django

    django.setup()
    from allauth.account.models import EmailAddress
    from django.contrib.auth.hashers import make_password
    from django.core.management import call_command
    from django.utils import timezone

    from accounts.models import Person, User

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    encoded = make_password(RIGHT)
    users = User.objects.bulk_create(
        User(email=f"{kind}{number}@example.org", password=encoded, is_active=kind != "closed")
        for kind in ("known", "closed")
        for number in range(pairs)
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    Person.objects.bulk_create(
        Person(
            key=f"P{number}",
            dni=dni(number),
            first_name="Ana",
            last_name_1="Ferrer",
            born_on="1980-01-01",
            user=user,
            linked_at=timezone.now(),
        )
        for number, user in enumerate(users[:pairs])
    )
    insure_for_health(pairs)


def insure_for_health(pairs: int) -> None:
    """Everybody known, and as many who have no account yet: all with a card, so that the details count."""
    from django.conf import settings

    from accounts.models import Person
    from policies import catalogue
    from policies.models import Card, Edition, InsuredPerson, Policy

    catalogue.load(settings.BRAND_DIR)
    newcomers = Person.objects.bulk_create(
        Person(
            key=f"N{number}",
            dni=newcomer_dni(number),
            first_name="Nuria",
            last_name_1="Prats",
            born_on="1980-01-01",
            email=f"on-file{number}@example.org",
        )
        for number in range(pairs)
    )
    people = [*Person.objects.filter(key__startswith="P").order_by("pk"), *newcomers]
    edition = Edition.objects.get(code="SA-2026")
    policies = Policy.objects.bulk_create(
        Policy(
            number=f"S{number}",
            edition=edition,
            holder=person,
            effective_on="2026-01-01",
            modality="annual",
            instalments="monthly",
            annual_premium=900,
        )
        for number, person in enumerate(people)
    )
    insured = InsuredPerson.objects.bulk_create(
        InsuredPerson(
            key=policy.number,
            policy=policy,
            person=policy.holder,
            relation="holder",
            insured_from="2026-01-01",
        )
        for policy in policies
    )
    Card.objects.bulk_create(
        Card(number=card_number(number), insured=row, valid_from="2026-01-01")
        for number, row in enumerate(insured)
    )


def control_backend() -> str:
    """Log-in by two names as it is usually written: by e-mail, else by user name, and a hash for each try."""
    from django.contrib.auth.backends import ModelBackend

    from accounts.models import User

    class TwoLookups(ModelBackend):
        def authenticate(self, request: Any, username: Any = None, password: Any = None, **more: Any) -> Any:
            user = User.objects.filter(email=username).first()
            if user is not None and user.check_password(password):
                return user
            return super().authenticate(request, username=username, password=password)

    sys.modules[__name__].TwoLookups = TwoLookups  # type: ignore[attr-defined]
    return f"{__name__}.TwoLookups"


Ask = Callable[[int], tuple[str, dict[str, str]]]


def cases() -> dict[str, tuple[Ask, Ask]]:
    """name: (somebody known, somebody unknown), as functions of the number of the pair."""

    def log_in(identifier: Callable[[int], str]) -> Ask:
        return lambda number: ("/accounts/login/", {"login": identifier(number), "password": WRONG})

    def mailbox(kind: str) -> Callable[[int], str]:
        return lambda number: f"{kind}{number}@example.org"

    def sign_up(kind: str) -> Ask:
        return lambda number: (
            "/accounts/signup/email/",
            {"email": mailbox(kind)(number), "password1": RIGHT, "terms": "on"},
        )

    def reset(kind: str) -> Ask:
        return lambda number: ("/accounts/password/reset/", {"identifier": mailbox(kind)(number)})

    def access(identifier: Callable[[int], str]) -> Ask:
        typed = {"born_on": "1980-01-01", "card_number": "8034 1234"}
        return lambda number: ("/accounts/signup/dni/", {"dni": identifier(number), **typed})

    def reset_with_details(identifier: Callable[[int], str], card: Callable[[int], str]) -> Ask:
        return lambda number: (
            "/accounts/password/reset/",
            {"identifier": identifier(number), "born_on": "1980-01-01", "card_number": card(number)},
        )

    def again(kind: str) -> Ask:
        return lambda number: ("/accounts/confirm-email/again/", {"email": mailbox(kind)(number)})

    return {
        "log-in, e-mail": (log_in(mailbox("known")), log_in(mailbox("nobody"))),
        "log-in, DNI": (log_in(dni), log_in(lambda number: dni(50_000_000 + number))),
        "log-in, closed account": (log_in(mailbox("closed")), log_in(mailbox("nobody-else"))),
        "registration": (sign_up("known"), sign_up("newcomer")),
        "new password": (reset("known"), reset("nobody")),
        "access by DNI": (access(newcomer_dni), access(lambda number: dni(60_000_000 + number))),
        "access, has an account": (access(dni), access(lambda number: dni(61_000_000 + number))),
        "new password, details": (
            reset_with_details(dni, card_number),
            reset_with_details(lambda number: dni(62_000_000 + number), card_number),
        ),
        "new password, wrong card": (
            reset_with_details(dni, lambda number: card_number(number + 1)),
            reset_with_details(dni, card_number),
        ),
        "confirmation again": (again("closed"), again("nobody")),
        CONTROL: (log_in(mailbox("known")), log_in(mailbox("no-one"))),
    }


def measure(watch: Stopwatch, known: Ask, unknown: Ask, pairs: int) -> tuple[float, float]:
    for number in range(3):
        watch.time(*known(number))
        watch.time(*unknown(pairs + number))
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(3, pairs):
        order = (0, 1) if number % 2 else (1, 0)
        for which in order:
            times[which].append(watch.time(*(known, unknown)[which](number)))
    ratio = statistics.median(times[0]) / statistics.median(times[1])
    longer = sum((one > other) + (one == other) / 2 for one in times[0] for other in times[1])
    return ratio, longer / (len(times[0]) * len(times[1]))


def within(ratio: float, auc: float) -> bool:
    return RATIO[0] <= ratio <= RATIO[1] and AUC[0] <= auc <= AUC[1]


def report(pairs: int) -> int:
    from django.core.cache import cache
    from django.test import override_settings

    failed = 0
    watch = Stopwatch()
    sys.stdout.write(f"{'case':28}{'ratio':>8}{'AUC':>8}   ({pairs} pairs)\n")
    for name, (known, unknown) in cases().items():
        cache.clear()
        control = name == CONTROL
        backends = [control_backend()] if control else ["accounts.backend.OneHashBackend"]
        with override_settings(AUTHENTICATION_BACKENDS=backends):
            ratio, auc = measure(watch, known, unknown, pairs)
        good = within(ratio, auc) is not control
        failed += not good
        verdict = ("seen, as it must be" if good else "NOT SEEN") if control else ("ok" if good else "TELLS")
        sys.stdout.write(f"{name:28}{ratio:>8.2f}{auc:>8.2f}   {verdict}\n")
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--parallel", type=int, metavar="LOG-INS", help="so many at once, instead")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-login-", dir="/tmp"))
    folder.chmod(0o755)
    (folder / "static").mkdir()
    postgres, valkey = start_postgres(folder / "pg"), start_valkey(folder / "valkey")
    os.environ.update(
        DJANGO_SETTINGS_MODULE="portal.settings",
        PORTAL_ENV="test",
        SECRET_KEY="only-for-the-stopwatch",
        SITE_URL="http://testserver",
        ALLOWED_HOSTS="testserver",
        DATABASE_URL=postgres.url,
        REDIS_URL=valkey.url,
        EMAIL_URL="smtp://127.0.0.1:1",
        LOG_LEVEL="ERROR",
        VAR_DIR=str(folder),
    )
    try:
        prepare(folder, options.parallel or options.pairs)
        if options.parallel:
            from bench.load import log_ins

            people = [f"known{number}@example.org" for number in range(options.parallel)]
            return log_ins.report(folder, people, RIGHT)
        from django.conf import settings

        # Pages are drawn, but their files are not served here.
        settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
        return report(options.pairs)
    finally:
        from django.db import connections

        connections.close_all()
        valkey.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
