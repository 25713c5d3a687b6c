"""The ready-made texts that an insurer starts with: canned_texts.toml of the brand folder."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from cases.canned_texts import CannedText
from core.schema import read_toml

FILE = "canned_texts.toml"
FIELDS = frozenset({"key", "use", "kind", "topic", "title", "bodies", "paper"})


class CannedTextsError(Exception):
    """The file cannot be loaded; the text lists every problem."""


def load(directory: Path, *, dry_run: bool = False) -> int:
    """Add the texts whose key is not there yet, all or nothing; how many. A folder may have no such file.

    What is there belongs to the team, who may have written it anew: it is left as it is.
    """
    path = directory / FILE
    if not path.exists():
        return 0
    data, found = read_toml(path)
    if found:
        raise CannedTextsError("\n".join(map(str, found)))
    rows = data.get("texts", [])
    known = set(CannedText.objects.values_list("key", flat=True))
    problems: list[str] = []
    with transaction.atomic():
        texts = [_text(row, path.name, number, problems) for number, row in enumerate(rows, 1)]
        keys = [text.key for text in texts]
        problems += [f"{path.name}: {key}: stands twice" for key in sorted(set(keys)) if keys.count(key) > 1]
        if problems:
            raise CannedTextsError("\n".join(problems))
        added = CannedText.objects.bulk_create(text for text in texts if text.key not in known)
        transaction.set_rollback(dry_run)
    return len(added)


def _text(row: dict[str, Any], file: str, number: int, problems: list[str]) -> CannedText:
    name = row.get("key", f"text {number}")
    problems += [f"{file}: {name}: {key} is unknown" for key in sorted(row.keys() - FIELDS)]
    text = CannedText(**{key: value for key, value in row.items() if key in FIELDS})
    try:
        text.full_clean(validate_unique=False)
    except ValidationError as error:
        problems += [f"{file}: {name}: {message}" for message in error.messages]
    return text
