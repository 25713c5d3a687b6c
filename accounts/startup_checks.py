from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks

from accounts.breaches import BreachIndex, NotAnIndex


def breach_index(**kwargs: Any) -> list[checks.CheckMessage]:
    """A missing file is no reason not to start, and must not be silence."""
    if not settings.BREACH_INDEX:
        return []
    try:
        BreachIndex(Path(settings.BREACH_INDEX))
    except (OSError, NotAnIndex):
        words = f"BREACH_INDEX names {settings.BREACH_INDEX}, which is not there or is no index."
        hint = "Build it with manage.py build_breach_index FILE."
        return [checks.Warning(words, hint=hint, id="accounts.W001")]
    return []
