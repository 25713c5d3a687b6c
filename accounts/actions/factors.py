"""The way back for somebody of the staff who has lost every factor and has nobody above them."""

import logging

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.actions.log_ins import end_all_sessions
from accounts.mfa.emails import factors_removed
from accounts.models import User
from core import audit

logger = logging.getLogger(__name__)


class NotOfTheStaff(Exception):  # noqa: N818
    """A customer may log in without a factor: whoever helps them looks at who they are first."""


def remove_factors(user: User) -> int:
    """At the console of the machine, by whoever runs it. Returns how many there were.

    The password stays, and is asked for; with it the admin leads to enrolment and nowhere else. Whoever is
    logged in is out at the next page. Raises NotOfTheStaff.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        if not user.is_staff:
            raise NotOfTheStaff
        removed: int = Authenticator.objects.filter(user=user).delete()[0]
        end_all_sessions(user)
        factors_removed(user)
        audit.record("remove-factors", by=None, subject=user.person_on_file, what=audit.thing(user))
    logger.warning("factors_removed_at_console", extra={"user": user.pk, "factors": removed})
    return removed
