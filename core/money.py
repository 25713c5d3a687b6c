"""Euros as Decimal: rounding, writing, reading."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency

CENT = Decimal("0.01")
MAX_WHOLE_DIGITS = 10

_NUMBER = re.compile(r"-?[0-9][0-9.,]*")
_GROUPED = {".": re.compile(r"[1-9][0-9]{0,2}(\.[0-9]{3})+"), ",": re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+")}


class MoneyError(ValueError):
    """Why an amount was refused: "empty", "format", "decimals" (more than two), "ambiguous" (`1.234` may be a
    thousand or a unit with three decimals) or "size"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def round_cents(amount: Decimal) -> Decimal:
    """To the cent, half a cent away from zero; never a negative zero."""
    if not isinstance(amount, Decimal | int):
        raise TypeError(f"amounts are Decimal, not {type(amount).__name__}")
    return Decimal(amount).quantize(CENT, rounding=ROUND_HALF_UP) + 0


def euros(amount: Decimal | None, language: str) -> str:
    """`1.234,50 €` in Spanish and Catalan (with a no-break space), `€1,234.50` in English; "" for None."""
    if amount is None:
        return ""
    return _written(round_cents(amount), language)


@lru_cache(maxsize=4096)
def _written(amount: Decimal, language: str) -> str:
    """Pages name the same few sums again and again."""
    return format_currency(amount, "EUR", locale=_locale(language))


def parse_euros(text: str | None) -> Decimal:
    """Amount as people and files write it: `1.234,50`, `1,234.50`, `60,00`, `60 €`; raises MoneyError."""
    compact = _compact(text or "")
    if not compact:
        raise MoneyError("empty")
    if not _NUMBER.fullmatch(compact):
        raise MoneyError("format")
    sign, digits = ("-", compact[1:]) if compact.startswith("-") else ("", compact)
    whole, decimals = _split(digits)
    if len(whole) > MAX_WHOLE_DIGITS:
        raise MoneyError("size")
    return Decimal(f"{sign}{whole}.{decimals or '0'}").quantize(CENT) + 0


def _compact(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).strip().replace("\N{MINUS SIGN}", "-")
    folded = re.sub(r"^(-?)\s*€\s*|\s*(?:€|EUR)$", r"\1", folded, flags=re.IGNORECASE)
    # Only a space between groups of three is part of a number; "12 34" is a slip of the finger.
    return re.sub(r"(?<=[0-9])\s(?=[0-9]{3}(?![0-9]))", "", folded)


def _split(digits: str) -> tuple[str, str]:
    """Whole part without grouping, and decimals."""
    marks = [c for c in digits if c in ".,"]
    if not marks:
        return digits, ""
    mark = marks[-1]
    if len(marks) > 1 and len(set(marks)) == 1:
        return _ungroup(digits, mark), ""
    whole, _, decimals = digits.rpartition(mark)
    if len(marks) == 1 and len(decimals) == 3 and _GROUPED[mark].fullmatch(digits):
        raise MoneyError("ambiguous")
    if not decimals:
        raise MoneyError("format")
    if len(decimals) > 2:
        raise MoneyError("decimals")
    return (_ungroup(whole, marks[0]) if len(marks) > 1 else whole), decimals


def _ungroup(digits: str, mark: str) -> str:
    if not _GROUPED[mark].fullmatch(digits):
        raise MoneyError("format")
    return digits.replace(mark, "")


def _locale(language: str) -> Locale:
    """Babel's locale of a Django language code; a variant that babel lacks falls back to its base."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language.partition("-")[0])
