"""Whether somebody answers the phone now, in words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django import template
from django.utils import timezone
from django.utils.translation import get_language, gettext

from core.phones import Phone

register = template.Library()


@register.simple_tag
def open_now(phone: Phone) -> str:
    """The line's hours of today and whether it is open, by the clock of the line's own zone."""
    if phone.always:
        return gettext("open 24 hours, every day")
    if phone.open_now:
        return gettext("open now (%(hours)s)") % {"hours": phone.hours_in_words}
    opens = phone.opens_next
    if opens is None:
        return gettext("closed now")
    return gettext("closed now, opens %(when)s") % {"when": _when(opens)}


def _when(opens: datetime) -> str:
    today = timezone.now().astimezone(ZoneInfo(str(opens.tzinfo))).date()
    clock = f"{opens:%H:%M}"
    if opens.date() == today:
        return gettext("today at %(clock)s") % {"clock": clock}
    if opens.date() == today + timedelta(days=1):
        return gettext("tomorrow at %(clock)s") % {"clock": clock}
    day = format_date(opens, "EEEE d", locale=get_language() or "es")
    return gettext("%(day)s at %(clock)s") % {"day": day, "clock": clock}
