"""Every setting stands in docs/settings.md, and nothing else does."""

import ast
import re

from tests.house.source import ROOT, tree

READERS = {"str", "int", "bool", "list"}


def settings_read() -> set[str]:
    found = set()
    for node in ast.walk(tree(ROOT / "portal" / "settings.py")):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        called = node.func
        by_env = (
            isinstance(called, ast.Attribute)
            and isinstance(called.value, ast.Name)
            and called.value.id == "env"
            and called.attr in READERS
        )
        by_secret = isinstance(called, ast.Name) and called.id == "secret"
        if by_env or by_secret:
            found.add(str(node.args[0].value))
        if by_secret:
            found.add(f"{node.args[0].value}_FILE")
    return found


def settings_documented() -> set[str]:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "settings.md").read_text("utf-8"), re.MULTILINE)
    assert len(rows) == len(set(rows))
    return set(rows)


def test_every_setting_is_documented_and_only_those() -> None:
    assert len(settings_read()) > 10
    assert settings_documented() == settings_read()
