"""For bench/web.py: a session of Ana, the pages to ask for, and how many statements each costs."""

import json
import os
import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

import django

django.setup()

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from cases import actions
from cases.lifecycle import Side
from cases.models import Case
from policies.models import Policy
from servicing import actions as servicing


def open_request(user: User) -> Case:
    """One with a message, the first time the benchmark runs on this database."""
    key = UUID(int=1)
    case = servicing.ask(by=user, language="es", topic="cards", question="¿Dónde está?", sent_key=key)
    actions.send_message(case, by=user, side=Side.CUSTOMER, body="Gracias.", sent_key=key)
    return case


user = User.objects.get(email="ana@example.org")
policy = Policy.objects.visible_to(user).order_by("pk")[0]
request = open_request(user)
pages = [
    ("log-in page", reverse("account_login"), False),
    ("home", reverse("home"), True),
    ("policy list", reverse("policies:list"), True),
    ("policy page", policy.get_absolute_url(), True),
    ("receipts", reverse("policies:receipts", args=[policy.reference]), True),
    ("travel certificate form", reverse("policies:certificate_create"), True),
    ("my requests", reverse("cases:list"), True),
    ("request page", request.get_absolute_url(), True),
]
host = settings.ALLOWED_HOSTS[0]
client, stranger = Client(HTTP_HOST=host), Client(HTTP_HOST=host)
client.force_login(user)
rows = []
for name, path, logged_in in pages:
    browser = client if logged_in else stranger
    browser.get(path)  # what is remembered for a while is remembered now
    with CaptureQueriesContext(connection) as captured:
        response = browser.get(path)
    if response.status_code != 200:
        raise SystemExit(f"{path} answered {response.status_code}")
    rows.append({"name": name, "path": path, "logged_in": logged_in, "sql": len(captured)})
cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
print(json.dumps({"cookie": cookie, "pages": rows}))
