"""Text that the database keeps but must not tell: AES-256-GCM, bound to the place where it belongs.

`purpose` names that place, such as "cases_draft.iban:17". It is authenticated, not stored: a value that is
pasted into another row, column or table does not open there (NIST SP 800-38D, additional data).
"""

import base64
import binascii
import os
from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = "1"
NONCE_BYTES = 12


class Unreadable(Exception):  # noqa: N818
    """Sealed for another place, by a key that is no longer listed, or changed since."""


@dataclass(frozen=True)
class _Key:
    # Says which key sealed a value, and nothing of the key.
    name: str
    box: AESGCM


def seal(text: str, *, purpose: str) -> str:
    key = _keys()[0]
    nonce = os.urandom(NONCE_BYTES)
    sealed = key.box.encrypt(nonce, text.encode(), _bound_to(purpose))
    return f"{VERSION}.{key.name}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(token: str, *, purpose: str) -> str:
    """Raises Unreadable."""
    version, _dot, rest = token.partition(".")
    name, _dot, body = rest.partition(".")
    key = next((key for key in _keys() if key.name == name), None)
    if version != VERSION or key is None:
        raise Unreadable
    try:
        sealed = base64.b64decode(body, altchars=b"-_", validate=True)
        return key.box.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound_to(purpose)).decode()
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise Unreadable from error


def is_sealed_anew(token: str) -> bool:
    """Whether it was sealed by the key that seals now; what was not, a rotation seals again."""
    return token.startswith(f"{VERSION}.{_keys()[0].name}.")


def _bound_to(purpose: str) -> bytes:
    if not purpose:
        raise ValueError("a secret belongs somewhere")
    return f"{VERSION}:{purpose}".encode()


def _keys() -> tuple[_Key, ...]:
    """The first one seals, all open. The one of SECRET_KEY comes last, for what was sealed before there was
    another."""
    return tuple(_derived(text) for text in (*settings.FIELD_ENCRYPTION_KEYS, settings.SECRET_KEY))


@cache
def _derived(text: str) -> _Key:
    """RFC 5869: any long random text gives an even key; SECRET_KEY itself signs other things."""
    out = HKDF(algorithm=SHA256(), length=36, salt=None, info=b"core.secrets").derive(text.encode())
    return _Key(out[32:].hex(), AESGCM(out[:32]))
