"""Which secrets of factors are sealed, and that they are sealed again after a change of keys."""

from allauth.mfa.models import Authenticator

from accounts.mfa.adapter import PURPOSE
from core.resealing import Place, sealed_anew

# What allauth hands to the adapter's encrypt(): the app's key, and that from which recovery codes follow.
SEALED = ("secret", "seed")
TYPES = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)


def reseal(factor: Authenticator) -> bool:
    anew = {
        name: sealed_anew(value, purpose=PURPOSE) for name, value in factor.data.items() if name in SEALED
    }
    changed = any(factor.data[name] != value for name, value in anew.items())
    factor.data |= anew
    return changed


FACTORS = Place(
    "app keys and recovery codes", lambda: Authenticator.objects.filter(type__in=TYPES), "data", reseal
)
