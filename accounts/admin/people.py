from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions import by_staff
from accounts.admin import front_door
from accounts.blocking import BlockRefused, deactivate, reactivate
from accounts.models import LogInAlert, Person, User
from core.models import AuditEntry, OutgoingEmail
from core.staff import Button, Panel, StaffAdmin, list_url, object_link, staff_site
from core.staff.search import Typed

SEARCH_HELP = gettext_lazy(
    "DNI or NIE, name (and date of birth), policy or card number, reference, e-mail address, telephone"
)

# Apps of higher floors add how a number of theirs leads to people: numbers -> ids of people.
BY_NUMBER: list[Callable[[tuple[str, ...]], Iterable[int]]] = []


def people_meant(typed: Typed) -> QuerySet[Person]:
    """The people on file whom the search box means; every way goes by an index."""
    people = Person.objects.all()
    if typed.words:
        named = people.filter(*(Q(search_name__contains=_as_stored(word)) for word in typed.words))
        return named.filter(born_on=typed.born_on) if typed.born_on else named
    found: set[int] = set()
    if typed.email:
        found.update(people.with_mailbox(typed.email).values_list("pk", flat=True))
        found.update(people.filter(user__email=typed.email).values_list("pk", flat=True))
    if typed.dni:
        found.update(people.filter(dni=typed.dni).values_list("pk", flat=True))
    if typed.phone:
        found.update(people.with_phone(typed.phone).values_list("pk", flat=True))
    if typed.numbers:
        for look_up in BY_NUMBER:
            found.update(look_up(typed.numbers))
    return people.filter(pk__in=found)


def _as_stored(word: str) -> Func:
    """Without accents and capitals, by the function that makes `Person.search_name`."""
    return Func(Lower(Value(word)), function="f_unaccent", output_field=TextField())


def _account_of(person: Person) -> list[tuple[object, ...]]:
    user = person.user
    if user is None:
        return []
    return [(object_link(user), _yes(value=user.is_active), user.last_login, person.linked_at)]


def _mails_to(address: str) -> list[tuple[object, ...]]:
    mails = OutgoingEmail.objects.filter(to=address).order_by("-id").defer("text", "html")[:5]
    return [
        (mail.created_at, object_link(mail, mail.subject), mail.get_status_display(), mail.sent_at)
        for mail in mails
    ]


def _recorded_of(person: Person) -> list[tuple[object, ...]]:
    entries = AuditEntry.objects.filter(subject=person).select_related("actor")[:5]
    return [(entry.at, entry.actor or _("the portal"), object_link(entry, entry.verb)) for entry in entries]


def _mailbox(person: Person) -> str:
    return person.user.email if person.user else person.email.lower()


MAIL_HEADS = (
    gettext_lazy("created"),
    gettext_lazy("subject"),
    gettext_lazy("status"),
    gettext_lazy("sent"),
)


@admin.register(Person, site=staff_site)
class PersonAdmin(StaffAdmin):
    list_display = ("full_name", "masked_dni", "born_on", "town", "account")
    list_select_related = ("user",)
    search_fields = ("search_name",)
    search_help_text = SEARCH_HELP
    fields = (
        "key",
        "full_name",
        "dni",
        "born_on",
        "years",
        "email",
        "phone",
        "address",
        "postcode",
        "town",
        "language",
    )
    readonly_fields = ("full_name", "years")
    noted = True
    buttons = (
        Button(
            name="access",
            label=gettext_lazy("Send the mail to open an account"),
            consequence=gettext_lazy(
                "Make sure who is calling first. The link goes to the address on file, and to no other."
            ),
            press=by_staff.send_access,
            offered=lambda person: person.user_id is None and bool(person.email) and person.is_adult(),
            refusals=(by_staff.NotSent,),
        ),
    )
    panels = [
        Panel(
            title=gettext_lazy("Account"),
            heads=(
                gettext_lazy("e-mail"),
                gettext_lazy("active"),
                gettext_lazy("last log-in"),
                gettext_lazy("linked"),
            ),
            rows=_account_of,
            permission="accounts.view_user",
        ),
        Panel(
            title=gettext_lazy("Latest mails"),
            heads=MAIL_HEADS,
            rows=lambda person: _mails_to(_mailbox(person)) if _mailbox(person) else [],
            permission="core.view_outgoingemail",
            more=lambda person: list_url(OutgoingEmail, to=_mailbox(person)) if _mailbox(person) else "",
        ),
        Panel(
            title=gettext_lazy("Who has read and done what"),
            heads=(gettext_lazy("at"), gettext_lazy("by"), gettext_lazy("verb")),
            rows=_recorded_of,
            permission="core.view_auditentry",
            more=lambda person: list_url(AuditEntry, subject=person.pk),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user")

    def has_press_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The file is nobody's to change; what is pressed here is about an account."""
        return request.user.has_perm("accounts.change_user")

    def subject_of(self, obj: Person) -> Person:
        return obj

    def find(self, queryset: QuerySet[Any], typed: Typed) -> tuple[QuerySet[Any], str]:
        return queryset.filter(pk__in=people_meant(typed).values("pk")), ""

    @admin.display(description=gettext_lazy("name"))
    def full_name(self, person: Person) -> str:
        return person.full_name

    @admin.display(description=gettext_lazy("DNI or NIE"))
    def masked_dni(self, person: Person) -> str:
        return person.masked_dni

    @admin.display(description=gettext_lazy("age"))
    def years(self, person: Person) -> int:
        return person.age()

    @admin.display(description=gettext_lazy("account"), boolean=True)
    def account(self, person: Person) -> bool:
        return person.user_id is not None


FRONT_DOOR_HEADS = (
    gettext_lazy("asked"),
    gettext_lazy("kind"),
    gettext_lazy("who"),
    gettext_lazy("what became of it"),
)


def _person_of(user: User) -> list[tuple[object, ...]]:
    person = user.person_on_file
    return [(object_link(person), person.masked_dni, person.born_on)] if person else []


@admin.register(User, site=staff_site)
class UserAdmin(StaffAdmin):
    """Accounts. Passwords, addresses and roles are nobody's to set here."""

    list_display = ("email", "person_name", "is_active", "is_staff", "date_joined", "last_login")
    list_select_related = ("person",)
    search_fields = ("email",)
    search_help_text = SEARCH_HELP
    fields = (
        "email",
        "language",
        "is_active",
        "is_staff",
        "date_joined",
        "last_login",
        "terms_version",
        "terms_accepted_at",
        "link_state",
    )
    readonly_fields = ("link_state",)
    panels = [
        Panel(
            title=gettext_lazy("At the front door, in the last two days"),
            heads=FRONT_DOOR_HEADS,
            rows=lambda user: front_door.rows(user.person_on_file, user),
            permission="accounts.view_accountrequest",
        ),
        Panel(
            title=gettext_lazy("Person on file"),
            heads=(gettext_lazy("name"), gettext_lazy("DNI or NIE"), gettext_lazy("date of birth")),
            rows=_person_of,
            permission="accounts.view_person",
        ),
        Panel(
            title=gettext_lazy("Latest mails"),
            heads=MAIL_HEADS,
            rows=lambda user: _mails_to(user.email),
            permission="core.view_outgoingemail",
            more=lambda user: list_url(OutgoingEmail, to=user.email),
        ),
    ]
    buttons = (
        Button(
            name="reset",
            label=gettext_lazy("Send the mail for a new password"),
            consequence=gettext_lazy(
                "Make sure who is calling first. The link goes to the confirmed address of the account, and "
                "to no other. The old password works until a new one is chosen."
            ),
            press=by_staff.send_reset,
            offered=lambda user: user.is_active and by_staff.is_verified(user),
            refusals=(by_staff.NotSent,),
        ),
        Button(
            name="confirmation",
            label=gettext_lazy("Send the confirmation mail again"),
            consequence=gettext_lazy("The mail with the link goes once more to the address of the account."),
            press=by_staff.send_confirmation,
            offered=lambda user: user.is_active and not by_staff.is_verified(user),
            refusals=(by_staff.NotSent,),
        ),
        Button(
            name="factors-off",
            label=gettext_lazy("Send the mail to take the second step off"),
            consequence=gettext_lazy(
                "For somebody who has lost the phone and the recovery codes. Make sure who is calling first: "
                "ask more than usual. The link goes to the confirmed address of the account, opens only "
                "after a wait, and its owner can stop it. The password is still asked for."
            ),
            press=by_staff.send_factors_off,
            offered=by_staff.may_lose_factors,
            refusals=(by_staff.NotSent,),
        ),
        Button(
            name="end-sessions",
            label=gettext_lazy("Log out everywhere"),
            consequence=gettext_lazy(
                "Whoever is logged in with this account is out at the next page, on all devices. The "
                "password stays as it is."
            ),
            press=by_staff.end_sessions,
            offered=lambda user: user.is_active,
        ),
        Button(
            name="deactivate",
            label=gettext_lazy("Close the account"),
            consequence=gettext_lazy(
                "Nobody can log in with this account any more, and whoever is logged in is logged out. The "
                "policies are not touched."
            ),
            press=deactivate,
            offered=lambda user: user.is_active,
            refusals=(BlockRefused,),
        ),
        Button(
            name="reactivate",
            label=gettext_lazy("Open the account again"),
            consequence=gettext_lazy("The person can log in again with the password they had."),
            press=reactivate,
            offered=lambda user: not user.is_active,
            refusals=(BlockRefused,),
        ),
    )

    def find(self, queryset: QuerySet[Any], typed: Typed) -> tuple[QuerySet[Any], str]:
        if typed.email:
            return queryset.filter(email=typed.email), ""
        linked = people_meant(typed).filter(user__isnull=False)
        return queryset.filter(pk__in=linked.values("user")), ""

    def subject_of(self, obj: User) -> Person | None:
        return obj.person_on_file

    @admin.display(description=gettext_lazy("link"))
    def link_state(self, user: User) -> str:
        return front_door.link_state(user)

    @admin.display(description=gettext_lazy("person"))
    def person_name(self, user: User) -> str:
        person = getattr(user, "person", None)
        return person.full_name if person else ""


# Longer ago than this an alert stands in its list only.
ALERT_SHOWN = timedelta(days=1)


@admin.register(LogInAlert, site=staff_site)
class LogInAlertAdmin(StaffAdmin):
    """More log-ins failed than ever do by forgetfulness: somebody tries passwords."""

    list_display = ("at", "failures", "minutes", "accounts", "networks")
    fields = ("at", "minutes", "failures", "accounts", "networks")


def failed_log_ins_notice(request: HttpRequest) -> str:
    """The newest alert of today, for those who may see the list."""
    if not request.user.has_perm("accounts.view_loginalert"):
        return ""
    alert = LogInAlert.objects.filter(at__gt=timezone.now() - ALERT_SHOWN).order_by("-id").first()
    if alert is None:
        return ""
    words = _("Many failed log-ins: %(failures)s in %(minutes)s minutes, at %(at)s.") % {
        "failures": alert.failures,
        "minutes": alert.minutes,
        "at": date_format(timezone.localtime(alert.at), "SHORT_DATETIME_FORMAT"),
    }
    return format_html('{} <a href="{}">{}</a>', words, list_url(LogInAlert), _("See the alerts"))


staff_site.notices.append(failed_log_ins_notice)


def _yes(*, value: bool) -> str:
    return _("Yes") if value else _("No")
