"""What was refused, written down for those who mend the feed. Holds personal data: for its owner's eyes."""

import csv
import json
import os
from collections.abc import Iterable
from pathlib import Path

COLUMNS = ("file", "line", "column", "value", "reason")
# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(path: Path, refusals: Iterable[tuple[str, int, str, str, str]]) -> None:
    """CSV, or JSON lines for a name that ends in .jsonl; for the owner alone, and never half written."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
        if path.suffix == ".jsonl":
            for refusal in refusals:
                line = json.dumps(dict(zip(COLUMNS, refusal, strict=True)), ensure_ascii=False)
                stream.write(f"{line}\n")
        else:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            for file, line_number, column, value, reason in refusals:
                writer.writerow([file, line_number, column, _harmless(value), reason])
    partial.replace(path)


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value
