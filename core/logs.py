"""Structured logs: one JSON object a line, with the request's id and without personal data."""

import logging.config
import re
from collections.abc import Iterable, Mapping
from typing import Any

import structlog

_GAP = r"[-–./ \u00a0]?"
# Not in the middle of a word, nor after the minutes of a clock: 21:35:00.123456Z is no DNI.
_START, _END = r"(?i)(?<![0-9A-Z])(?<!\d:)", "(?![0-9A-Z])"

# Lengths are bounded: a megabyte without a space must not cost a minute.
PERSONAL = (
    # Mail addresses, in a query string too.
    (
        re.compile(r"[^\s<>\"'=(),;:/&?]{1,64}(?:@|%40)[^\s<>\"'(),;:/&?]{1,255}\.[^\s<>\"'(),;:/&?]{1,63}"),
        "[mail]",
    ),
    # Links that open something.
    (
        re.compile(
            r"(/(?:confirm-email|password/reset/key|signup/dni/key|email/(?:back/)?key|verify)/)[^\s/?\"']+"
        ),
        r"\1[code]",
    ),
)
NUMBERS = (
    # A Spanish IBAN however it is grouped; any other in groups of four or in one piece.
    (re.compile(rf"{_START}ES(?:{_GAP}\d){{22}}{_END}"), "[iban]"),
    (
        re.compile(
            rf"{_START}[A-Z]{{2}}\d{{2}}(?:{_GAP}[A-Z0-9]{{4}}){{2,7}}(?:{_GAP}[A-Z0-9]{{1,3}})?{_END}"
        ),
        "[iban]",
    ),
    # DNI, NIE and K/L/M numbers as people write them.
    (re.compile(rf"{_START}(?:[XYZKLM]{_GAP})?\d(?:{_GAP}\d){{6,7}}{_GAP}[A-Z]{_END}"), "[id]"),
)
# The name of a task: one in five holds what could be an IBAN, and no number of a person looks like it.
UUID = re.compile(r"(?i)(?<![0-9A-Z])([0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12})(?![0-9A-Z])")
DEEPEST = 6
# Two things that structlog puts in for itself and takes out again; and our own name of the request.
UNTOUCHED = {"_record", "_from_structlog", "request_id"}
# Django hangs the request on its lines: its text is the address with everything that stands in it. The last
# two are what another handler's formatter leaves on the record: the line again.
LEFT_OUT = {"request", "socket", "message", "asctime"}


def scrub(text: str) -> str:
    text = _without(PERSONAL, text)
    # Every second part is a UUID.
    parts = UUID.split(text)
    return "".join(part if place % 2 else _without(NUMBERS, part) for place, part in enumerate(parts))


def _without(patterns: Iterable[tuple[re.Pattern[str], str]], text: str) -> str:
    for pattern, replacement in patterns:
        text = pattern.sub(replacement, text)
    return text


def scrub_value(value: Any, depth: int = 0) -> Any:
    """The value without personal data, whatever it is made of; what JSON does not know becomes its text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping) and depth < DEEPEST:
        return {scrub(str(key)): scrub_value(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth < DEEPEST:
        return [scrub_value(item, depth + 1) for item in value]
    return scrub(value if isinstance(value, str) else str(value))


def scrub_event(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value if key in UNTOUCHED else scrub_value(value)
        for key, value in event.items()
        if key not in LEFT_OUT
    }


CONTEXT = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
]
# For lines of the logging module, which are all but structlog's own.
SHARED = [*CONTEXT, structlog.stdlib.ExtraAdder()]
LAST = [
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    scrub_event,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
    structlog.processors.JSONRenderer(ensure_ascii=False),
]
# Libraries that bring handlers of their own: their lines go the way of all lines.
WITH_OWN_HANDLERS = ("django", "django.server", "gunicorn.error", "celery", "celery.task", "py.warnings")


def logging_config(*, level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": "structlog.stdlib.ProcessorFormatter",
                "foreign_pre_chain": SHARED,
                "processors": LAST,
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            **{name: {"handlers": [], "propagate": True} for name in WITH_OWN_HANDLERS},
            # Our own line of each request is the access log; gunicorn's would hold the address.
            "gunicorn.access": {"handlers": [], "propagate": False},
            # WeasyPrint writes eight lines of progress a document.
            "weasyprint.progress": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }


def configure(config: dict[str, Any]) -> None:
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[*CONTEXT, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
