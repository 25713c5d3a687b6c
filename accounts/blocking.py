"""Shutting an account and opening it again, by the staff."""

import logging

from django.utils.translation import gettext as _

from accounts.closing import is_closed_for_good
from accounts.models import User

logger = logging.getLogger(__name__)


class BlockRefused(Exception):  # noqa: N818
    """Why this account is not shut, in words."""


def deactivate(user: User, *, by: User) -> None:
    """Nobody logs in with it any more, and whoever is logged in with it is out at the next page."""
    if user.pk == by.pk:
        raise BlockRefused(_("You cannot close your own account."))
    if user.is_superuser and not by.is_superuser:
        raise BlockRefused(_("Only another administrator can close the account of an administrator."))
    _set(user, active=False, by=by)


def reactivate(user: User, *, by: User) -> None:
    if is_closed_for_good(user):
        raise BlockRefused(_("Its owner has closed this account. To come back, they register again."))
    if user.is_superuser and not by.is_superuser:
        raise BlockRefused(_("Only another administrator can open the account of an administrator."))
    _set(user, active=True, by=by)


def _set(user: User, *, active: bool, by: User) -> None:
    user.is_active = active
    user.save(update_fields=["is_active"])
    logger.info("account_opened" if active else "account_closed", extra={"user": user.pk, "by": by.pk})
