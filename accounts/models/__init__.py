from accounts.models.email_change import EmailChange
from accounts.models.factors_off import FactorsOff
from accounts.models.log_ins import LogIn, LogInAlert
from accounts.models.people import PHONE_DIGITS, Person, PersonQuerySet, User, UserManager, default_language
from accounts.models.requests import AccountRequest

__all__ = [
    "PHONE_DIGITS",
    "AccountRequest",
    "EmailChange",
    "FactorsOff",
    "LogIn",
    "LogInAlert",
    "Person",
    "PersonQuerySet",
    "User",
    "UserManager",
    "default_language",
]
