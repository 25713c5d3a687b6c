"""The queue: every open request by its legal clock, and buttons that call the actions."""

from cases.admin.buttons import OF_EVERY_KIND
from cases.admin.canned import CannedTextAdmin
from cases.admin.queue import CaseAdmin

__all__ = ["OF_EVERY_KIND", "CannedTextAdmin", "CaseAdmin"]
