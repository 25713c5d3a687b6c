"""The source of the product, as the house tests read it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# From the ground up. An app may import those of lower floors; the names on one floor never import each other.
FLOORS = (
    {"core"},
    {"accounts"},
    {"policies"},
    {"practitioners", "cases"},
    {"authorisations", "reimbursements", "claims", "complaints", "servicing"},
    {"portal"},
)
APPS = sorted(app for floor in FLOORS for app in floor if (ROOT / app).is_dir())


def is_passing(path: Path) -> bool:
    """makemessages writes a template as Python beside it and takes that away again, perhaps while we read."""
    return path.name.endswith((".html.py", ".txt.py"))


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders or APPS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts and not is_passing(path):
                yield path


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> set[str]:
    """The modules that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
    return found


def templates() -> Iterator[Path]:
    for folder in (ROOT / "templates", ROOT / "brands", *(ROOT / app for app in APPS)):
        yield from files(folder, "templates/**/*")
    yield from files(ROOT / "templates", "*")


def files(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.rglob(pattern) if path.is_file() and not is_passing(path))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))
