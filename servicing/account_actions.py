"""What is done to the account that pays a policy: one function per verb."""

import logging
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cases import drafts
from cases.actions import make_move, open_case
from cases.lifecycle import Side
from cases.models import Case
from core import kick, printing
from core.ages import today_in_madrid
from core.deadlines import due_at
from core.legal_terms import term
from policies.access import Level
from policies.models import Mandate, Policy
from servicing import account_emails
from servicing.bank_account import AccountChangedMeanwhile, NotTheHolder, account_mark, first_charge
from servicing.kinds import BANK_ACCOUNT
from servicing.mandate_paper import TEMPLATE, mandate_paper
from servicing.models import BankAccountChange

logger = logging.getLogger(__name__)

PRINT = "servicing.tasks.print_mandate"


def policies_of_holder(user: User, *, today: date) -> Any:
    """The policies whose account `user` may change."""
    visible = Policy.objects.visible_to(user, Level.AMOUNTS).current(today)
    return visible.filter(holder__user=user).select_related("edition__product", "holder")


def account_of(policy: Policy, *, today: date) -> Mandate | None:
    """The account agreed last, though it may be in use only from a later day."""
    return Mandate.objects.live(today).filter(policy=policy).first()


def unpaid_from(policy: Policy, *, today: date) -> Any:
    """The days on which receipts that are on file fall due."""
    return policy.receipts.filter(paid_on=None, due_on__gte=today).values_list("due_on", flat=True)


def change_bank_account(
    *, policy: Policy, iban: str, account_owner: str, replaces: str, by: User, sent_key: UUID
) -> Case:
    """The new mandate beside the old one, both dated, as a case that is decided at once.

    `iban` comes from parse_iban; `replaces` is the mark of the account that the customer saw. The same form
    (`sent_key`) sent twice is one case. Raises NotTheHolder and AccountChangedMeanwhile.
    """
    now = timezone.now()
    today = today_in_madrid(now)
    with transaction.atomic():
        # One change at a time: two tabs cannot both find the old account.
        locked = Policy.objects.select_for_update().get(pk=policy.pk)
        sent = Case.objects.filter(asked_by=by, sent_key=sent_key, kind=BANK_ACCOUNT.code).first()
        if sent is not None:
            return sent
        if not policies_of_holder(by, today=today).filter(pk=locked.pk).exists():
            raise NotTheHolder
        before = account_of(locked, today=today)
        if account_mark(locked.pk, before) == replaces:
            return _change(
                policy=locked, before=before, iban=iban, account_owner=account_owner, by=by, sent_key=sent_key
            )
    logger.warning("bank_account_changed_meanwhile", extra={"policy": policy.pk, "by": by.pk})
    raise AccountChangedMeanwhile


def _change(
    *, policy: Policy, before: Mandate | None, iban: str, account_owner: str, by: User, sent_key: UUID
) -> Case:
    now = timezone.now()
    today = today_in_madrid(now)
    case, _created = open_case(
        kind=BANK_ACCOUNT, by=by, language=by.language, policy=policy, sent_key=sent_key
    )
    change = BankAccountChange.objects.create(
        case=case,
        iban=iban,
        account_owner=account_owner,
        replaces=before.iban if before else "",
        mandate_reference=case.reference,
        holds_from=first_charge(today, unpaid_from(policy, today=today)),
        refunds_from=due_at(now, term("svc.refund_hold", on=today)),
    )
    _replace_mandates(policy, change, today=today)
    # Nobody of ours looks at it: the rules did. Who asked stands as who decided, the event says SYSTEM.
    case = make_move(case, BANK_ACCOUNT.at_once, by=by, side=Side.SYSTEM)
    drafts.discard(by, BANK_ACCOUNT.code, place=policy.reference, form_key=str(sent_key))
    account_emails.bank_account_changed(change)
    kick.after_commit(PRINT, change.pk)
    logger.info("bank_account_changed", extra={"policy": policy.pk, "case": case.pk, "by": by.pk})
    return case


def _replace_mandates(policy: Policy, change: BankAccountChange, *, today: date) -> None:
    """The old account pays until the day before; one that had not begun yet never does."""
    old = list(Mandate.objects.live(today).filter(policy=policy))
    new = Mandate.objects.create(
        reference=change.mandate_reference,
        policy=policy,
        iban=change.iban,
        signed_on=today,
        starts_on=change.holds_from,
    )
    for mandate in old:
        if mandate.ended_on is not None and mandate.replaced_by_id is None:
            # The insurer has ended it already, on a day of its own.
            continue
        begun = mandate.starts_on is None or mandate.starts_on <= today
        last = change.holds_from - timedelta(days=1) if begun else mandate.signed_on
        mandate.ended_on = max(last, mandate.signed_on)
        mandate.replaced_by = new
        mandate.save(update_fields=["ended_on", "replaced_by"])


def print_mandate(*, change_id: int) -> str | None:
    """Print the mandate of one change; a worker does, and may be killed at any point (core/printing.py)."""
    return printing.print_paper(BankAccountChange, change_id, draw=_draw)


def _draw(change: BankAccountChange) -> bytes:
    from core.pdf import render_pdf

    return render_pdf(TEMPLATE, mandate_paper(change), language=change.case.language)


def retry_mandate(*, change: BankAccountChange, by: User | None) -> None:
    """Offer a mandate that was not printed again. Any other stays as it is."""
    with transaction.atomic():
        if printing.ask_again(BankAccountChange.objects.filter(pk=change.pk)):
            logger.info("mandate_retried", extra={"case": change.pk, "by": by and by.pk})
            kick.after_commit(PRINT, change.pk)
    change.refresh_from_db()
