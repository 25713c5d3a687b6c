"""Who of us has a request."""

import logging

from django.db import transaction

from accounts.models import User
from cases.actions.moving import locked, make_move, must_not_be_own, refresh
from cases.lifecycle import MoveNotAllowed, Side
from cases.models import Case, CaseEvent
from cases.teams import TEAMS
from cases.teams import label as team_label

logger = logging.getLogger(__name__)

HAND_TO_TEAM = "hand_to_team"


def take(case: Case, *, by: User) -> Case:
    """Into one's own hands. Where the kind has a move of this name it is made too, and tells the customer."""
    with transaction.atomic():
        if locked(case).can("take", Side.STAFF):
            make_move(case, "take", by=by, side=Side.STAFF)
        return hand_over(case, by=by, to=by)


def hand_over(case: Case, *, by: User, to: User) -> Case:
    """Raises MoveNotAllowed where the case is closed, or the other does not work here, or it is theirs."""
    must_not_be_own(case, by)
    with transaction.atomic():
        row = locked(case)
        if not (row.is_open and to.is_staff and to.is_active) or (to != by and row.is_own_of(to)):
            raise MoveNotAllowed
        if row.assigned_to_id != to.pk:
            row.assigned_to = to
            row.save(update_fields=["assigned_to"])
            logger.info("case_handed_over", extra={"case": row.reference, "by": by.pk, "to": to.pk})
    refresh(case, row)
    return case


def hand_to_team(case: Case, *, by: User, team: str, note: str = "") -> Case:
    """Into the queue of another team, out of everybody's hands. `note` is for colleagues: a step of the
    history that leaves the state as it is, which no customer reads.

    Raises MoveNotAllowed where the case is closed, or with that team already.
    """
    must_not_be_own(case, by)
    with transaction.atomic():
        row = locked(case)
        if not row.is_open or team not in TEAMS or team == row.team:
            raise MoveNotAllowed
        way = f"{team_label(row.team)} → {team_label(team)}"
        CaseEvent.objects.create(
            case=row, move=HAND_TO_TEAM, source=row.status, target=row.status, by=by, side=Side.STAFF,
            note="\n".join(filter(None, (way, note.strip()))),
        )  # fmt: skip
        row.team, row.assigned_to = team, None
        row.save(update_fields=["team", "assigned_to"])
        logger.info("case_handed_over", extra={"case": row.reference, "by": by.pk, "team": team})
    refresh(case, row)
    return case
