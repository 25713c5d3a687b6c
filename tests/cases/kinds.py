"""Cases for tests, of the kinds that the portal has."""

import uuid
from datetime import date
from typing import Any

from accounts.models import User
from cases import actions
from cases.lifecycle import Kind, kind_of
from cases.models import Case
from core.ages import today_in_madrid
from core.deadlines import add_days

WHY = actions.Reason(
    "not_the_holder", "Special conditions, 4.2", "Only the holder of the account can ask for it."
)


def make_case(by: User | None, kind: str | Kind = "enquiry", **fields: Any) -> Case:
    kind = kind_of(kind) if isinstance(kind, str) else kind
    case, _created = actions.open_case(
        **{"kind": kind, "by": by, "language": "es", "sent_key": uuid.uuid4()} | fields
    )
    return case


def in_days(days: int) -> date:
    return add_days(today_in_madrid(), days)
