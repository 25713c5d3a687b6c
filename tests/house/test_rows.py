"""Rows are reached only by `visible_to`, or in a line that says in rows.py why not."""

import ast
from pathlib import Path

import pytest

from tests.house.rows import BEHIND, DOORS, PUBLIC_MODELS, READ_WITHOUT
from tests.house.source import APPS, ROOT, imports, modules, name, tree

MANAGERS = {"objects", "_default_manager", "_base_manager"}
SHORTCUTS = {"get_object_or_404", "get_list_or_404"}
# What acts has been handed its row by who found it; the admin, and the desk of the staff (portal/staff), are
# behind their own door (below).
ACTING_FOLDERS = {"models", "actions", "imports", "management", "demo", "admin", "staff"}
ACTING_FILES = {"models", "actions", "admin", "tasks"}


def is_acting(path: Path) -> bool:
    return (
        bool(ACTING_FOLDERS & set(path.relative_to(ROOT).parts[:-1]))
        or path.stem in ACTING_FILES
        or path.stem.endswith("_actions")
        or path.stem.startswith("tasks_")
    )


def readers() -> list[Path]:
    """All that can put somebody's rows onto a page. Nothing in core knows any of them."""
    return [
        path
        for path in modules(*(app for app in APPS if app != "core"))
        if not is_acting(path) and name(path) not in BEHIND
    ]


def ways_in(source: ast.Module) -> set[str]:
    """`Model.objects.verb` for each manager, and each model handed to a shortcut; doors are left out."""
    found = set()
    verbs = {
        id(node.value): node.attr
        for node in ast.walk(source)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)
    }
    for node in ast.walk(source):
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
            model, verb = ast.unparse(node.value), verbs.get(id(node), "")
            if verb not in DOORS and model not in PUBLIC_MODELS:
                found.add(f"{model}.objects.{verb}".rstrip("."))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in SHORTCUTS:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Name) and first.id[:1].isupper() and first.id not in PUBLIC_MODELS:
                found.add(f"{ast.unparse(node.func)}({first.id})")
        if isinstance(node, ast.Attribute) and node.attr == "get_model":
            found.add("get_model")
    return found


def test_rows_are_reached_by_visible_to_or_with_a_reason() -> None:
    found = {(name(path), way) for path in readers() for way in ways_in(tree(path))}
    assert found == READ_WITHOUT.keys()


def test_what_stands_behind_is_there_and_needs_it() -> None:
    assert [path for path in BEHIND if not ways_in(tree(ROOT / path))] == []


def test_the_rule_looks_at_all_that_makes_pages() -> None:
    seen = {name(path) for path in readers()}
    assert {
        "accounts/adapter.py",
        "cases/reading.py",
        "cases/views.py",
        "policies/certificate_lines.py",
        "policies/coverage.py",
        "policies/forms.py",
        "policies/policy_page.py",
        "policies/reading.py",
        "policies/views/policies.py",
        "portal/home.py",
        "portal/navigation.py",
        "servicing/account_views.py",
    } <= seen
    assert [path for path in seen if "/admin" in path or "actions" in path] == []


def test_pages_know_nothing_of_the_admin() -> None:
    """Its querysets are those of staff; the door is that of the staff site, walked by test_every_page.py."""
    wrong = [
        (name(path), module)
        for path in readers()
        for module in imports(path)
        if "admin" in module.split(".") and module.split(".")[0] in APPS
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Policy.objects.get(pk=1)", {"Policy.objects.get"}),
        ("rows = Policy.objects", {"Policy.objects"}),
        ("models.Policy._default_manager.all()", {"models.Policy.objects.all"}),
        ("Policy._base_manager.filter(x=1)", {"Policy.objects.filter"}),
        ("get_object_or_404(Policy, reference=r)", {"get_object_or_404(Policy)"}),
        ("shortcuts.get_list_or_404(Policy)", {"shortcuts.get_list_or_404(Policy)"}),
        ("apps.get_model('policies', 'Policy')", {"get_model"}),
        ("Exists(Case.objects.filter(pk=1))", {"Case.objects.filter"}),
        ("Policy.objects.visible_to(user).filter(x=1)", set()),
        ("get_object_or_404(Policy.objects.visible_to(user), reference=r)", set()),
        ("Edition.objects.all()", set()),
    ],
)
def test_the_rule_would_see_it(line: str, found: set[str]) -> None:
    assert ways_in(ast.parse(line)) == found
