"""What changes an account: one function per verb."""

from accounts.actions.access import ask_for_access, open_account
from accounts.actions.answering import answer, forget_old_requests
from accounts.actions.closing import StaffStay, close_account
from accounts.actions.email_change import (
    answer_email_change,
    ask_for_new_email,
    confirm_new_email,
    forget_old_email_changes,
    take_email_back,
)
from accounts.actions.factors import NotOfTheStaff, remove_factors
from accounts.actions.factors_off import forget_old_factors_off, keep_factors, take_factors_off
from accounts.actions.language import change_language
from accounts.actions.link import (
    AlreadyLinked,
    claim,
    decide_by_mailbox,
    is_too_young,
    link,
    link_by_mailbox,
)
from accounts.actions.log_ins import (
    end_all_sessions,
    end_session,
    follow_session,
    forget_old_log_ins,
    note_log_in,
    watch_failed_log_ins,
)
from accounts.actions.new_password import ask_for_new_password, reset_password
from accounts.actions.registration import (
    confirm,
    keep_for_later,
    register,
    same_registration,
    send_confirmation_again,
)

__all__ = [
    "AlreadyLinked",
    "NotOfTheStaff",
    "StaffStay",
    "answer",
    "answer_email_change",
    "ask_for_access",
    "ask_for_new_email",
    "ask_for_new_password",
    "change_language",
    "claim",
    "close_account",
    "confirm",
    "confirm_new_email",
    "decide_by_mailbox",
    "end_all_sessions",
    "end_session",
    "follow_session",
    "forget_old_email_changes",
    "forget_old_factors_off",
    "forget_old_log_ins",
    "forget_old_requests",
    "is_too_young",
    "keep_factors",
    "keep_for_later",
    "link",
    "link_by_mailbox",
    "note_log_in",
    "open_account",
    "register",
    "remove_factors",
    "reset_password",
    "same_registration",
    "send_confirmation_again",
    "take_email_back",
    "take_factors_off",
    "watch_failed_log_ins",
]
