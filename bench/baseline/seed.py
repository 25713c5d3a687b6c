"""Fills the yardstick's database and prints the cookie of a session."""

import datetime
import os
from decimal import Decimal

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection
from pages.models import Bill, Contract, Insured, Message, Request

MODELS = (Contract, Insured, Bill, Request, Message)
DAY = datetime.date(2026, 1, 1)
MOMENT = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
SUM = Decimal("61.35")

call_command("migrate", verbosity=0)
with connection.schema_editor() as editor:
    for model in MODELS:
        editor.create_model(model)
users = User.objects.bulk_create(
    User(username=f"user{i}", first_name="Ana", password="!") for i in range(500)
)
contracts = Contract.objects.bulk_create(
    Contract(user=user, number=f"P{user.pk:06}{i}", product=f"Salud Familiar {i}", starts_on=DAY, premium=SUM)
    for user in users
    for i in range(2)
)
Insured.objects.bulk_create(
    Insured(contract=contract, name=f"Persona Apellido{i}", born_on=DAY)
    for contract in contracts
    for i in range(2)
)
Bill.objects.bulk_create(
    Bill(user=user, due_on=DAY + datetime.timedelta(days=30 * i), amount=SUM)
    for user in users
    for i in range(24)
)
Request.objects.bulk_create(
    Request(user=user, opened_at=MOMENT + datetime.timedelta(days=i), state="en estudio")
    for user in users
    for i in range(6)
)
Message.objects.bulk_create(Message(user=user, text="Hola", seen=i > 3) for user in users for i in range(8))
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
session = SessionStore()
session[SESSION_KEY] = str(users[250].pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = users[250].get_session_auth_hash()
session.save()
print(f"COOKIE sessionid={session.session_key}")
