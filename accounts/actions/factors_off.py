"""A customer has lost phone and codes: by a mail of the staff, and after a wait, the second step goes."""

import logging

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from accounts import emails
from accounts.actions.log_ins import end_all_sessions
from accounts.links import DeadLink, factors_that_go
from accounts.mfa.emails import second_step_off
from accounts.mfa.factors import has_factor
from accounts.models import FactorsOff, User
from core import audit

logger = logging.getLogger(__name__)


def ask_to_take_factors_off(user: User) -> FactorsOff:
    """In the caller's transaction. The mail tells the owner at once, and lets them stop it."""
    asked = FactorsOff.objects.create(user=user)
    emails.factors_off_link(asked)
    return asked


def take_factors_off(asked: FactorsOff) -> User:
    """The password stays, and is asked for; whoever is logged in is out. Raises DeadLink."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=asked.user_id)
        decided = FactorsOff.objects.filter(pk=asked.pk, done_at=None, stopped_at=None)
        if not asked.is_ripe or user.is_staff or not decided.update(done_at=timezone.now()):
            raise DeadLink
        factors_that_go(asked).delete()
        if not has_factor(user):
            # Recovery codes alone open nothing.
            Authenticator.objects.filter(user=user).delete()
        end_all_sessions(user)
        second_step_off(user)
        audit.record("take-factors-off", by=user, subject=user.person_on_file, what=audit.thing(user))
    logger.info("factors_taken_off_by_owner", extra={"user": user.pk})
    return user


def keep_factors(asked: FactorsOff) -> None:
    """The owner says that it was not them: the link opens nothing any more. Twice does no harm."""
    with transaction.atomic():
        FactorsOff.objects.filter(pk=asked.pk, done_at=None, stopped_at=None).update(
            stopped_at=timezone.now()
        )
        audit.record(
            "stop-factors-off",
            by=asked.user,
            subject=asked.user.person_on_file,
            what=audit.thing(asked.user),
        )
    logger.warning("factors_off_stopped_by_owner", extra={"user": asked.user_id})


def forget_old_factors_off() -> int:
    return FactorsOff.objects.filter(asked_at__lt=timezone.now() - FactorsOff.KEPT).delete()[0]
