"""People, their accounts, and who stands at the front door, for the staff."""

from accounts.admin.people import BY_NUMBER, SEARCH_HELP, PersonAdmin, UserAdmin, people_meant
from accounts.admin.requests import AccountRequestAdmin

__all__ = [
    "BY_NUMBER",
    "SEARCH_HELP",
    "AccountRequestAdmin",
    "PersonAdmin",
    "UserAdmin",
    "people_meant",
]
