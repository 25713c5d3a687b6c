"""Every address × every member of the cast × whose object it is: the declared answer, and no other.

A new address without a row here fails. A page that reads only reads: every GET sends nothing but SELECT.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from cases.models import Case, CaseDocument, SentCopy
from core.references import new_reference
from core.staff import staff_site as site
from policies.models import Certificate
from servicing import actions as servicing
from tests.people import Actor, Cast, enter

# Carla and Diego are too young for an account of their own (LOG-05).
ACTORS = ("anonymous", "ana", "bruno", "elena", "felix", "gema", "hugo")
OK, MOVED, LOGIN, MISSING, NOT_ALLOWED, GONE = 200, 302, 302, 404, 405, 410
Arguments = Callable[[Cast, Certificate], list[Any]]


def public(answer: int = OK) -> dict[str, int]:
    return dict.fromkeys(ACTORS, answer)


def logged_in(answer: int = OK, **others: int) -> dict[str, int]:
    return {"anonymous": LOGIN} | dict.fromkeys(ACTORS[1:], answer) | others


def only(*actors: str, answer: int = OK) -> dict[str, int]:
    return {"anonymous": LOGIN} | dict.fromkeys(ACTORS[1:], MISSING) | dict.fromkeys(actors, answer)


@dataclass(frozen=True)
class Row:
    answers: dict[str, int]
    arguments: Arguments = field(default=lambda cast, certificate: [])


def policy(cast: Cast, certificate: Certificate) -> list[Any]:
    return [cast.health.reference]


def receipt(cast: Cast, certificate: Certificate) -> list[Any]:
    return [cast.health.reference, cast.health.receipts.values_list("number", flat=True)[0]]


def bruno_s_certificate(cast: Cast, certificate: Certificate) -> list[Any]:
    return [certificate.reference]


def new_account(cast: Cast, certificate: Certificate) -> list[Any]:
    return [cast.health.reference, uuid.UUID(int=1), "seen"]


def ana_s_request(cast: Cast, certificate: Certificate) -> list[Any]:
    return [Case.objects.get(asked_by=cast.ana.user, kind="enquiry").reference]


def ana_s_move(cast: Cast, certificate: Certificate) -> list[Any]:
    return [*ana_s_request(cast, certificate), "withdraw"]


def ana_s_document(cast: Cast, certificate: Certificate) -> list[Any]:
    return [CaseDocument.objects.get(sent_by=cast.ana.user).reference]


def words(*arguments: str) -> Arguments:
    return lambda cast, certificate: list(arguments)


# Pages for those who are not logged in send the others home.
STRANGERS_ONLY = {"anonymous": OK} | dict.fromkeys(ACTORS[1:], MOVED)

PAGES: dict[str, Row] = {
    "home": Row(public()),
    "account": Row(logged_in()),
    "who_looked": Row(logged_in()),
    "contact": Row(public()),
    "help": Row(public()),
    "help_topic": Row(public(), words("register")),
    "legal": Row(public(), words("privacy")),
    "language": Row(public(NOT_ALLOWED)),
    "brand_css": Row(public(MOVED), words("old")),
    "robots": Row(public()),
    "healthz": Row(public()),
    "readyz": Row(public()),
    "verify": Row(public()),
    "verify_code": Row(public(), words("AAAA-AAAA-AAAA")),
    "policies:list": Row(logged_in()),
    "policies:conditions_list": Row(public()),
    "policies:conditions": Row(public(), words("PF-2024")),
    "policies:detail": Row(only("ana", "bruno"), policy),
    "policies:receipts": Row(only("ana"), policy),
    "policies:receipt": Row(only("ana"), receipt),
    "policies:copayments": Row(only("ana", "bruno"), policy),
    "policies:certificate_list": Row(logged_in()),
    "policies:certificate_create": Row(logged_in()),
    "policies:certificate_detail": Row(only("bruno"), bruno_s_certificate),
    # It is ready: the page that waits is led on.
    "policies:certificate_progress": Row(only("bruno", answer=MOVED), bruno_s_certificate),
    "policies:certificate_download": Row(only("bruno"), bruno_s_certificate),
    "policies:certificate_retry": Row(logged_in(NOT_ALLOWED), bruno_s_certificate),
    "cases:list": Row(logged_in()),
    "cases:detail": Row(only("ana"), ana_s_request),
    "cases:document": Row(only("ana"), ana_s_document),
    # They take forms of that page; opened themselves they lead to it.
    "cases:message": Row(only("ana", answer=MOVED), ana_s_request),
    "cases:read": Row(only("ana", answer=MOVED), ana_s_request),
    "cases:upload": Row(only("ana", answer=MOVED), ana_s_request),
    "cases:move": Row(only("ana", answer=MOVED), ana_s_move),
    "cases:copy": Row(only("ana"), ana_s_request),
    "cases:copy_download": Row(only("ana"), ana_s_request),
    "cases:draft_discard": Row(logged_in(NOT_ALLOWED), words("enquiry")),
    "servicing:account_change": Row(only("ana"), policy),
    # Nothing has been answered yet: back to the form.
    "servicing:account_check": Row(only("ana", answer=MOVED), new_account),
    # A question has no mandate; tests/servicing/test_mandate.py has one.
    "servicing:mandate_download": Row(only(), ana_s_request),
    "servicing:mandate_retry": Row(logged_in(NOT_ALLOWED), ana_s_request),
    # Who is linked to nobody is led to that first.
    "servicing:profile": Row(logged_in(felix=MOVED, gema=MOVED, hugo=MOVED)),
    # Nothing begun: back to the form.
    "servicing:profile_check": Row(logged_in(MOVED), words(str(uuid.UUID(int=1)), "seen")),
    "servicing:profile_later": Row(logged_in(NOT_ALLOWED)),
    "servicing:ask": Row(logged_in()),
    # Nothing has been written or asked yet: back to the form.
    "servicing:ask_check": Row(logged_in(MOVED), words(str(uuid.UUID(int=1)))),
    "servicing:ask_public": Row(STRANGERS_ONLY),
    "servicing:ask_public_check": Row(public(MOVED), words(str(uuid.UUID(int=1)))),
    "servicing:asked": Row(public(MOVED)),
    # Pages of the staff: a customer finds nothing there.
    "callers": Row(only("felix", "gema")),
    "caller": Row(only("felix", "gema"), lambda cast, certificate: [cast.ana.person.pk]),
    "account_login": Row(STRANGERS_ONLY),
    # In the middle of a log-in only.
    "mfa_authenticate": Row(public(MOVED)),
    "mfa_login_webauthn": Row(public(MOVED)),
    # Félix and Gema have an app.
    "mfa_reauthenticate": Row(logged_in(MOVED, felix=OK, gema=OK)),
    "mfa_reauthenticate_webauthn": Row(logged_in(MOVED)),
    "account_security": Row(logged_in()),
    "mfa_index": Row(logged_in()),
    "mfa_list_webauthn": Row(logged_in()),
    "account_factor_not_now": Row(logged_in(NOT_ALLOWED)),
    # The admin is open to them: they are led on.
    "account_staff_factor": Row(only("felix", "gema", answer=MOVED)),
    # What comes next asks for the password again.
    "mfa_activate_totp": Row(logged_in(MOVED)),
    "mfa_deactivate_totp": Row(only("felix", "gema", answer=MOVED)),
    "mfa_add_webauthn": Row(logged_in(MOVED)),
    "mfa_edit_webauthn": Row(only(), words("of-nobody")),
    "mfa_remove_webauthn": Row(only(), words("of-nobody")),
    # tests/accounts/test_factors.py has some.
    "mfa_view_recovery_codes": Row(only()),
    "mfa_generate_recovery_codes": Row(logged_in(MOVED)),
    "mfa_download_recovery_codes": Row(only()),
    "account_stay": Row(logged_in(NOT_ALLOWED)),
    "account_logout": Row(logged_in()),
    "account_inactive": Row(public(MOVED)),
    # Of those who have a factor and work here, the password is not enough.
    "account_reauthenticate": Row(logged_in(felix=MOVED, gema=MOVED)),
    "account_signup": Row(STRANGERS_ONLY),
    "account_signup_email": Row(STRANGERS_ONLY),
    "account_access": Row(STRANGERS_ONLY),
    "account_access_sent": Row(public()),
    "account_access_new": Row(public(GONE)),
    "account_access_key": Row(public(GONE), words("not-a-key")),
    "account_email_verification_sent": Row(public()),
    "account_resend": Row(public()),
    "account_confirm_email": Row(public(GONE), words("not-a-key")),
    "account_confirm_email_now": Row(public(GONE)),
    "account_change_password": Row(logged_in()),
    "account_reset_password": Row(public()),
    "account_reset_password_done": Row(public()),
    "account_reset_password_new": Row(public(GONE)),
    "account_reset_password_from_key": Row(public(GONE), words("not-a-key")),
    "account_log_ins": Row(logged_in()),
    "account_end_others": Row(logged_in(NOT_ALLOWED)),
    "account_end_session": Row(logged_in(NOT_ALLOWED), words("of-nobody")),
    # What comes next asks for the password again.
    "account_email": Row(logged_in(MOVED)),
    "account_email_key": Row(public(GONE), words("not-a-key")),
    "account_email_confirm": Row(logged_in(GONE)),
    "account_email_back_key": Row(public(GONE), words("not-a-key")),
    "account_email_back": Row(public(GONE)),
    "account_factors_off_key": Row(public(GONE), words("not-a-key")),
    "account_factors_off": Row(public(GONE)),
    "account_factors_stay_key": Row(public(GONE), words("not-a-key")),
    "account_factors_stay": Row(public(GONE)),
    "account_close": Row(logged_in()),
    "account_closed": Row(public()),
    # Those who are linked have nothing to look for.
    "account_link": Row(logged_in(ana=MOVED, bruno=MOVED, elena=MOVED)),
}


def addresses(resolver: URLResolver | None = None, space: str = "") -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            # The admin has its own walk below.
            if entry.app_name != "admin":
                yield from addresses(entry, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            assert entry.name, f"{entry.pattern} has no name"
            yield f"{space}{entry.name}"


@pytest.fixture
def certificate(cast: Cast) -> Certificate:
    from datetime import timedelta

    from core.ages import today_in_madrid
    from policies import actions

    today = today_in_madrid()
    asked = actions.ask_certificate(
        insured=cast.insured(cast.bruno, cast.health),
        starts_on=today + timedelta(days=10),
        ends_on=today + timedelta(days=20),
        destination=Certificate.Destination.SCHENGEN,
        country="",
        language="es",
        by=cast.bruno.user,
    )
    actions.render_certificate(certificate_id=asked.pk)
    asked.refresh_from_db()
    assert asked.status == Certificate.Status.READY
    ana_asks(cast)
    return asked


def ana_asks(cast: Cast) -> None:
    """A question of Ana's with a paper that was found clean."""
    case = servicing.ask(
        by=cast.ana.user, language="es", topic="cards", question="Ferrer?", sent_key=uuid.uuid4()
    )
    SentCopy.objects.create(
        case=case,
        language="es",
        status=SentCopy.Status.READY,
        file=ContentFile(b"%PDF-1.7", "copy.pdf"),
        sha256="0" * 64,
        ready_at=case.opened_at,
    )
    CaseDocument.objects.create(
        reference=new_reference("DOC"),
        case=case,
        sent_by=cast.ana.user,
        name="Ferrer.pdf",
        state=CaseDocument.State.ACCEPTED,
        file=ContentFile(b"%PDF-1.7", "clean.pdf"),
        content_type="application/pdf",
        sha256="0" * 64,
    )


def browser(cast: Cast, actor: str) -> Client:
    client = Client()
    if actor != "anonymous":
        who: Actor = getattr(cast, actor)
        enter(client, who.user)
    return client


def test_every_address_is_declared() -> None:
    assert sorted(addresses()) == sorted(PAGES)


@pytest.mark.parametrize("actor", ACTORS)
def test_every_page_answers_as_declared(actor: str, cast: Cast, certificate: Certificate) -> None:
    client = browser(cast, actor)
    given, wrote, blank = {}, {}, []
    for name, row in PAGES.items():
        with CaptureQueriesContext(connection) as captured:
            response = client.get(reverse(name, args=row.arguments(cast, certificate)))
        given[name] = response.status_code
        if response.status_code != MOVED and not body(response):
            blank.append(name)
        if response.status_code == NOT_ALLOWED:
            assert response["Allow"] == "POST"
        statements = [query["sql"] for query in captured if writes(query["sql"])]
        if statements:
            wrote[name] = statements
    assert given == {name: row.answers[actor] for name, row in PAGES.items()}
    assert wrote == {}
    # Nobody is left before a white page.
    assert blank == []


def body(response: Any) -> bytes:
    return b"".join(response) if response.streaming else response.content


# A session's own clock, and counters of attempts, are kept whoever looks; the record says that staff looked.
BOOKKEEPING = ("django_session", "portal_counters", "core_auditentry")


def writes(sql: str) -> bool:
    statement = sql.lstrip("( ").upper()
    if statement.startswith(
        ("SELECT", "SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK", "SET", "DECLARE")
    ):
        return False
    return not any(table in sql for table in BOOKKEEPING)


def test_a_write_would_be_seen() -> None:
    assert writes('UPDATE "policies_policy" SET "number" = 1')
    assert not writes('UPDATE "django_session" SET "session_data" = 1')


SOMEBODY_S = {policy, receipt, bruno_s_certificate, ana_s_request, ana_s_move, ana_s_document}
FOREIGN = {name: row for name, row in PAGES.items() if row.arguments in SOMEBODY_S}


@pytest.mark.parametrize("name", FOREIGN)
def test_anothers_object_does_not_exist(name: str, cast: Cast, certificate: Certificate) -> None:
    """Word for word what an object that never was answers, and no word of the person whose it is."""
    client = browser(cast, "elena")
    real = FOREIGN[name].arguments(cast, certificate)
    invented = [f"{real[0][:4]}{'A' * (len(real[0]) - 4)}", *real[1:]]
    method = client.post if FOREIGN[name].answers["ana"] == NOT_ALLOWED else client.get
    foreign, missing = method(reverse(name, args=real)), method(reverse(name, args=invented))
    assert (foreign.status_code, missing.status_code) == (MISSING, MISSING)
    assert masked(foreign.content.decode(), real[0]) == masked(missing.content.decode(), invented[0])
    for word in ("Ferrer", "Soto", cast.health.number):
        assert word not in foreign.content.decode()


def masked(html: str, reference: str) -> str:
    html = html.replace(reference, "REFERENCE")
    html = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "CSRF", html)
    return re.sub(r"<(code|strong)[^>]*>[0-9a-f]{12}</\1>", "REQUEST", html)


@pytest.mark.parametrize("actor", ["ana", "hugo", "anonymous"])
def test_the_admin_is_for_staff(actor: str, cast: Cast) -> None:
    client = browser(cast, actor)
    answers = {
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"): None
        for model in site._registry
    } | {reverse("admin:index"): None}
    assert len(answers) > 5
    given = {address: client.get(address) for address in answers}
    assert {response.status_code for response in given.values()} <= {302, 403, 404}
    for response in given.values():
        if response.status_code == 302:
            assert reverse("account_login") in response.url  # type: ignore[attr-defined]
