"""Every setting stands in docs/settings.md, and nothing else does."""

import ast
import re

from tests.house.source import ROOT

READERS = {"str", "int", "bool", "list"}


def settings_read(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
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


def settings_documented(table: str) -> list[str]:
    return re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)


def test_every_setting_is_documented_and_only_those() -> None:
    read = settings_read((ROOT / "portal" / "settings.py").read_text("utf-8"))
    assert len(read) > 10
    assert sorted(settings_documented((ROOT / "docs" / "settings.md").read_text("utf-8"))) == sorted(read)


def test_a_setting_would_be_seen() -> None:
    source = """
env = Env()
A = env.bool("OF_THE_ENVIRONMENT", default=False)
B = secret("OF_A_FILE")
C = other.bool("OF_SOMETHING_ELSE")
"""
    assert settings_read(source) == {"OF_THE_ENVIRONMENT", "OF_A_FILE", "OF_A_FILE_FILE"}
    # One that stands there twice is one too many.
    table = "| Setting | Means |\n| `ONE` | x |\n| `TWO` | x |\n| `ONE` | y |\nAlso `THREE`.\n"
    assert settings_documented(table) == ["ONE", "TWO", "ONE"]
