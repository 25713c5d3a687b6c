"""The cells of one column of many rows at once: what `cells` does with each, at a fraction of the time.

Nearly all cells are written as they are stored. That can be seen of a whole column with few steps that run in
C; where it cannot, its cells are read one by one, and `cells` alone decides.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from policies.imports.cells import AMOUNT_DECIMALS, EMAIL_LENGTH, Reader, letter_belongs
from policies.imports.schema import Field

Cells = Sequence[str]
# Gives the cells as they are stored, "" for an empty one; raises CellError if one of them is refused.
ColumnReader = Callable[[Cells], Cells]

# Days, choices and codes repeat. So many are kept, ninety years of days: memory must not grow with the file.
VALUES_KEPT = 32_768

# No text matches these in two ways, so that a long column that does not match is found out in one go.
_IDENTITIES = re.compile(r"(?:(?:[0-9XYZ][0-9]{7}[A-Z])?\n)*", re.ASCII)
_EMAILS = re.compile(
    r"(?:(?:[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9]+(?:-+[a-z0-9]+)*\.)+[a-z]{2,})?\n)*", re.ASCII
)


def column_reader(field: Field, read: Reader, *, decimal_comma: bool) -> ColumnReader:
    """For the column of a field, whose single cells `read` reads."""
    thorough = _one_by_one(read)
    if field.kind == "date" or field.choices or field.pattern:
        return _Known(read).column
    if field.kind == "number":
        plain = _plain_amounts(field)
        return _amounts(plain, thorough, decimal_comma=decimal_comma) if plain else thorough
    if field.check == "dni":
        return _identities(thorough, required=field.required)
    if field.check == "email":
        return _emails(thorough, required=field.required)
    if field.check is None and field.max_length is not None:
        return _texts(field.max_length, thorough, required=field.required)
    return thorough


def _one_by_one(read: Reader) -> ColumnReader:
    def column(cells: Cells) -> Cells:
        return [read(cell) or "" for cell in cells]

    return column


class _Known(dict[str, str]):
    """What is stored for a cell that was read before."""

    def __init__(self, read: Reader) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: str) -> str:
        value = self._read(cell) or ""
        if len(self) < VALUES_KEPT:
            self[cell] = value
        return value

    def column(self, cells: Cells) -> Cells:
        return list(map(self.__getitem__, cells))


def _texts(longest: int, thorough: ColumnReader, *, required: bool) -> ColumnReader:
    def column(cells: Cells) -> Cells:
        stripped = list(map(str.strip, cells))
        if (
            max(map(len, stripped)) <= longest
            and "".join(stripped).isprintable()
            and not (required and "" in stripped)
        ):
            return stripped
        return thorough(cells)

    return column


def _plain_amounts(field: Field) -> re.Pattern[str] | None:
    """Fewer digits than the highest amount has, and no sign: within the limits without a look at them."""
    digits = len(str(int(Decimal(str(field.maximum))))) - 1
    if digits < 1 or Decimal(str(field.minimum)) > 0:
        return None
    amount = rf"(?:0|[1-9][0-9]{{0,{digits - 1}}})\.[0-9]{{{AMOUNT_DECIMALS}}}"
    return re.compile(rf"(?:{amount if field.required else f'(?:{amount})?'}\n)*", re.ASCII)


def _amounts(plain: re.Pattern[str], thorough: ColumnReader, *, decimal_comma: bool) -> ColumnReader:
    def column(cells: Cells) -> Cells:
        text = _joined(cells)
        if decimal_comma:
            text = text.replace(",", ".")
        if not plain.fullmatch(text):
            return thorough(cells)
        return _parted(text) if decimal_comma else cells

    return column


def _identities(thorough: ColumnReader, *, required: bool) -> ColumnReader:
    def column(cells: Cells) -> Cells:
        if (
            not _IDENTITIES.fullmatch(_joined(cells))
            or (required and "" in cells)
            or not all(letter_belongs(cell) for cell in cells if cell)
        ):
            return thorough(cells)
        return cells

    return column


def _emails(thorough: ColumnReader, *, required: bool) -> ColumnReader:
    def column(cells: Cells) -> Cells:
        text = _joined(cells).lower()
        if (
            _EMAILS.fullmatch(text)
            and max(map(len, cells)) <= EMAIL_LENGTH
            and not (required and "" in cells)
        ):
            return _parted(text)
        return thorough(cells)

    return column


def _joined(cells: Cells) -> str:
    """A cell a line: no cell holds the end of a line, for a row of the feed is one."""
    return "\n".join(cells) + "\n"


def _parted(text: str) -> list[str]:
    return text[:-1].split("\n")
