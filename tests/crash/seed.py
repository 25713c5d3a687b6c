"""Run beside the portal, with its settings, as an operator would: `python -m tests.crash.seed`.

--prepare           tables, catalogue, static files
--people N          N customers with a policy each, as JSON on the standard output
--sweep             the nightly sweep of papers, now
"""

import argparse
import json
import secrets
from datetime import date

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Person, User  # noqa: E402
from cases.tasks_papers import sweep_papers  # noqa: E402
from policies.models import Edition, Mandate, Policy  # noqa: E402
from portal.demo.book_money import iban  # noqa: E402
from tests.people import PASSWORD  # noqa: E402


def prepare() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("load_catalogue", verbosity=0, stdout=None)
    call_command("collectstatic", verbosity=0, interactive=False)


@transaction.atomic
def people(count: int) -> list[dict[str, str]]:
    """All with one password, hashed once: what is tried here is not how hard it is."""
    edition, now, run = Edition.objects.get(code="PF-2024"), timezone.now(), secrets.token_hex(4)
    password, found = make_password(PASSWORD), []
    for number in range(count):
        email = f"{run}.{number}@example.org"
        user = User(email=email, password=password, language="es", terms_version="1", terms_accepted_at=now)
        user.save()
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        person = Person.objects.create(
            key=f"{run}-{number}", first_name="Pilar", last_name_1="Rey", last_name_2="", email=email,
            born_on=date(1970, 5, 5), language="es", user=user, linked_at=now,
        )  # fmt: skip
        policy = Policy.objects.create(
            number=f"{run}-{number}", edition=edition, holder=person, effective_on=date(2024, 7, 1),
            modality="levelled", instalments=Policy.Instalments.MONTHLY, annual_premium="240.00",
        )  # fmt: skip
        Mandate.objects.create(
            reference=f"{run}-{number}", policy=policy, iban=iban(7), signed_on=date(2024, 6, 1)
        )
        found.append({"email": email, "policy": policy.reference})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prepare", action="store_true")
    parser.add_argument("--people", type=int, default=0)
    parser.add_argument("--sweep", action="store_true")
    asked = parser.parse_args()
    if asked.prepare:
        prepare()
    if asked.people:
        print(json.dumps(people(asked.people)))  # noqa: T201
    if asked.sweep:
        sweep_papers()


if __name__ == "__main__":
    main()
