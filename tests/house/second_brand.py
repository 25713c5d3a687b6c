"""Run by test_second_brand.py in a process of its own: the portal as another insurer's, page by page.

Prints one JSON object: {"pages": how many were read, "found": [[where, word], …], "closed": what the
addresses of a part that this insurer does not offer answer, "led_to": links to them}.
"""

import io
import json
import os
import re
import sys
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings_test"

import django

django.setup()

import pikepdf
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import reverse

from accounts.models import Person, User
from core.ages import today_in_madrid
from policies import actions
from policies.models import Certificate, Cover, Edition, InsuredCover, InsuredPerson, Policy

setup_test_environment()
call_command("migrate", verbosity=0)
call_command("createcachetable")
call_command("load_catalogue", verbosity=0, stdout=io.StringIO())

today = today_in_madrid()
user = User.objects.create_user("marta@lumina.example", "Mesa7-lunaRota")
person = Person.objects.create(
    key="1",
    first_name="Marta",
    last_name_1="Puig",
    born_on=date(1960, 5, 5),
    user=user,
    linked_at=user.date_joined,
)
policy = Policy.objects.create(
    number="L-1", edition=Edition.objects.get(), holder=person, effective_on=date(today.year - 1, 1, 1),
    modality="levelled", instalments="yearly", annual_premium=100,
)  # fmt: skip
insured = InsuredPerson.objects.create(
    key="1", policy=policy, person=person, relation="holder", insured_from=policy.effective_on
)
InsuredCover.objects.create(
    key="1", insured=insured, cover=Cover.objects.get(), starts_on=policy.effective_on
)
certificate = actions.ask_certificate(
    insured=insured, starts_on=today + timedelta(days=3), ends_on=today + timedelta(days=9),
    destination=Certificate.Destination.SCHENGEN, country="França", language="ca", by=user,
)  # fmt: skip
certificate.refresh_from_db()

PUBLIC = [reverse(name) for name in ("home", "contact", "help", "verify", "account_login", "account_signup")]
PUBLIC += [reverse("legal", args=[page]) for page in ("legal-notice", "privacy", "terms", "complaints")]
PUBLIC += [reverse("policies:conditions", args=["LL-2026"]), reverse("account_reset_password"), "/nowhere/"]
MINE = [reverse(name) for name in ("home", "account", "policies:list", "policies:certificate_list")]
MINE += [policy.get_absolute_url(), reverse("policies:certificate_create"), certificate.get_absolute_url()]
FOREIGN = re.compile(sys.argv[1], re.IGNORECASE)

# lumina has no `servicing`.
CLOSED = [reverse(name) for name in ("servicing:ask_public", "servicing:ask", "cases:list")]
CLOSED += [reverse("servicing:account_change", args=[policy.reference])]
LINKS = re.compile(r'(?:href|action)="(/(?:servicing|requests)/[^"]*)"')

pages, found, led_to = 0, [], []


def read(where: str, text: str) -> None:
    global pages  # noqa: PLW0603
    pages += 1
    found.extend([where, word] for word in FOREIGN.findall(text))
    led_to.extend([where, link] for link in LINKS.findall(text))


stranger, customer = Client(), Client()
customer.force_login(user)
for language, _name in settings.LANGUAGES:
    for client, addresses in ((stranger, PUBLIC), (customer, MINE)):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        for address in addresses:
            response = client.get(address, headers={"accept-language": language})
            assert response.status_code in {200, 404}, (address, response.status_code)
            read(f"{language} {address}", response.content.decode())
for message in mail.outbox:
    read(
        f"mail {message.subject}",
        f"{message.subject} {message.from_email} {message.body} {message.alternatives}",
    )
assert certificate.status == Certificate.Status.READY
with certificate.file.open() as paper, pikepdf.open(paper) as pdf:
    read("paper", f"{dict(pdf.docinfo)} {pdf.Root.Lang}")
closed = [client.get(address).status_code for client in (stranger, customer) for address in CLOSED]
SessionStore.clear_expired()
told = {"pages": pages, "found": found, "mails": len(mail.outbox), "first": settings.LANGUAGE_CODE}
print(json.dumps(told | {"closed": closed, "led_to": led_to}))
