"""What happens to a request: one function per verb."""

from cases.actions.asking import (
    ask_for_paper,
    bring_back,
    mark_read,
    open_again,
    read_messages,
    send_message,
    waive_paper,
    want_again,
)
from cases.actions.deciding import LOOK_AGAIN, decide, look_again
from cases.actions.hands import HAND_TO_TEAM, hand_over, hand_to_team, take
from cases.actions.moving import (
    OPENED,
    MayNotAct,
    OwnRequest,
    Reason,
    go,
    make_move,
    must_act,
    must_not_be_own,
    open_case,
)

__all__ = [
    "HAND_TO_TEAM",
    "LOOK_AGAIN",
    "OPENED",
    "MayNotAct",
    "OwnRequest",
    "Reason",
    "ask_for_paper",
    "bring_back",
    "decide",
    "go",
    "hand_over",
    "hand_to_team",
    "look_again",
    "make_move",
    "mark_read",
    "must_act",
    "must_not_be_own",
    "open_again",
    "open_case",
    "read_messages",
    "send_message",
    "take",
    "waive_paper",
    "want_again",
]
