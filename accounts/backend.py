from collections.abc import Callable
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest

from accounts.hashers import dummy_hash
from accounts.models import User
from accounts.passwords import normalise
from core.identity import IdentityError, normalise_identifier, parse_dni
from core.prepared import Prepared, Slot

# What apps above want to know of whoever asks for a page: name of the attribute → expression on User.
ALONGSIDE: dict[str, Any] = {}
# What the slots of those expressions are filled in with.
ALONGSIDE_VALUES: dict[str, Callable[[], Any]] = {}
# Every page of a customer asks for the person as well: all of it comes in one query.
WITH_PERSON = Prepared(
    lambda: User.objects.select_related("person").annotate(**ALONGSIDE).filter(pk=Slot("user"))
)


def canonical(identifier: str) -> str:
    """One spelling of a DNI, a NIE or an e-mail; what is none of them stays as it is and is found nowhere."""
    compact = normalise_identifier(identifier)
    try:
        return compact if "@" in compact else parse_dni(compact)
    except IdentityError:
        return compact


class OneHashBackend(ModelBackend):
    """Log-in by DNI, NIE or verified e-mail: one query and one hash, whoever knocks.

    It must be the only backend: a second one would hash again for the known alone, and a stopwatch would
    tell who is a customer.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **credentials: Any,
    ) -> User | None:
        identifier = credentials.get("email") or username
        if identifier is None or password is None:
            return None
        user = User.objects.by_identifier(canonical(identifier))
        usable = user if user is not None and user.has_usable_password() else None
        right = check_password(
            normalise(password),
            usable.password if usable else dummy_hash(),
            setter=usable.keep_password if usable else None,
        )
        return usable if right and usable and self.user_can_authenticate(usable) else None

    def get_user(self, user_id: int) -> User | None:
        values = {name: value() for name, value in ALONGSIDE_VALUES.items()}
        user: User | None = next(iter(WITH_PERSON.run(values, user=user_id)), None)
        return user if user is not None and self.user_can_authenticate(user) else None
