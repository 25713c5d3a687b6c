"""Identity documents and bank accounts: normalise, check, mask. Stored values are always the compact form."""

import re
import unicodedata

from stdnum import iban
from stdnum.es import ccc, dni, nie
from stdnum.exceptions import InvalidChecksum, ValidationError

MAX_LENGTH = 254

_DNI = re.compile(r"([0-9]{7,8})([A-Z])")
_NIE = re.compile(r"([XYZ][0-9]{7})([A-Z])")
_KLM = re.compile(r"[KLM]([0-9]{7})([A-Z])")
# What people write or paste before the number itself: no document begins like that.
_BEFORE_DNI = re.compile(r"^(?:DNI|NIE|NIF|ES)+")
# Left by copying from a sentence, a list or a mail.
_EDGES = " .,:;<>()[]\"'«»“”‘’"
# Telephones put a blank after a full stop.
_GAP_IN_MAILBOX = re.compile(r" ?([@.]) ?")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}")

# Reg. (EU) 260/2012 art. 9: a payer may use an account in any of these; Jersey, Guernsey and Man use GB.
SEPA_COUNTRIES = frozenset(
    {"AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI", "GR"}
    | {"HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL", "NO"}
    | {"PL", "PT", "RO", "RS", "SE", "SI", "SK", "SM", "VA"}
)


class IdentityError(ValueError):
    """Why an identifier was refused.

    `code`: "empty", "format", "letter" (DNI, NIE; `expected` holds the right letter), "country" (IBAN outside
    SEPA), "check" (IBAN check digits), "account" (control digits of a Spanish account).
    """

    def __init__(self, code: str, expected: str | None = None) -> None:
        super().__init__(code if expected is None else f"{code}: expected {expected}")
        self.code = code
        self.expected = expected


def normalise_identifier(text: str | None) -> str:
    """One spelling for all the ways in which people write a DNI, a NIE, an IBAN or an e-mail address."""
    folded = unicodedata.normalize("NFKC", text or "")
    shown = "".join(c for c in folded if unicodedata.category(c) not in ("Cf", "Cc"))
    shown = " ".join(shown.split()).strip(_EDGES)[:MAX_LENGTH]
    if "@" in shown:
        # A blank elsewhere stays, and is refused: it may part two words that are no one mailbox.
        return _GAP_IN_MAILBOX.sub(r"\1", shown.lower().removeprefix("mailto:").lstrip())
    return "".join(c for c in shown if not _is_separator(c)).upper()


def parse_dni(text: str | None) -> str:
    """DNI, NIE or K/L/M number in compact form, a short DNI padded to eight digits; raises IdentityError."""
    compact = _BEFORE_DNI.sub("", normalise_identifier(text))
    if not compact:
        raise IdentityError("empty")
    if match := _DNI.fullmatch(compact):
        digits = match[1].zfill(8)
        compact, expected = digits + match[2], dni.calc_check_digit(digits)
    elif match := _NIE.fullmatch(compact):
        expected = nie.calc_check_digit(match[1])
    elif match := _KLM.fullmatch(compact):
        expected = dni.calc_check_digit(match[1])
    else:
        raise IdentityError("format")
    if match[2] != expected:
        raise IdentityError("letter", expected)
    return compact


def is_dni(text: str | None) -> bool:
    try:
        parse_dni(text)
    except IdentityError:
        return False
    return True


def mask_dni(number: str) -> str:
    """`12345678Z` becomes `•••••678Z`; too short a number is hidden whole."""
    if len(number) <= 4:
        return "•" * len(number)
    return "•" * (len(number) - 4) + number[-4:]


def parse_iban(text: str | None) -> str:
    """IBAN of any SEPA country in compact form; raises IdentityError."""
    compact = normalise_identifier(text).removeprefix("IBAN")
    if not compact:
        raise IdentityError("empty")
    if not _IBAN.fullmatch(compact):
        raise IdentityError("format")
    if compact[:2] not in SEPA_COUNTRIES:
        raise IdentityError("country")
    try:
        iban.validate(compact, check_country=False)
    except InvalidChecksum:
        raise IdentityError("check") from None
    except ValidationError:
        raise IdentityError("format") from None
    if compact.startswith("ES") and not ccc.is_valid(compact[4:]):
        raise IdentityError("account")
    return compact


def mask_iban(number: str) -> str:
    """`ES9121000418450200051332` becomes `ES91 •••• 1332`; too short a number is hidden whole."""
    if len(number) < 12:
        return "•" * len(number)
    return f"{number[:4]} •••• {number[-4:]}"


def _is_separator(character: str) -> bool:
    return character in ".,:;/_" or character.isspace() or unicodedata.category(character) == "Pd"
