"""What those who see the record are told: who opens more customers in an hour than calls can be answered,
and that the record itself is broken."""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from core import audit
from core.audit_chain import BROKEN
from core.models import AuditEntry

logger = logging.getLogger(__name__)

MANY = "many-customers"
# A night's walk may take a while: the notice of the night before stands until it is over.
HOUR, SHOWN = timedelta(hours=1), timedelta(hours=25)


def watch(user: Any) -> AuditEntry | None:
    """To be called after a row of the record was written; one alert an hour for each member of staff."""
    mine = AuditEntry.objects.filter(actor=user, at__gt=timezone.now() - HOUR)
    customers = mine.exclude(subject=None).values("subject").distinct().count()
    if customers <= settings.STAFF_CUSTOMERS_AN_HOUR or mine.filter(verb=MANY).exists():
        return None
    with transaction.atomic():
        entry = audit.record(MANY, by=user, words=str(customers))
    logger.warning("staff_many_customers", extra={"user": user.pk, "customers": customers})
    return entry


def notice(request: HttpRequest) -> str:
    """The newest alert of today."""
    entry = _newest(request, MANY)
    if entry is None:
        return ""
    words = _("%(who)s has opened %(count)s customers within an hour, at %(at)s.") % {
        "who": entry.actor,
        "count": entry.words,
        "at": date_format(timezone.localtime(entry.at), "SHORT_DATETIME_FORMAT"),
    }
    return _with_link(words)


def broken_notice(request: HttpRequest) -> str:
    """It stands there for as long as each night finds it again."""
    entry = _newest(request, BROKEN)
    if entry is None:
        return ""
    words = _("Somebody has changed the record behind the portal's back: %(what)s. Found at %(at)s.") % {
        "what": entry.words,
        "at": date_format(timezone.localtime(entry.at), "SHORT_DATETIME_FORMAT"),
    }
    return _with_link(words)


def _newest(request: HttpRequest, verb: str) -> AuditEntry | None:
    if not request.user.has_perm("core.view_auditentry"):
        return None
    rows = AuditEntry.objects.filter(verb=verb, at__gt=timezone.now() - SHOWN).select_related("actor")
    return rows.order_by("-seq").first()


def _with_link(words: str) -> str:
    address = reverse("admin:core_auditentry_changelist")
    return format_html('{} <a href="{}">{}</a>', words, address, _("See the record"))
