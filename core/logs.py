"""Structured logs: one JSON object a line, with the request's id and without personal data."""

import logging.config
import re
from typing import Any

import structlog

# DNI, NIE and K/L/M numbers; IBANs; mail addresses; links that open an account.
PERSONAL = (
    (re.compile(r"(?i)(?<![0-9A-Z])(?:\d{8}|[XYZKLM]\d{7})[-. ]?[A-Z](?![0-9A-Z])"), "[id]"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b"), "[iban]"),
    (re.compile(r"[^\s<>\"'=]+@[^\s<>\"']+\.[^\s<>\"']+"), "[mail]"),
    (re.compile(r"(/(?:confirm-email|password/reset/key|verify)/)[^\s/?\"']+"), r"\1[code]"),
)


def scrub(text: str) -> str:
    for pattern, replacement in PERSONAL:
        text = pattern.sub(replacement, text)
    return text


def scrub_event(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    return {key: scrub(value) if isinstance(value, str) else value for key, value in event.items()}


SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    scrub_event,
]


def logging_config(*, level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": "structlog.stdlib.ProcessorFormatter",
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # WeasyPrint writes eight lines of progress a document.
            "weasyprint.progress": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }


def configure(config: dict[str, Any]) -> None:
    logging.config.dictConfig(config)
