"""A message that somebody has begun on the page of a request and not sent: sealed, one for each form."""

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from cases import drafts
from cases.models import Case, Message
from cases.sent_once import as_said

if TYPE_CHECKING:
    from accounts.models import User

MESSAGE = "message"


def register() -> None:
    drafts.register_form(
        MESSAGE,
        "cases:detail",
        keep=keep,
        sealed=frozenset({"body"}),
        label=_("Message"),
        posts_to="cases:message",
        was_sent=_was_sent,
        still=_still,
    )


def keep(user: "User", arguments: Mapping[str, Any], typed: QueryDict) -> None:
    """404 for who may not write there. What was deleted to the last letter is no draft any more."""
    case = get_object_or_404(Case.objects.acting_for(user), reference=arguments["reference"])
    body, sent_key = typed.get("body", ""), drafts.form_key(typed.get("sent_key", ""))
    goes_on_from = typed.get("goes_on_from", "")
    if not body.strip():
        forget(user, case, sent_key, goes_on_from)
        return
    drafts.save(
        user,
        MESSAGE,
        {"body": body, "sent_key": sent_key},
        place=case.reference,
        title=case.reference,
        form_key=sent_key,
        goes_on_from=goes_on_from,
    )


def begun(user: "User", case: Case) -> dict[str, str]:
    return drafts.go_on(user, MESSAGE, place=case.reference)


def forget(user: "User", case: Case, sent_key: object, goes_on_from: str = "") -> None:
    drafts.discard(user, MESSAGE, place=case.reference, form_key=str(sent_key or ""))
    drafts.take_over(user, MESSAGE, goes_on_from, place=case.reference)


def _still(user: "User", places: set[str]) -> set[str]:
    rows = Case.objects.visible_to(user).filter(reference__in=places)
    return set(rows.values_list("reference", flat=True))


def _was_sent(user: "User", place: str, key: uuid.UUID, typed: Mapping[str, str]) -> bool:
    """What a script saves a moment too late is the beginning of what was sent."""
    sent = Message.objects.filter(case__reference=place, by=user, sent_key=key)
    begun = as_said(typed.get("body", ""))
    return any(as_said(body).startswith(begun) for body in sent.values_list("body", flat=True))
