"""The question of somebody without an account, until it is sent: in their session, sealed, for an hour."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

from core.secrets import Unreadable, seal, unseal

KEPT, SENT = "stranger_asks", "stranger_asked"
LIFE = timedelta(hours=1)
# A question is no longer than half of it; what is longer stays on the page that refuses it.
LONGEST = 10_000
PURPOSE = f"session.{KEPT}"


def keep(request: HttpRequest, typed: Mapping[str, str]) -> None:
    """The latest words win; without a question there is nothing to keep, and what was kept goes."""
    words = json.dumps(dict(typed), ensure_ascii=False)
    if not typed.get("question", "").strip():
        request.session.pop(KEPT, None)
    elif len(words) <= LONGEST:
        request.session[KEPT] = [timezone.now().isoformat(), seal(words, purpose=PURPOSE)]


def kept(request: HttpRequest, sent_key: str = "") -> dict[str, str]:
    """What was typed last, or in one form; nothing that is too old."""
    saved_at, sealed = request.session.get(KEPT, ["", ""])
    if not sealed or datetime.fromisoformat(saved_at) <= timezone.now() - LIFE:
        return {}
    try:
        typed: dict[str, str] = json.loads(unseal(sealed, purpose=PURPOSE))
    except Unreadable:
        return {}
    return typed if sent_key in ("", typed.get("sent_key")) else {}


def sent(request: HttpRequest, *, sent_key: str, reference: str, answer_by: str) -> None:
    """What the last page says, also tomorrow: the reference, and the day that was promised."""
    request.session[SENT] = {"sent_key": sent_key, "reference": reference, "answer_by": answer_by}
    if kept(request, sent_key):
        del request.session[KEPT]


def asked(request: HttpRequest) -> dict[str, str]:
    """Of `sent`; nothing, if nothing was."""
    found = request.session.get(SENT)
    return found if isinstance(found, dict) else {}
