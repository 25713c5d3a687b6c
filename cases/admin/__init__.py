"""The queue: every open request by its legal clock, and buttons that call the actions."""

from cases.admin.buttons import OF_EVERY_KIND
from cases.admin.canned import CannedTextAdmin
from cases.admin.notices import customer_late_notice, late_notice
from cases.admin.queue import CaseAdmin
from core.staff import staff_site

staff_site.notices.extend([late_notice, customer_late_notice])

__all__ = ["OF_EVERY_KIND", "CannedTextAdmin", "CaseAdmin"]
