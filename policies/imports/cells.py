"""One cell of the feed: what is read, made uniform, or the reason why it is refused."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from core.identity import IdentityError, parse_dni, parse_iban
from policies.imports.schema import Field

# A reader returns text in PostgreSQL's own spelling, or None for an empty cell.
Reader = Callable[[str], str | None]

AMOUNT_DECIMALS = 2
EMAIL_LENGTH = 254

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_AMOUNT = re.compile(r"(-?)0*([0-9]+)(?:([.,])([0-9]+))?", re.ASCII)
_DNI_OR_NIE = re.compile(r"[0-9XYZ][0-9]{7}[A-Z]", re.ASCII)
_NIE_DIGITS = {"X": "0", "Y": "1", "Z": "2"}
_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_IBAN = re.compile(r"ES[0-9]{22}", re.ASCII)
_EMAIL = re.compile(r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.ASCII)

_IDENTITY = {
    "format": "this is not how a DNI or NIE is written",
    "letter": "the letter does not belong to the number",
}
_ACCOUNT = {
    "format": "this is not how an IBAN is written",
    "country": "the account is outside the SEPA countries",
    "check": "the check digits of the IBAN are wrong",
    "account": "the control digits of the Spanish account are wrong",
}


class CellError(ValueError):
    """Why a cell was refused, in words for the person who wrote the feed."""


def reader(field: Field, *, decimal_comma: bool = False) -> Reader:
    """The function that reads the cells of one column; it raises CellError."""
    read = _reader(field, decimal_comma=decimal_comma)
    required = field.required

    def read_cell(cell: str) -> str | None:
        if cell := cell.strip():
            return read(cell)
        if required:
            raise CellError("the cell is empty")
        return None

    return read_cell


def _reader(field: Field, *, decimal_comma: bool) -> Reader:
    if field.kind == "date":
        return _date_reader(date.fromisoformat(str(field.minimum)), date.fromisoformat(str(field.maximum)))
    if field.kind == "number":
        lowest, highest = Decimal(str(field.minimum)), Decimal(str(field.maximum))
        return _amount_reader(lowest, highest, decimal_comma=decimal_comma)
    if field.choices:
        return _choice_reader(field.choices)
    checks: dict[str | None, Reader] = {"dni": read_dni, "iban": read_iban, "email": read_email}
    if field.check is not None:
        return checks[field.check]
    return _text_reader(field.max_length, field.pattern)


def _text_reader(max_length: int | None, pattern: str | None) -> Reader:
    longest = max_length or 10_000
    form = re.compile(pattern) if pattern else None

    def read(cell: str) -> str:
        if not cell.isprintable():
            cell = clean(cell)
        if len(cell) > longest:
            raise CellError(f"{len(cell)} characters where {longest} are the most")
        if form is not None and not form.fullmatch(cell):
            raise CellError("this is not how it is written; see docs/feed.md")
        return cell

    return read


def clean(cell: str) -> str:
    """Odd spaces become plain ones; what cannot be shown is refused. Stray bytes arrive as surrogates."""
    plain = " ".join(cell.split())
    for character in plain:
        category = unicodedata.category(character)
        if category == "Cs":
            raise CellError("the text is not UTF-8")
        if category.startswith("C"):
            raise CellError(f"the text holds the control character U+{ord(character):04X}")
    return plain


def _choice_reader(choices: tuple[str, ...]) -> Reader:
    allowed = {choice: choice for choice in choices}

    def read(cell: str) -> str:
        try:
            return allowed[cell]
        except KeyError:
            raise CellError(f"none of {', '.join(choices)}") from None

    return read


def _date_reader(earliest: date, latest: date) -> Reader:
    def read(cell: str) -> str:
        # fromisoformat alone would take 20240131 and 2024-W05-3 as well.
        if not _DATE.fullmatch(cell):
            raise CellError("no date of the form YYYY-MM-DD")
        try:
            day = date.fromisoformat(cell)
        except ValueError:
            raise CellError("there is no such day") from None
        if not earliest <= day <= latest:
            raise CellError(f"not between {earliest} and {latest}")
        return cell

    return read


def _amount_reader(lowest: Decimal, highest: Decimal, *, decimal_comma: bool) -> Reader:
    def read(cell: str) -> str:
        match = _AMOUNT.fullmatch(cell)
        if match is None:
            raise CellError("no amount, such as 1234.50")
        sign, whole, mark, decimals = match.groups()
        if mark == "," and not decimal_comma:
            raise CellError("a decimal point is expected, not a comma")
        if decimals and len(decimals) > AMOUNT_DECIMALS:
            raise CellError("more than two decimals")
        amount = f"{sign}{whole}.{(decimals or '').ljust(AMOUNT_DECIMALS, '0')}"
        if Decimal(amount) < lowest:
            raise CellError(f"less than {lowest}")
        if Decimal(amount) > highest:
            raise CellError(f"more than {highest}")
        return amount

    return read


def read_dni(cell: str) -> str:
    # Nearly all come in the compact form already, for which the letter is all that is left to check.
    if _DNI_OR_NIE.fullmatch(cell) and letter_belongs(cell):
        return cell
    try:
        return parse_dni(cell)
    except IdentityError as error:
        raise CellError(_IDENTITY.get(error.code, _IDENTITY["format"])) from None


def letter_belongs(compact: str) -> bool:
    """Of nine characters that are written as a DNI or NIE is."""
    number = compact[:8] if compact[0] <= "9" else _NIE_DIGITS[compact[0]] + compact[1:8]
    return _LETTERS[int(number) % 23] == compact[8]


def read_iban(cell: str) -> str:
    # The full check costs ten times this one; both sums of a Spanish account must be right to skip it.
    if _IBAN.fullmatch(cell) and int(f"{cell[4:]}1428{cell[2:4]}") % 97 == 1 and _ccc_holds(cell[4:]):
        return cell
    try:
        return parse_iban(cell)
    except IdentityError as error:
        raise CellError(_ACCOUNT.get(error.code, _ACCOUNT["format"])) from None


def _ccc_holds(account: str) -> bool:
    return account[8:10] == _control_digit(f"00{account[:8]}") + _control_digit(account[10:])


def _control_digit(ten_digits: str) -> str:
    """Weights of the Spanish account code: powers of two, modulo 11."""
    total = sum(int(digit) * 2**place for place, digit in enumerate(ten_digits))
    left = total % 11
    return str(left if left < 2 else 11 - left)


def read_email(cell: str) -> str:
    address = cell.lower()
    if len(address) > EMAIL_LENGTH:
        raise CellError("longer than an e-mail address can be")
    if not _EMAIL.fullmatch(address):
        # Django takes control characters between quotation marks; we do not.
        if not address.isprintable():
            raise CellError("no e-mail address")
        try:
            validate_email(address)
        except ValidationError:
            raise CellError("no e-mail address") from None
    return address
