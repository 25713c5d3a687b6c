"""What the page of a log-in knows of who came in or tried to: on what, from where, by which way."""

import ipaddress
from datetime import timedelta
from functools import lru_cache

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import actions, emails
from accounts.breaches import is_leaked
from accounts.buckets import bucket_of
from accounts.models import LogIn, LogInAlert, User

Way = LogIn.Way
# In the session: whose password, as typed in this log-in, is on the list of stolen ones.
LEAKED_OF = "leaked_password_of"
LONGEST = LogIn._meta.get_field("user_agent").max_length
# Names that people know, for those of the table of user agents.
SYSTEMS = {"Mac OS X": "macOS"}


def note_success(request: HttpRequest, user: User) -> None:
    actions.note_log_in(
        account=bucket_of(user),
        way=_way_of(request, user),
        succeeded=True,
        user_agent=user_agent(request),
        address=masked(get_adapter().get_client_ip(request)),
        session_key=request.session.session_key or "",
    )


def note_failure(request: HttpRequest, *, account: str, way: Way) -> None:
    """The same statement for an account that is there and for one that is not."""
    actions.note_log_in(
        account=account,
        way=way,
        succeeded=False,
        user_agent=user_agent(request),
        address=masked(get_adapter().get_client_ip(request)),
    )


def tell_of_new_device(request: HttpRequest, user: User) -> None:
    """By mail, about what and when; from where stands on the security page."""
    with translation.override(user.language):
        device = device_words(user_agent(request))
    emails.new_device(user, device=device, at=timezone.now())


def note_new_password(request: HttpRequest, user: User) -> None:
    """By the link of a mail: with it the count of failures in a row begins anew."""
    actions.note_log_in(
        account=bucket_of(user),
        way=Way.RESET,
        succeeded=True,
        user_agent=user_agent(request),
        address=masked(get_adapter().get_client_ip(request)),
    )


def failed_too_often(account: str) -> bool:
    """Since somebody last came in. One statement and one row, the same for an account that is not there."""
    most = settings.FAILED_LOGINS_IN_A_ROW
    latest = LogIn.objects.filter(account=account).order_by("-at")[:most]
    seen = latest.aggregate(tries=Count("pk"), came_in=Count("pk", filter=Q(succeeded=True)))
    return seen["tries"] == most and not seen["came_in"]


def is_alarmed() -> bool:
    """An alert is written once in so many minutes: the double of that has no gap while it goes on."""
    since = timezone.now() - 2 * timedelta(minutes=settings.FAILED_LOGINS_MINUTES)
    return LogInAlert.objects.filter(at__gt=since).exists()


def remember_leak(request: HttpRequest, user: User, password: str) -> None:
    """For after the last step of the log-in: who has only shown the password is told nothing yet."""
    request.session.pop(LEAKED_OF, None)
    if is_leaked(password, settings.BREACH_INDEX):
        request.session[LEAKED_OF] = user.pk


def tell_of_leak(request: HttpRequest, user: User) -> None:
    if request.session.pop(LEAKED_OF, None) == user.pk:
        messages.warning(
            request,
            _("Your password is on a list of stolen passwords. Change it in My account, soon."),
        )


def user_agent(request: HttpRequest) -> str:
    sent = request.headers.get("User-Agent", "")
    return "".join(c for c in sent if c.isprintable())[:LONGEST]


def masked(address: str) -> str:
    """Enough to tell one's own network from a strange one, too little to find a house."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return f"{':'.join(ip.exploded.split(':')[:3])}:x"
        ip = ip.ipv4_mapped
    return f"{str(ip).rpartition('.')[0]}.x"


def device_words(written: str) -> str:
    """About what somebody sat at: "Chrome on Android"."""
    browser, system = _read(written)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")


@lru_cache(maxsize=2000)
def _read(written: str) -> tuple[str, str]:
    # Its table takes as long to load as everything else together, and only this page reads it.
    from ua_parser import parse

    seen = parse(written)
    browser = seen.user_agent.family if seen.user_agent else ""
    for word in ("Headless", "Mobile", " WebView", " iOS"):
        browser = browser.replace(word, "").strip()
    system = seen.os.family if seen.os else ""
    if seen.device and seen.device.family in {"iPhone", "iPad"}:
        system = seen.device.family
    return browser, SYSTEMS.get(system, system)


def _way_of(request: HttpRequest, user: User) -> Way:
    records = get_authentication_records(request, user)
    used = {record["method"] for record in records}
    if any(record.get("passwordless") for record in records):
        return Way.PASSKEY
    if "password" not in used:
        return Way.MAIL
    return Way.SECOND if "mfa" in used else Way.PASSWORD
