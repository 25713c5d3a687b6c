"""References that stand in addresses and on paper: opaque, and easy to read out on the phone."""

import secrets

# No 0/O, 1/I/L, 2/Z, 5/S, 8/B: they are heard and read as one another.
ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"


def new_reference(prefix: str, length: int = 10) -> str:
    """The prefix and a code of ten: 10**13 values, enough for millions of rows."""
    return f"{prefix}-{new_code(length)}"


def new_code(length: int) -> str:
    """Each character drawn evenly: five bits of a random byte, drawn again where they pass the alphabet."""
    code = ""
    while len(code) < length:
        drawn = (byte & 31 for byte in secrets.token_bytes(2 * length))
        code += "".join(ALPHABET[place] for place in drawn if place < len(ALPHABET))
    return code[:length]


def normalise_code(text: str) -> str:
    """A code as people type it: any case, with spaces or hyphens."""
    return "".join(character for character in text.upper() if character.isalnum())
