"""What the first page of the staff says of the clocks: days that have passed, ours and the customers'."""

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.clocks import CUSTOMER
from cases.models import Case
from cases.reminders import passed
from core.staff import list_url


def late_notice(request: HttpRequest) -> str:
    number = _late(request, ours=True)
    words = ngettext("%(count)s request is late.", "%(count)s requests are late.", number)
    return _with_link(words, number, "late")


def customer_late_notice(request: HttpRequest) -> str:
    number = _late(request, ours=False)
    words = ngettext(
        "In %(count)s request the customer's day has passed.",
        "In %(count)s requests the customer's day has passed.",
        number,
    )
    return _with_link(words, number, "customer_late")


def _late(request: HttpRequest, *, ours: bool) -> int:
    if not request.user.has_perm("cases.view_case"):
        return 0
    rows = passed().exclude(term=CUSTOMER) if ours else passed().filter(term=CUSTOMER)
    return rows.order_by().values("case").distinct().count()


def _with_link(words: str, number: int, state: str) -> str:
    if not number:
        return ""
    see = _("See them")
    return format_html('{} <a href="{}">{}</a>', words % {"count": number}, list_url(Case, state=state), see)
