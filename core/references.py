"""References that stand in addresses and on paper: opaque, and easy to read out on the phone."""

import re
import secrets

# No 0/O, 1/I/L, 2/Z, 5/S, 8/B: they are heard and read as one another.
ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"
# For each byte the letter of its last five bits, and the bytes for which there is none.
_LETTERS = bytes(ord(ALPHABET[(byte & 31) % len(ALPHABET)]) for byte in range(256))
_PASSED = bytes(byte for byte in range(256) if byte & 31 >= len(ALPHABET))
_SHAPE = re.compile(r"[a-z]{3}-[0-9a-z]{10}", re.IGNORECASE | re.ASCII)


def new_reference(prefix: str, length: int = 10) -> str:
    """The prefix and a code of ten: 10**13 values, enough for millions of rows."""
    return f"{prefix}-{new_code(length)}"


def is_reference(text: str) -> bool:
    """Whether it has the shape of one, in any case."""
    return _SHAPE.fullmatch(text) is not None


def new_code(length: int) -> str:
    """Each character drawn evenly: five bits of a random byte, drawn again where they pass the alphabet."""
    code = b""
    while len(code) < length:
        code += secrets.token_bytes(2 * length).translate(_LETTERS, _PASSED)
    return code[:length].decode("ascii")


def normalise_code(text: str) -> str:
    """A code as people type it: any case, with spaces or hyphens."""
    return "".join(character for character in text.upper() if character.isalnum())
