"""Take all second factors off an account of the staff whose owner has lost them and whom nobody else helps.

Make sure first that it is them who ask. They log in with their password and set up a new factor at once.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import NotOfTheStaff, remove_factors
from accounts.backend import canonical
from accounts.mfa import factors
from accounts.models import User


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login", help="the e-mail, DNI or NIE with which they log in")

    def handle(self, **options: Any) -> None:
        user = User.objects.by_identifier(canonical(options["login"]))
        if user is None:
            raise CommandError("Nobody logs in with that.")
        number = ", ".join(sorted(factors.types_of(user))) or "none"
        self.stdout.write(f"{user.email} has these factors: {number}.")
        if input("Type the e-mail again to take all of them off: ").strip().lower() != user.email:
            raise CommandError("Nothing was changed.")
        try:
            removed = remove_factors(user)
        except NotOfTheStaff:
            raise CommandError("This account is a customer's. Nothing was changed.") from None
        self.stdout.write(f"Taken off: {removed}. The account was logged out everywhere and told by mail.")
