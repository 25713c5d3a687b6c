"""The worker's side: who asked, and which mail they are due."""

from django.db import transaction
from django.utils import timezone

from accounts.actions.access import answer_access
from accounts.actions.link import answer_claim
from accounts.actions.new_password import answer_reset
from accounts.actions.registration import answer_registration
from accounts.models import AccountRequest

Kind = AccountRequest.Kind

ANSWERS = {
    Kind.REGISTER: answer_registration,
    Kind.RESEND: answer_registration,
    Kind.RESET: answer_reset,
    Kind.CLAIM: answer_claim,
    Kind.ACCESS: answer_access,
}


def answer(request_id: int) -> None:
    """Look who asked and write the mail they are due, if any; twice does no harm."""
    with transaction.atomic():
        request = (
            AccountRequest.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(pk=request_id, answered_at=None)
            .first()
        )
        if request is None:
            return
        ANSWERS[Kind(request.kind)](request)
        request.answered_at = timezone.now()
        request.save(update_fields=["answered_at"])


def forget_old_requests() -> int:
    return AccountRequest.objects.filter(asked_at__lt=timezone.now() - AccountRequest.KEPT).delete()[0]
