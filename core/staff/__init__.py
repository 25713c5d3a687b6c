"""What every admin page stands on: one gate, lists that never count, buttons that say their effect."""

from core.staff.buttons import INSERT, AboutForm, Button
from core.staff.model_admin import StaffAdmin
from core.staff.panels import Link, Panel, list_url, object_link
from core.staff.site import StaffSite, staff_rows, staff_site

__all__ = [
    "INSERT",
    "AboutForm",
    "Button",
    "Link",
    "Panel",
    "StaffAdmin",
    "StaffSite",
    "list_url",
    "object_link",
    "staff_rows",
    "staff_site",
]
