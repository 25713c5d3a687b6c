"""What the payment state of a policy means today, in words: a mark, a sentence, what to do.

An insured person who may not see the holder's money learns whether there is cover, not what is owed or why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import money
from core.ages import today_in_madrid
from core.templatetags.formats import longdate
from policies.payment_state import PaymentState, PaymentStatus, Receipt, returns_if_paid

Tone = Literal["ok", "wait", "stop", "info"]


@dataclass(frozen=True)
class Situation:
    """`tone` is the colour of the mark `word`; `advice` is empty when there is nothing to do."""

    tone: Tone
    word: str
    sentence: str
    advice: str = ""

    @property
    def needs_us(self) -> bool:
        return self.tone in {"wait", "stop"}


def outside(effective_on: date, ends_on: date | None, today: date) -> Situation | None:
    """A contract that has not begun or is over, whatever was paid; None: it runs today."""
    if today < effective_on:
        return Situation(
            "info",
            _("Not begun"),
            _("This policy begins on %(day)s. Until then it gives no cover.")
            % {"day": longdate(effective_on)},
        )
    if ends_on is not None and ends_on < today:
        return Situation(
            "info",
            _("Ended"),
            _("This policy ended on %(day)s. What happened until that day stays covered.")
            % {"day": longdate(ends_on)},
        )
    return None


def left(insured_until: date) -> Situation:
    """For who was insured here and no longer is: how the policy goes on is not their affair."""
    return Situation(
        "info",
        _("Ended for you"),
        _("You were insured in this policy until %(day)s. What happened until that day stays covered.")
        % {"day": longdate(insured_until)},
    )


def for_payer(
    status: PaymentStatus, amount: Decimal | None, today: date, *, owed: Sequence[Decimal] = ()
) -> Situation:
    """For who may see the receipts. `amount` is the total of the receipt that decides, `owed` are those of
    all unpaid receipts that have fallen due."""
    match status.state:
        case PaymentState.NOT_STARTED:
            return _not_started(status, amount)
        case PaymentState.GRACE:
            return _grace(status, amount, today)
        case PaymentState.SUSPENDED:
            return _suspended(status, amount, today, owed)
        case PaymentState.EXTINGUISHED:
            return _extinguished(status)
        case PaymentState.RESTORED:
            return _restored(status)
    return Situation(
        "ok", _("In force"), _("Every receipt that has fallen due is paid. The cover is in force.")
    )


def for_insured(status: PaymentStatus) -> Situation:
    """For who may not: no receipt, no sum, no due date. A month of grace is the policyholder's affair."""
    match status.state:
        case PaymentState.NOT_STARTED:
            return Situation(
                "wait",
                _("Not begun"),
                _("The cover has not begun yet. Until it does, nothing is covered."),
                _("The policyholder can tell you more."),
            )
        case PaymentState.SUSPENDED:
            return Situation(
                "stop",
                _("Suspended"),
                _("The cover has been suspended since %(day)s. What happens now is not covered.")
                % {"day": _day(status.since)},
                _("The policyholder can tell you more."),
            )
        case PaymentState.EXTINGUISHED:
            return Situation(
                "stop",
                _("Ended"),
                _("This policy ended on %(day)s and gives no cover since then.")
                % {"day": _day(status.since)},
            )
    return Situation("ok", _("In force"), _("The cover is in force."))


def of_receipt(
    *, due_on: date, paid_on: date | None, returned_on: date | None, today: date
) -> tuple[Tone, str]:
    """The state of one receipt: colour and word."""
    if paid_on is not None and paid_on <= today:
        return "ok", _("Paid")
    if returned_on is not None:
        return "stop", _("Returned by the bank")
    # On the day itself the bank still collects.
    if due_on >= today:
        return "info", _("Pending")
    return "wait", _("Not paid")


def _not_started(status: PaymentStatus, amount: Decimal | None) -> Situation:
    if status.returns_at is not None:
        sentence = _("The first premium is paid. The cover begins on %(day)s.") % {
            "day": _day(status.returns_at)
        }
        return Situation("info", _("Not begun"), sentence)
    return Situation(
        "stop",
        _("Not begun"),
        _("The first premium of %(amount)s, due on %(due)s, is not paid. Until it is, nothing is covered.")
        % _receipt(status.receipt, amount),
        _("Call us to pay it. The cover begins with the payment."),
    )


def _grace(status: PaymentStatus, amount: Decimal | None, today: date) -> Situation:
    receipt = status.receipt
    values = _receipt(receipt, amount) | {"last": _day_before(status.until), "out": _day(status.until)}
    if receipt is not None and receipt.due_on == today:
        return Situation(
            "ok",
            _("In force"),
            _("The receipt of %(amount)s falls due today. The cover goes on.") % values,
        )
    if receipt is not None and receipt.paid_on is not None:
        return Situation(
            "ok",
            _("In force"),
            _("The receipt of %(amount)s, due on %(due)s, is being paid. The cover goes on.") % values,
        )
    return Situation(
        "wait",
        _("Payment missing"),
        _(
            "The receipt of %(amount)s, due on %(due)s, is not paid. You are still covered until %(last)s, "
            "that day included: it is the month of grace. From %(out)s the cover is suspended."
        )
        % values,
        _("Call us before then to pay it, and nothing changes."),
    )


def _suspended(
    status: PaymentStatus, amount: Decimal | None, today: date, owed: Sequence[Decimal]
) -> Situation:
    values = _receipt(status.receipt, amount) | {"since": _day(status.since)}
    if status.returns_at is not None:
        return Situation(
            "wait",
            _("Suspended"),
            _(
                "The cover has been suspended since %(since)s. Your payment has arrived: the cover is back "
                "on %(back)s, from the first minute of that day."
            )
            % (values | {"back": _day(status.returns_at)}),
        )
    if len(owed) > 1:
        # Paying only the oldest would leave the cover out because of the next.
        total = money.euros(sum(owed, Decimal(0)), get_language() or "es")
        values |= {"count": str(len(owed)), "amount": total}
        sentence = _(
            "The cover has been suspended since %(since)s, because %(count)s receipts, %(amount)s in all, "
            "are not paid. The oldest fell due on %(due)s. What happens now is not covered."
        )
        advice = _(
            "Call us to pay all of them. If you do so today, the cover is back on %(back)s, from the first "
            "minute of that day."
        )
    else:
        sentence = _(
            "The cover has been suspended since %(since)s, because the receipt of %(amount)s, due on "
            "%(due)s, is not paid. What happens now is not covered."
        )
        advice = _(
            "Call us to pay it. If you pay today, the cover is back on %(back)s, from the first minute of "
            "that day. While it is suspended we may ask only for the premium of the current period."
        )
    if status.until is not None:
        sentence += " " + _("Pay by %(last)s: after that day the contract is at an end.")
        values["last"] = _day_before(status.until)
    values["back"] = _day(returns_if_paid(today))
    return Situation("stop", _("Suspended"), sentence % values, advice % values)


def _extinguished(status: PaymentStatus) -> Situation:
    values = {"since": _day(status.since), "due": longdate(status.receipt.due_on) if status.receipt else ""}
    return Situation(
        "stop",
        _("Ended"),
        _(
            "This contract ended on %(since)s, because the receipt due on %(due)s was not paid. It gives no "
            "cover since then."
        )
        % values,
        _("If you would like to be insured again, call us."),
    )


def _restored(status: PaymentStatus) -> Situation:
    return Situation(
        "ok",
        _("In force again"),
        _(
            "The cover was suspended for a time and has been back since %(since)s. What happened while it "
            "was suspended is not covered; everything since then is."
        )
        % {"since": _day(status.since)},
    )


def _receipt(receipt: Receipt | None, amount: Decimal | None) -> dict[str, str]:
    return {
        "amount": money.euros(amount, get_language() or "es"),
        "due": longdate(receipt.due_on) if receipt else "",
    }


def _day(moment: datetime | None) -> str:
    return longdate(today_in_madrid(moment)) if moment else ""


def _day_before(moment: datetime | None) -> str:
    """The last day of a time that ends, as a rule at midnight, at `moment`."""
    return longdate(today_in_madrid(moment - timedelta(seconds=1))) if moment else ""
