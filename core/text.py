"""Texts that an insurer writes in several languages, kept as {language: text}."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import get_language


def localised(texts: Mapping[str, str] | None, language: str | None = None) -> str:
    """The text in `language` (the active one when not given), else in the default language, else any."""
    if not texts:
        return ""
    wanted = language or get_language() or settings.LANGUAGE_CODE
    for code in (wanted, wanted.partition("-")[0], settings.LANGUAGE_CODE):
        if texts.get(code):
            return texts[code]
    return next(iter(texts.values()))
