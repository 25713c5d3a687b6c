"""What changes an account: one function per verb."""

from accounts.actions.access import ask_for_access, open_account
from accounts.actions.answering import answer, forget_old_requests
from accounts.actions.closing import StaffStay, close_account
from accounts.actions.language import change_language
from accounts.actions.link import AlreadyLinked, claim, decide_by_mailbox, link, link_by_mailbox
from accounts.actions.new_password import ask_for_new_password, reset_password
from accounts.actions.registration import confirm, keep_for_later, register, send_confirmation_again

__all__ = [
    "AlreadyLinked",
    "StaffStay",
    "answer",
    "ask_for_access",
    "ask_for_new_password",
    "change_language",
    "claim",
    "close_account",
    "confirm",
    "decide_by_mailbox",
    "forget_old_requests",
    "keep_for_later",
    "link",
    "link_by_mailbox",
    "open_account",
    "register",
    "reset_password",
    "send_confirmation_again",
]
