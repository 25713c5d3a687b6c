"""Who opens more customers in an hour than calls can be answered is noted, for those who see the record."""

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
from core.models import AuditEntry

logger = logging.getLogger(__name__)

MANY = "many-customers"
HOUR, SHOWN = timedelta(hours=1), timedelta(days=1)


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
    if not request.user.has_perm("core.view_auditentry"):
        return ""
    rows = AuditEntry.objects.filter(verb=MANY, at__gt=timezone.now() - SHOWN).select_related("actor")
    entry = rows.order_by("-seq").first()
    if entry is None:
        return ""
    words = _("%(who)s has opened %(count)s customers within an hour, at %(at)s.") % {
        "who": entry.actor,
        "count": entry.words,
        "at": date_format(timezone.localtime(entry.at), "SHORT_DATETIME_FORMAT"),
    }
    return format_html(
        '{} <a href="{}">{}</a>', words, reverse("admin:core_auditentry_changelist"), _("See the record")
    )
