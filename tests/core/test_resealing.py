"""A change of keys, from the old one to the day on which it may go: nothing that was sealed is lost."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.utils import decrypt
from django.core.management import CommandError, call_command

from accounts.models import User
from cases import drafts
from cases.models import Draft
from core import resealing
from core.secrets import is_sealed_anew
from servicing.kinds import BANK_ACCOUNT
from tests.people import APP_KEY, Cast, give_app

pytestmark = pytest.mark.django_db

OLD = "the old key, random and long enough for all that it seals"
NEW = "the new key, random and long enough for all that it seals"
IBAN = "ES9121000418450200051332"


@pytest.fixture
def sealed(cast: Cast, settings: Any) -> dict[str, Any]:
    """Sealed by the old key: Ana's app, her recovery codes, and the account number in a draft."""
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    ana = cast.ana.user
    assert ana
    Authenticator.objects.all().delete()
    Draft.objects.all().delete()
    give_app(ana)
    codes = RecoveryCodes.activate(ana).generate_codes()
    drafts.save(ana, BANK_ACCOUNT.code, {"iban": IBAN, "account_owner": "Ana Ferrer Vidal"}, place="POL-1")
    Authenticator.objects.create(user=ana, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone"})
    return {"user": ana, "codes": codes}


def tokens() -> list[str]:
    factors = [factor.data for factor in Authenticator.objects.exclude(type="webauthn").order_by("type")]
    return [factors[0]["seed"], factors[1]["secret"], Draft.objects.get().data["iban"]]


def still_there(user: User, codes: list[str]) -> bool:
    app, paper = (Authenticator.objects.get(user=user, type=kind) for kind in ("totp", "recovery_codes"))
    read = drafts.load(user, BANK_ACCOUNT.code, place="POL-1")
    return (
        decrypt(app.data["secret"]) == APP_KEY
        and paper.wrap().generate_codes() == codes
        and (read["iban"], read["account_owner"]) == (IBAN, "Ana Ferrer Vidal")
    )


def test_the_old_key_may_go_afterwards(sealed: dict[str, Any], settings: Any, capsys: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    before = tokens()
    assert [is_sealed_anew(token) for token in before] == [False] * 3
    call_command("reseal")
    said = capsys.readouterr().out
    assert "app keys and recovery codes: 2 rows, 2 sealed again" in said
    assert "fields of drafts: 1 rows, 1 sealed again" in said
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    settings.SECRET_KEY = "another secret key, on the same day"
    assert [is_sealed_anew(token) for token in tokens()] == [True] * 3
    assert still_there(sealed["user"], sealed["codes"])
    assert Authenticator.objects.get(type="webauthn").data == {"name": "Phone"}


def test_a_second_run_changes_nothing(sealed: dict[str, Any], settings: Any, capsys: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    call_command("reseal")
    once, saved_at = tokens(), Draft.objects.get().saved_at
    capsys.readouterr()
    call_command("reseal")
    assert re.findall(r"(\d+) sealed again", capsys.readouterr().out) == ["0", "0"]
    assert tokens() == once
    # To seal again is not to write on: the draft dies on its day.
    assert Draft.objects.get().saved_at == saved_at


def test_from_the_secret_key_to_a_key_of_its_own(sealed: dict[str, Any], settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [settings.SECRET_KEY, OLD]
    call_command("reseal")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    call_command("reseal")
    settings.SECRET_KEY = "a new secret key"
    assert still_there(sealed["user"], sealed["codes"])


def test_many_rows_are_walked_in_small_steps(sealed: dict[str, Any], settings: Any) -> None:
    for number in range(7):
        drafts.save(sealed["user"], BANK_ACCOUNT.code, {"iban": f"{IBAN}{number}"}, place=f"POL-{number + 2}")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    outcome = resealing.reseal(drafts.SEALED_FIELDS, batch=3)
    assert (outcome.rows, outcome.changed, outcome.unreadable) == (8, 8, ())
    assert all(is_sealed_anew(draft.data["iban"]) for draft in Draft.objects.all())


def test_what_no_key_opens_is_named_and_left_and_the_rest_is_done(
    sealed: dict[str, Any], settings: Any, capsys: Any
) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    give_app(User.objects.get(email="elena@example.org"))
    lost = list(Authenticator.objects.filter(user=sealed["user"]).exclude(type="webauthn").order_by("pk"))
    before = tokens_of(sealed["user"])
    with pytest.raises(CommandError, match="3 rows are sealed by a key that is not listed"):
        call_command("reseal")
    assert f"no key opens 2 rows: {lost[0].pk}, {lost[1].pk}" in capsys.readouterr().err
    assert tokens_of(sealed["user"]) == before
    # With the key it can be done after all.
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    call_command("reseal")
    assert still_there(sealed["user"], sealed["codes"])


def tokens_of(user: User) -> list[Any]:
    return [factor.data for factor in Authenticator.objects.filter(user=user).order_by("pk")]
