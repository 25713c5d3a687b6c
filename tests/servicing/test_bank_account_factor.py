"""Whoever has a factor confirms the change of account by it, or by the password, as they like."""

import time
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.urls import reverse

from cases.models import Case
from tests.people import Cast, code_now, enter, give_app
from tests.servicing.accounts import fill

pytestmark = pytest.mark.django_db


def test_a_code_of_the_app_confirms_it(cast: Cast, client: Any, old: Any, plain: Any) -> None:
    assert cast.ana.user
    give_app(cast.ana.user)
    enter(client, cast.ana.user)
    check = fill(client, cast.health).url
    asked = client.post(check)
    html = client.get(asked.url).content.decode()
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert reverse("mfa_reauthenticate") in html
    assert Case.objects.count() == 0
    client.post(f"{reverse('mfa_reauthenticate')}?next={check}", {"code": code_now()})
    assert Case.objects.get().asked_by == cast.ana.user


@pytest.mark.parametrize(("seconds_ago", "done"), [(10, 1), (301, 0)])
def test_a_passkey_of_the_last_five_minutes_confirms_it(
    cast: Cast, client: Any, old: Any, plain: Any, seconds_ago: int, done: int
) -> None:
    assert cast.ana.user
    factor = give_app(cast.ana.user)
    enter(client, cast.ana.user)
    session = client.session
    session["account_authentication_methods_user"] = str(cast.ana.user.pk)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {
            "method": "mfa",
            "type": "webauthn",
            "id": factor.pk,
            "reauthenticated": True,
            "at": time.time() - seconds_ago,
        }
    ]
    session.save()
    client.post(fill(client, cast.health).url)
    assert Case.objects.count() == done
