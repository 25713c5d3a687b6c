"""Nothing personal comes through any logger, and every line can be found by the request's code."""

import io
import json
import logging
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from core.logs import LAST, SHARED, WITH_OWN_HANDLERS, scrub
from core.middleware import request_id

CANARIES = [
    # DNI
    "12345678Z",
    "12345678z",
    "12345678-Z",
    "12345678 Z",
    "12.345.678-Z",
    "12 345 678 Z",
    "1234567L",
    "12345678.Z",
    "DNI:12345678Z",
    "(12345678Z)",
    # NIE and K, L, M numbers
    "X1234567L",
    "x1234567l",
    "X-1234567-L",
    "Y 7654321 G",
    "Z-7654321-H",
    "K1234567L",
    # IBAN
    "ES9121000418450200051332",
    "es9121000418450200051332",
    "ES91 2100 0418 4502 0005 1332",
    "ES91-2100-0418-45-0200051332",
    "DE89370400440532013000",
    "FR1420041010050500013M02606",
    # e-mail
    "ana@example.org",
    "Ana.Ferrer+health@mail.example.org",
    "<ana@example.org>",
    "mailto:ana@example.org",
    "next=/x&email=ana%40example.org",
    # links that open something
    "/accounts/confirm-email/MQ:1abcDEF:xyz_-123/",
    "/accounts/password/reset/key/1-abc123-def456/",
    "/accounts/email/key/1-abc123-def456/",
    "/accounts/email/back/key/1-abc123-def456/",
    "/verify/ACDEFGHJKMNP/",
]
# What of each must never be seen.
SECRETS = [
    *("2345678", "7654321", "1234567", "345.678", "345 678"),
    *("1000418", "2100 0418", "2100-0418", "704004405", "0410100505"),
    *("example.org", "1abcDEF", "abc123", "ACDEFGHJ"),
]


@pytest.fixture
def lines() -> Any:
    """What our handler would write, as parsed JSON; from any logger, by the configuration of the settings."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    formatter = settings.LOGGING["formatters"]["json"]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
        )
    )
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def leaked(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def test_there_are_enough_canaries_and_each_could_be_seen() -> None:
    assert len(CANARIES) == 32
    assert [canary for canary in CANARIES if not leaked(canary)] == []


@pytest.mark.parametrize("canary", CANARIES)
def test_a_canary_is_masked_wherever_it_is_put(canary: str, lines: Any) -> None:
    logger = logging.getLogger("policies.actions")
    logger.warning("what came was %s and no more", canary)
    logger.warning("in the words %s", {"deep": [canary, {"deeper": (canary,)}]})
    logger.warning("beside", extra={"value": canary, "list": [canary], "map": {canary: {"x": canary}}})
    logger.warning("as an object", extra={"thing": Exception(canary)})
    try:
        raise ValueError(canary)
    except ValueError:
        logger.exception("raised")
    try:
        raise KeyError(canary) from ValueError(canary)
    except KeyError:
        logger.error("raised from another", exc_info=True)
    structlog.get_logger("structlog").warning("its own", value=canary)
    written = lines()
    assert len(written) == 7
    assert leaked(json.dumps(written, ensure_ascii=False)) == []


LOGGERS = [
    *("django.request", "django.security.csrf", "celery.app.trace", "celery.worker", "gunicorn.error"),
    *("weasyprint", "allauth", "py.warnings", ""),
]


@pytest.mark.parametrize("name", LOGGERS)
def test_no_logger_goes_its_own_way(name: str, lines: Any) -> None:
    logging.getLogger(name).error("Not Found: /verify/ACDEFGHJKMNP/?dni=12345678Z")
    assert [line["event"] for line in lines()] == ["Not Found: /verify/[code]/?dni=[id]"]
    assert all(logging.getLogger(name).handlers == [] for name in WITH_OWN_HANDLERS)


def test_gunicorn_s_own_access_log_is_silent(lines: Any) -> None:
    logging.getLogger("gunicorn.access").critical("GET /verify/ACDEFGHJKMNP/")
    assert lines() == []


def test_the_request_that_django_hangs_on_its_lines_is_left_out(lines: Any) -> None:
    request = RequestFactory().get("/policies/", {"dni": "12345678Z"})
    logging.getLogger("django.request").error("Not Found", extra={"request": request, "status_code": 404})
    (line,) = lines()
    assert "request" not in line
    assert line["status_code"] == 404


def test_a_line_within_a_request_holds_its_code_and_one_outside_does_not(lines: Any) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        logging.getLogger("policies").info("inside")
        return HttpResponse()

    response = request_id(view)(RequestFactory().get("/"))
    inside, about = lines()
    logging.getLogger("policies").info("outside")
    assert "request_id" not in lines()[-1]
    assert inside["request_id"] == about["request_id"] == response["X-Request-ID"]
    assert (about["event"], about["method"], about["status"]) == ("request", "GET", 200)


def test_a_line_says_when_where_and_how_bad(lines: Any) -> None:
    logging.getLogger("core.kick").warning("broker_unreachable", extra={"task": "core.tasks.send_email"})
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "broker_unreachable",
        "logger": "core.kick",
        "level": "warning",
        "task": "core.tasks.send_email",
    }


HARMLESS = [
    "policies.imports.read",
    "certificate 1234567 was not made",
    "POL-7K3M9QACDE",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    # Names of tasks with a piece that could be an IBAN, or a DNI.
    "2e6d8a86-bc11-4c67-a632-a0cf5eb9457c",
    "Task core.tasks.send_email[89370400-de89-3704-0044-053201300000] received",
    "5e0c1f7a-1234-567a-9b0c-2d3e4f5a6b7c",
    "2026-11-21T21:35:00.123456Z",
    "1,234.50 EUR on 21/11/2026",
    "PF12 edition loaded with 48 limits",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_not_personal_stays_readable(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2e6d8a86-bc11-4c67-a632-a0cf5eb9457c of 12345678Z", "2e6d8a86-bc11-4c67-a632-a0cf5eb9457c of [id]"),
        (
            "DE89370400440532013000 2e6d8a86-bc11-4c67-a632-a0cf5eb9457c",
            "[iban] 2e6d8a86-bc11-4c67-a632-a0cf5eb9457c",
        ),
        # A code that opens something stays hidden, whatever it looks like; so does an address.
        ("/verify/2e6d8a86-bc11-4c67-a632-a0cf5eb9457c/", "/verify/[code]/"),
        ("2e6d8a86-bc11-4c67-a632-a0cf5eb9457c@example.org", "[mail]"),
        # Nearly one: a digit less, a digit more.
        ("2e6d8a86-bc11-4c67-a632-a0cf5eb9457", "2e6d8a86-[iban]"),
        ("BC11 4C67 A632 A0CF 5EB9 457C", "[iban]"),
    ],
)
def test_the_name_of_a_task_hides_nothing_beside_it(text: str, written: str) -> None:
    assert scrub(text) == written


def test_a_long_text_without_a_gap_costs_no_time() -> None:
    """Would run for hours if a pattern went back and forth."""
    assert scrub("a" * 200_000 + "1" * 200_000) != ""


def test_the_settings_use_this_chain() -> None:
    formatter = settings.LOGGING["formatters"]["json"]
    assert (formatter["foreign_pre_chain"], formatter["processors"]) == (SHARED, LAST)
    assert settings.LOGGING_CONFIG == "core.logs.configure"
