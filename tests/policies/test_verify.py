"""The public page: valid, expired, revoked or unknown, initials only, and not too often from one address."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from core.ages import today_in_madrid
from core.references import ALPHABET
from policies import actions
from policies.models import Certificate
from tests.factories import make_receipt
from tests.policies.certificates import ask, next_week

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setattr("core.pdf.render_pdf", lambda *args, **kwargs: b"%PDF")
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def certificate(cast):
    return ask(cast, cast.ana, country="Ruritania")


def standing(client, code: str) -> str:
    response = client.get(reverse("verify_code", args=[code]))
    assert response.status_code == 200
    return response.context.get("standing", "unknown")


def test_valid_with_dates_kind_and_initials_only(client, certificate):
    response = client.get(reverse("verify_code", args=[certificate.code]), headers={"accept-language": "en"})
    text = response.content.decode()
    assert response.context["standing"] == "valid"
    assert "A. F. V." in text
    assert "Travel assistance certificate" in text
    for private in ("Ana", "Ferrer", "Vidal", "Ruritania", "S-1000001", "678Z", "ana@example.org"):
        # As a word: the token of a form may hold the three letters of a name by chance.
        assert not re.search(rf"\b{re.escape(private)}\b", text)
    assert certificate.reference not in text


@pytest.mark.parametrize(
    "typed",
    [str.lower, lambda code: f"{code[:4]}-{code[4:8]}-{code[8:]}", lambda code: f" {code[:4]} {code[4:]} "],
)
def test_codes_are_typed_in_many_ways(client, certificate, typed):
    assert standing(client, typed(certificate.code)) == "valid"


def test_one_changed_character_is_unknown(client, certificate):
    for place in range(Certificate.CODE_LENGTH):
        other = ALPHABET[(ALPHABET.index(certificate.code[place]) + 1) % len(ALPHABET)]
        assert standing(client, certificate.code[:place] + other + certificate.code[place + 1 :]) == "unknown"


def test_expired_the_day_after_the_trip(client, certificate):
    last = timezone.make_aware(timezone.datetime.combine(certificate.ends_on, timezone.datetime.max.time()))
    with time_machine.travel(last - timedelta(minutes=1), tick=False):
        assert standing(client, certificate.code) == "valid"
    with time_machine.travel(last + timedelta(minutes=1), tick=False):
        assert standing(client, certificate.code) == "expired"


def test_revoked(client, cast, certificate):
    actions.revoke_certificate(certificate=certificate, reason="Wrong name", by=cast.felix.user)
    response = client.get(reverse("verify_code", args=[certificate.code]))
    assert response.context["standing"] == "revoked"
    assert "Wrong name" not in response.content.decode()
    assert "A. F. V." not in response.content.decode()


def test_a_paper_without_its_cover_is_not_valid(client, cast, certificate):
    """Contract ended, cover ended, premium unpaid: the page says the same and no reason."""
    starts_on, ends_on = next_week()
    insured = certificate.insured
    for change in (
        lambda: (
            type(cast.health).objects.filter(pk=cast.health.pk).update(ends_on=ends_on - timedelta(days=1))
        ),
        lambda: insured.covers.filter(cover__code="worldwide").update(ends_on=starts_on),
        lambda: make_receipt(cast.health, starts_on - timedelta(days=100)),
    ):
        assert standing(client, certificate.code) == "valid"
        change()
        assert standing(client, certificate.code) == "revoked"
        type(cast.health).objects.filter(pk=cast.health.pk).update(ends_on=None)
        insured.covers.update(ends_on=None)


@pytest.mark.parametrize(
    ("days_since_due", "expected"),
    [(-1, "valid"), (0, "valid"), (1, "valid"), (27, "valid"), (31, "revoked")],
)
def test_the_month_of_grace_is_cover(client, cast, certificate, days_since_due, expected):
    """LCS art. 15: a premium that is late is no reason not to accept the paper; a suspended cover is."""
    make_receipt(cast.health, today_in_madrid() - timedelta(days=days_since_due))
    assert standing(client, certificate.code) == expected


@pytest.mark.parametrize("status", [Certificate.Status.ASKED, Certificate.Status.FAILED])
def test_what_was_never_printed_is_unknown(client, certificate, status):
    Certificate.objects.filter(pk=certificate.pk).update(status=status)
    assert standing(client, certificate.code) == "unknown"


def test_the_form_leads_to_the_answer(client, certificate):
    response = client.get(reverse("verify"), {"code": f" {certificate.printed_code.lower()} "})
    assert response.status_code == 302
    assert response.url == reverse("verify_code", args=[certificate.code])
    empty = client.get(reverse("verify"), {"code": " - "}, headers={"accept-language": "en"})
    assert "Type the code that stands on the paper." in empty.content.decode()
    assert client.get(reverse("verify")).status_code == 200


@pytest.mark.parametrize("code", ["x" * 500, "%00", "<script>alert(1)", "ñandú", "-"])
def test_nonsense_is_unknown(client, code):
    response = client.get(reverse("verify_code", args=[code]))
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_thirty_a_minute_from_one_address(client, certificate):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(30):
            assert standing(client, "ACDEFGHJKMNP") == "unknown"
        refused = client.get(reverse("verify_code", args=[certificate.code]))
        assert refused.status_code == 429
        assert refused["Retry-After"] == "60"
        other = client.get(reverse("verify_code", args=[certificate.code]), REMOTE_ADDR="203.0.113.9")
        assert other.status_code == 200
        clock.shift(61)
        assert standing(client, certificate.code) == "valid"


def test_the_code_is_not_in_the_log(client, certificate, capsys, caplog):
    standing(client, certificate.code)
    captured = capsys.readouterr()
    assert certificate.code not in captured.out + captured.err + caplog.text


def test_nobody_can_change_anything_here(client, certificate):
    assert client.post(reverse("verify_code", args=[certificate.code])).status_code == 405
    assert client.post(reverse("verify")).status_code == 405
