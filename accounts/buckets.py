"""Whose account is meant by what was typed: one counter for all its spellings, and none that tells a name."""

from dataclasses import dataclass

from django.utils.crypto import salted_hmac

from accounts.backend import canonical
from accounts.models import User


@dataclass(frozen=True)
class Knock:
    """Somebody at the door, by what they typed."""

    account: str
    # What a device that has been let in before remembers of this account: see accounts.known.
    mark: str


def knock(identifier: str) -> Knock:
    """One query, found or not. What nobody is called has a counter of its own: the answer tells nothing."""
    written = canonical(identifier)
    user = User.objects.by_identifier(written)
    account = bucket_of(user) if user else _bucket(f"unknown {written}")
    return Knock(account, mark_of(user))


def bucket(identifier: str) -> str:
    return knock(identifier).account


def bucket_of(user: User) -> str:
    return _bucket(f"user {user.pk}")


def mark_of(user: User | None) -> str:
    """Changes with the password: who could choose a new one is not held up by what an old device does."""
    whose = f"{user.pk} {user.password}" if user else ""
    return salted_hmac("accounts.buckets.mark", whose, algorithm="sha256").hexdigest()[:32]


def _bucket(whose: str) -> str:
    return salted_hmac("accounts.adapter.bucket", whose, algorithm="sha256").hexdigest()
