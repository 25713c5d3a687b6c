"""The page of a caller as short tables: what belongs to the person, with links; health stays closed."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language_info, pgettext
from django.utils.translation import gettext as _

from accounts.admin import front_door
from accounts.admin.people import FRONT_DOOR_HEADS
from accounts.models import Person, User
from cases.admin.rows import clock_mark
from cases.models import Case, Message
from core.identity import mask_dni
from core.staff import Link, list_url, object_link, reasons, staff_site
from core.staff.panels import Shown
from core.templatetags.formats import euros, longdate, shortdate
from portal.staff.caller import Caller, PolicyLine, acts

Cells = Sequence[object]


def identity(person: Person, *, whole: bool) -> list[tuple[str, str]]:
    """The caller says it, staff compare: so it is masked until somebody needs it whole."""
    hidden = (lambda text: text) if whole else _masked
    place = " ".join(part for part in (person.postcode, person.town) if part)
    return [
        (_("DNI or NIE"), (person.dni if whole else mask_dni(person.dni)) if person.dni else ""),
        (_("Date of birth"), longdate(person.born_on) if whole else ""),
        (_("Age"), str(person.age())),
        (_("E-mail on file"), hidden(person.email)),
        (_("Telephone"), hidden(person.phone)),
        (_("Address"), ", ".join(part for part in (hidden(person.address), place) if part)),
        (_("Language"), _language(person.language)),
    ]


def _language(code: str) -> str:
    return str(get_language_info(code)["name_translated"]) if code in dict(settings.LANGUAGES) else code


def _masked(text: str) -> str:
    """Enough to compare with what the caller says, and no more."""
    if "@" in text:
        name, _at, host = text.partition("@")
        return f"{name[:1]}•••@{host}"
    return f"•••{text[-3:]}" if len(text) > 6 else "•••" if text else ""


def tables(request: HttpRequest, caller: Caller) -> Iterator[Shown]:
    person, user = caller.person, caller.account
    if caller.policies is not None:
        yield Shown(
            _("Policies"),
            (
                _("policy"),
                _("product"),
                pgettext("who the caller is in a policy", "as"),
                pgettext("how a policy stands", "today"),
                _("what the customer reads"),
                _("next receipt"),
            ),
            [_policy(line) for line in caller.policies],
        )
        held = [line for line in caller.policies if line.held_until]
        if held:
            yield Shown(
                _("Refunds that wait"),
                (_("policy"), _("nothing is paid out until")),
                [(line.summary.facts.number, line.held_until) for line in held],
            )
    by = pgettext("the last day for an answer", "by")
    heads = (_("reference"), _("kind"), _("state"), by, _("opened"), _("in the hands of"))
    if caller.open_cases is not None:
        more = list_url(Case, asked_by=user.pk) if user else ""
        yield Shown(_("Open requests"), heads, [_case(case) for case in caller.open_cases], more)
    if caller.closed_cases is not None:
        heads = (_("reference"), _("kind"), _("state"), _("closed"), _("opened"), _("in the hands of"))
        yield Shown(_("Closed requests"), heads, [_case(case) for case in caller.closed_cases])
    if caller.messages is not None:
        yield Shown(
            _("Latest messages"),
            (
                _("sent"),
                pgettext("who wrote", "by"),
                pgettext("the request of a message", "about"),
                _("read"),
                _("message"),
            ),
            [_message(request, message) for message in caller.messages],
        )
    if caller.mails is not None:
        yield Shown(
            _("Latest mails"),
            (_("created"), _("subject"), _("template"), _("status"), _("sent")),
            [
                (mail.created_at, object_link(mail, mail.subject), mail.template.removeprefix("emails/"),
                 mail.get_status_display(), mail.sent_at)
                for mail in caller.mails
            ],
        )  # fmt: skip
    if caller.certificates is not None:
        yield Shown(
            _("Travel certificates"),
            (_("certificate"), _("trip from"), _("trip to"), _("status")),
            [
                (object_link(row, row.reference), row.starts_on, row.ends_on, row.get_status_display())
                for row in caller.certificates
            ],
        )
    if request.user.has_perm("accounts.view_accountrequest"):
        yield Shown(
            _("At the front door, in the last two days"),
            FRONT_DOOR_HEADS,
            front_door.rows(person, user),
        )
    if request.user.has_perm("policies.view_copayment"):
        yield _copayments(request, person)


def buttons(request: HttpRequest, person: Person) -> list[dict[str, Any]]:
    """What may be pressed about the caller's account, or to get them one; they come back to this page."""
    admin: Any = staff_site.get_model_admin(Person if person.user is None else User)
    return list(admin.offered_buttons(request, person.user or person, back=request.path))


def _policy(line: PolicyLine) -> Cells:
    facts, situation, receipt = line.summary.facts, line.summary.situation, line.summary.next_receipt
    address = reverse("admin:policies_policy_change", args=[facts.pk])
    return (
        Link(facts.number, address),
        f"{facts.product} ({facts.edition_code})",
        line.role,
        situation.word,
        " ".join(part for part in (situation.sentence, situation.advice) if part),
        f"{euros(receipt.total)}, {shortdate(receipt.due_on)}" if receipt else "",
    )


def _case(case: Any) -> Cells:
    topic = case.the_kind.topics.get(case.topic, "")
    return (
        object_link(case, case.reference),
        f"{case.the_kind.label}: {topic}" if topic else case.the_kind.label,
        case.state.word,
        case.closed_at or clock_mark(case.clock),
        case.opened_at,
        case.assigned_to or "",
    )


def _message(request: HttpRequest, message: Message) -> Cells:
    """What it says only where a reason holds for its request: the same as on the request's own page."""
    admin: Any = staff_site.get_model_admin(Case)
    case = message.case
    words: object = message.body
    if not admin.may_read(request, case):
        words = Link(_("Say why you need to read it"), admin.ask_url(request, case))
    return (
        message.sent_at,
        pgettext("who wrote", "Customer") if message.side == "customer" else message.by or _("the portal"),
        object_link(case, f"{case.the_kind.label} {case.reference}"),
        message.read_at or _("not yet"),
        words,
    )


def _copayments(request: HttpRequest, person: Person) -> Shown:
    title, what = _("Acts of care with a copayment"), f"policies.copayment:{person.pk}"
    if not reasons.may_read(request, person, what):
        return Shown(title, ask_url=reasons.ask_url(request, person, what))
    rows = [
        (row.used_on, row.act, row.provider, euros(row.amount), row.insured.policy.number)
        for row in acts(person, by=request.user)  # type: ignore[arg-type]
    ]
    return Shown(title, (_("day"), _("act"), _("provider"), _("amount"), _("policy")), rows)
