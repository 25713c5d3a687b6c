"""What other apps keep of an account that its owner closes: each says once (`register_on_close`)."""

from collections.abc import Callable

from accounts.models import User

# The domain that never exists (RFC 2606): an address there was taken off a closed account.
CLOSED_DOMAIN = "closed.invalid"

Keep = Callable[[User], None]

_KEEPERS: list[Keep] = []


def register_on_close(keep: Keep) -> None:
    """`keep` is called in the transaction of the closing, while the account still has its person."""
    if keep not in _KEEPERS:
        _KEEPERS.append(keep)


def keep_what_must_stay(user: User) -> None:
    for keep in _KEEPERS:
        keep(user)


def is_closed_for_good(user: User) -> bool:
    return user.email.endswith(f"@{CLOSED_DOMAIN}")
