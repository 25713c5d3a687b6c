"""When a travel certificate must not be issued, and what one that was issued is worth today.

TRV-01 to TRV-03 and WOR-01 of the general conditions: the cover belongs to a named insured person, lasts as
long as the main insurance, and ends with the longest trip of the edition, first and last day counted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.ages import today_in_madrid
from core.deadlines import add_months
from core.templatetags.formats import longdate
from policies.access import Level
from policies.coverage import waiting_ends_on
from policies.models import Certificate, InsuredCover, InsuredPerson, Policy
from policies.models.policy import InsuredPersonQuerySet
from policies.payment_state import (
    PaymentState,
    PaymentStatus,
    Receipt,
    is_covered_throughout,
    payment_status,
)

if TYPE_CHECKING:
    from accounts.models import User
    from policies.models.policy import Actor

# The mark that the catalogue sets on the cover which a certificate certifies.
TRAVEL = "travel"
MONTHS_AHEAD = 12
A_DAY = timedelta(hours=24)
ONE_DAY = timedelta(days=1)


WITHOUT_COVER = {PaymentState.NOT_STARTED, PaymentState.SUSPENDED, PaymentState.EXTINGUISHED}


@dataclass(frozen=True)
class Trip:
    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days + 1


@dataclass(frozen=True)
class Period:
    """Both days belong to it; `ends_on` None: without end."""

    begins_on: date
    ends_on: date | None


@dataclass(frozen=True)
class Ground:
    """What stands behind a certificate: the edition's longest trip, the days of the cover, the premiums."""

    longest_trip: int
    periods: tuple[Period, ...]
    receipts: tuple[Receipt, ...]
    # Whoever may not see the policyholder's money learns whether there is cover, not what is owed.
    payer: bool = True


@dataclass(frozen=True)
class Refusal:
    """Why there is no certificate: a name for us, the field of the form, words for the person."""

    code: str
    field: str
    text: str


class CertificateRefused(Exception):  # noqa: N818
    def __init__(self, refusals: list[Refusal]) -> None:
        super().__init__(", ".join(refusal.code for refusal in refusals))
        self.refusals = refusals


def travellers(user: "Actor", *, today: date | None = None) -> InsuredPersonQuerySet:
    """The insured persons for whom `user` may ask: travel cover that has not ended, today or to come."""
    today = today or today_in_madrid()
    cover = InsuredCover.objects.filter(insured=OuterRef("pk"), cover__unlocks=TRAVEL).filter(
        Q(ends_on=None) | Q(ends_on__gte=today)
    )
    return (
        InsuredPerson.objects.visible_to(user, Level.CONTRACT)
        .filter(Exists(cover), policy__edition__trip_days__isnull=False)
        .filter(Q(insured_until=None) | Q(insured_until__gte=today))
        .filter(Q(policy__ends_on=None) | Q(policy__ends_on__gte=today))
        .select_related("person", "policy")
    )


def too_many(user: "User") -> list[Refusal]:
    """Each new paper costs a worker seconds: one account asks for so many within 24 hours and no more."""
    most = settings.CERTIFICATES_A_DAY
    asked = Certificate.objects.filter(asked_by=user, asked_at__gt=timezone.now() - A_DAY)
    if asked.count() < most:
        return []
    text = _(
        "You have asked for %(most)s certificates within 24 hours, the most that we make here. Those you "
        "have are in your list. Ask for this one tomorrow, or call us if you need it today."
    )
    return [Refusal("too_many", NON_FIELD_ERRORS, text % {"most": most})]


def ground_of(insured: InsuredPerson, *, by: "Actor | None" = None) -> Ground:
    """`by`: the reader of a refusal; nobody in particular when nobody will read one."""
    policy = insured.policy
    rows = insured.covers.filter(cover__unlocks=TRAVEL).select_related("cover")
    periods = []
    for row in rows:
        starts_on = waiting_ends_on(row.starts_on, row.cover.waiting_months) or row.starts_on
        begins_on = max(policy.effective_on, insured.insured_from, starts_on)
        ends = [day for day in (policy.ends_on, insured.insured_until, row.ends_on) if day]
        ends_on = min(ends) if ends else None
        if ends_on is None or begins_on <= ends_on:
            periods.append(Period(begins_on, ends_on))
    payer = by is not None and Policy.objects.visible_to(by, Level.AMOUNTS).filter(pk=policy.pk).exists()
    return Ground(policy.edition.trip_days or 0, joined(periods), receipts_of(policy), payer)


def receipts_of(policy: Policy) -> tuple[Receipt, ...]:
    return tuple(
        Receipt(
            due_on=row.due_on,
            paid_on=row.paid_on,
            claimed_on=row.claimed_on,
            period_to=row.period_to,
            first=row.period_from <= policy.effective_on,
        )
        for row in policy.receipts.order_by("due_on")
    )


def joined(periods: Iterable[Period]) -> tuple[Period, ...]:
    """Periods that overlap or follow one another from one day to the next are one period."""
    result: list[Period] = []
    for period in sorted(periods, key=lambda period: period.begins_on):
        last = result[-1] if result else None
        if last is None or (last.ends_on is not None and last.ends_on + ONE_DAY < period.begins_on):
            result.append(period)
        elif last.ends_on is not None:
            ends_on = None if period.ends_on is None else max(last.ends_on, period.ends_on)
            result[-1] = Period(last.begins_on, ends_on)
    return tuple(result)


def refusals(trip: Trip, ground: Ground, *, today: date) -> list[Refusal]:
    """Every reason why this trip cannot be certified today; none: it can."""
    if trip.ends_on < trip.starts_on:
        return [
            Refusal("turned_round", "ends_on", _("The trip ends before it begins. Please check both dates."))
        ]
    if trip.ends_on < today:
        return [Refusal("over", "ends_on", _("This trip is over. We certify trips that end today or later."))]
    return [
        *_length(trip, ground),
        *_distance(trip, today),
        *(list(_dates(trip, ground)) or _premiums(trip, ground, today)),
    ]


def _length(trip: Trip, ground: Ground) -> Iterator[Refusal]:
    """WOR-01."""
    if trip.days > ground.longest_trip:
        last_day = trip.starts_on + timedelta(days=ground.longest_trip - 1)
        yield Refusal(
            "too_long",
            "ends_on",
            _(
                "This policy covers trips of up to %(longest)s days, counting the first and the last, and "
                "yours has %(days)s. Leaving on that day, the last day covered is %(last_day)s."
            )
            % {"longest": ground.longest_trip, "days": trip.days, "last_day": longdate(last_day)},
        )


def _distance(trip: Trip, today: date) -> Iterator[Refusal]:
    """Nobody can say today that a yearly contract will still be there years from now."""
    if trip.starts_on > add_months(today, MONTHS_AHEAD):
        yield Refusal(
            "too_far_ahead",
            "starts_on",
            _("The trip begins more than %(months)s months from now. Please ask nearer the day.")
            % {"months": MONTHS_AHEAD},
        )


def _dates(trip: Trip, ground: Ground) -> Iterator[Refusal]:
    """TRV-01, TRV-02: a named insured person, and as long as the main insurance lasts."""
    if not ground.periods:
        yield Refusal("no_cover", "insured", _("This person has no travel cover in this policy."))
        return
    for period in ground.periods:
        if period.begins_on <= trip.starts_on and (period.ends_on is None or trip.ends_on <= period.ends_on):
            return
    first, last = ground.periods[0], ground.periods[-1]
    if trip.starts_on < first.begins_on:
        yield Refusal(
            "not_yet",
            "starts_on",
            _("The travel cover begins on %(day)s. The trip cannot begin before.")
            % {"day": longdate(first.begins_on)},
        )
    elif last.ends_on is not None and trip.ends_on > last.ends_on:
        yield Refusal(
            "ended",
            "ends_on",
            _("The travel cover ends on %(day)s. The trip cannot end later.")
            % {"day": longdate(last.ends_on)},
        )
    else:
        yield Refusal(
            "interrupted", "starts_on", _("The travel cover is not in force on every day of this trip.")
        )


def _premiums(trip: Trip, ground: Ground, today: date) -> Iterator[Refusal]:
    """PAY-01 to PAY-08, by what is known today: premiums yet to fall due are taken as paid in time."""
    if is_covered_throughout(ground.receipts, trip.starts_on, trip.ends_on, today=today):
        return
    status = payment_status(ground.receipts, today)
    words = _for_payer(status) if ground.payer else _for_insured(status)
    yield Refusal(f"premium_{status.state}", "insured", words)


def _for_payer(status: PaymentStatus) -> str:
    receipt = status.receipt
    due = longdate(receipt.due_on) if receipt else ""
    match status.state:
        case PaymentState.EXTINGUISHED:
            return _("This contract has ended because a premium was not paid. Please call us.")
        case PaymentState.NOT_STARTED:
            return _("The first premium is not paid and there is no cover until it is. Pay it and ask again.")
        case PaymentState.SUSPENDED:
            return _(
                "The cover is suspended because the premium due on %(due)s is not paid. Call us to pay what "
                "is owed, and ask again when the cover is back."
            ) % {"due": due}
        case PaymentState.GRACE:
            stops = longdate(today_in_madrid(status.until)) if status.until else ""
            return _(
                "The premium due on %(due)s is not paid. Without it the cover stops on %(stops)s, before the "
                "trip ends. Pay it and ask again."
            ) % {"due": due, "stops": stops}
    return _("The cover was suspended on some day of this trip, because a premium was not paid in time.")


def _for_insured(status: PaymentStatus) -> str:
    if status.state is PaymentState.EXTINGUISHED:
        return _("This contract has ended. The policyholder can tell you more.")
    return _("We cannot certify the cover for these days. The policyholder can tell you more.")


def standing(certificate: Certificate, *, today: date | None = None) -> Certificate.Standing:
    """What a paper that was issued is worth today.

    A paper whose cover has been lost since (contract ended, premium unpaid) is worth nothing, whoever holds
    it; the public page says no more than that.
    """
    today = today or today_in_madrid()
    if certificate.revoked_at is not None:
        return Certificate.Standing.REVOKED
    if certificate.is_expired(today):
        return Certificate.Standing.EXPIRED
    rest = Trip(max(certificate.starts_on, today), certificate.ends_on)
    ground = ground_of(certificate.insured)
    # A month of grace is cover (LCS art. 15): the paper is worth nothing only once the cover is out.
    if list(_dates(rest, ground)) or payment_status(ground.receipts, today).state in WITHOUT_COVER:
        return Certificate.Standing.REVOKED
    return Certificate.Standing.VALID
