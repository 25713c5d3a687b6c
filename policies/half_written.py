"""A certificate that was asked for after its log-in had run out: what was typed goes into the way back.

Sealed for the account, because addresses stay in histories and logs, and where somebody travels is nobody
else's affair.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from core.secrets import Unreadable, seal, unseal

if TYPE_CHECKING:
    from accounts.models import User

KEPT = "kept"
# What static/js/portal.js adds: not to be sent, only to be kept.
LATE = "late"
FIELDS = ("insured", "starts_on", "ends_on", "destination", "country", "language")
# As long as the longest field of the form.
LONGEST = 100


def keep(user: "User", _arguments: Mapping[str, Any], typed: QueryDict) -> str:
    written = {name: typed[name][:LONGEST] for name in FIELDS if typed.get(name)}
    sealed = seal(json.dumps(written, ensure_ascii=False), purpose=_purpose(user))
    return f"{reverse('policies:certificate_create')}?{urlencode({KEPT: sealed})}"


def written_by(user: "User", query: QueryDict) -> dict[str, str]:
    """What this account had typed; nothing, if it was somebody else or there is nothing to read."""
    if KEPT not in query:
        return {}
    try:
        written: dict[str, str] = json.loads(unseal(str(query[KEPT]), purpose=_purpose(user)))
    except Unreadable:
        return {}
    return written


def _purpose(user: "User") -> str:
    return f"policies.half_written:{user.pk}"
