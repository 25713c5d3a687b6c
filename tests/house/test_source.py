"""Rules of the house that can be read off the source."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.source import APPS, FLOORS, ROOT, files, imports, modules, name, tree

FLOOR_OF = {app: number for number, floor in enumerate(FLOORS) for app in floor}
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "services.py", "selectors.py", "signals.py"}
# authorisations may look into the directory of practitioners: both stand above policies.
ALLOWED_SIDEWAYS: set[tuple[str, str]] = set()


def app_of(module: str) -> str | None:
    first = module.partition(".")[0]
    return first if first in FLOOR_OF else None


@pytest.mark.parametrize("app", APPS)
def test_imports_go_down(app: str) -> None:
    wrong = [
        f"{name(path)} imports {module}"
        for path in modules(app)
        for module in imports(path)
        if (other := app_of(module))
        and other != app
        and FLOOR_OF[other] >= FLOOR_OF[app]
        and (app, other) not in ALLOWED_SIDEWAYS
    ]
    assert wrong == []


def test_the_floor_rule_would_see_a_stair_up() -> None:
    assert FLOOR_OF["core"] < FLOOR_OF["accounts"] < FLOOR_OF["policies"] < FLOOR_OF["portal"]
    assert app_of("policies.models") == "policies"


def test_what_the_extraction_of_sentences_leaves_for_a_moment_is_not_read(tmp_path: Path) -> None:
    names = ("page.html", "page.html.py", "body.txt", "body.txt.py", "views.py")
    for made in names:
        (tmp_path / made).write_text("")
    assert [path.name for path in files(tmp_path, "*")] == ["body.txt", "page.html", "views.py"]
    assert [path.name for path in modules(str(tmp_path))] == ["views.py"]


def is_too_long(path: Path) -> bool:
    return len(path.read_text("utf-8").splitlines()) > 500


def test_no_file_is_longer_than_500_lines() -> None:
    assert [name(path) for path in modules(*APPS, "tests", "bench") if is_too_long(path)] == []


def test_a_file_that_is_too_long_would_be_seen(tmp_path: Path) -> None:
    for lines in (500, 501):
        (tmp_path / f"{lines}.py").write_text("x = 1\n" * lines)
    assert [path.name for path in sorted(tmp_path.iterdir()) if is_too_long(path)] == ["501.py"]


def says_nothing(path: Path) -> bool:
    # The processes that the demo starts are services in the plain sense of the word.
    return path.name in FORBIDDEN_NAMES and path.parent.name != "demo"


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name(path) for path in modules() if says_nothing(path)] == []


def test_a_name_that_says_nothing_would_be_seen() -> None:
    names = ["policies/utils.py", "core/staff/helpers.py", "portal/demo/services.py", "policies/access.py"]
    assert [name for name in names if says_nothing(ROOT / name)] == names[:2]


@pytest.mark.parametrize("layer", ["actions.py", "models.py", "access.py"])
def test_rules_know_nothing_of_pages(layer: str) -> None:
    banned = {"django.http", "django.shortcuts", "django.forms", "django.contrib.messages"}
    paths = [
        path
        for path in modules()
        if (path.name == layer and path.parent.name != "views")
        or path.parent.name == layer.removesuffix(".py")
    ]
    assert paths
    assert [(name(path), module) for path in paths for module in imports(path) if module in banned] == []


# Whoever stands on cases asks make_move(); the first state is given where the row is written.
ON_CASES = [app for app in APPS if app == "cases" or FLOOR_OF["cases"] < FLOOR_OF[app] < FLOOR_OF["portal"]]
THE_PLACES = {("cases/actions/moving.py", "open_case"), ("cases/actions/moving.py", "make_move")}
# The status of these is the printer's (core/printing.py), not that of a case.
PRINTED = {"SentCopy"}


def writes_status(node: ast.AST) -> bool:
    """`x.status = …`, `setattr(x, "status", …)`, and `status=` in what writes a row."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = (part for target in targets for part in ast.walk(target))
        return any(isinstance(part, ast.Attribute) and part.attr == "status" for part in names)
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        named = {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
        given = {word.arg for word in node.keywords}
        return (node.func.id == "setattr" and "status" in named) or (
            node.func.id == "Case" and "status" in given
        )
    writers = {"create", "update", "get_or_create", "update_or_create"}
    return (
        isinstance(node.func, ast.Attribute)
        and node.func.attr in writers
        and any(word.arg == "status" for word in node.keywords)
        and not any(isinstance(part, ast.Name) and part.id in PRINTED for part in ast.walk(node.func))
    )


def places_of_status(path: Path) -> set[tuple[str, str]]:
    """The function, or "" for the module itself, in which a state is written."""
    found = set()
    inside = {
        id(child): function.name
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef)
        for child in ast.walk(function)
    }
    for node in ast.walk(tree(path)):
        if writes_status(node):
            found.add((name(path), inside.get(id(node), "")))
    return found


def test_status_is_assigned_in_one_place() -> None:
    assert set().union(*(places_of_status(path) for path in modules(*ON_CASES))) == THE_PLACES


@pytest.mark.parametrize(
    "line",
    [
        "case.status = 'done'",
        "case.status, x = 1, 2",
        "setattr(case, 'status', 'done')",
        "Case.objects.filter(pk=1).update(status='done')",
        "Case(kind='x', status='done')",
    ],
)
def test_the_rule_would_see_a_state_written_elsewhere(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr("tests.house.test_source.tree", lambda path: ast.parse(line))
    assert places_of_status(ROOT / "cases" / "views.py") == {("cases/views.py", "")}


def test_nothing_of_this_machine_or_of_a_registry_is_in_the_repository() -> None:
    texts = [
        path
        for pattern in ("*.py", "*.md", "*.toml", "*.txt", "*.html", "*.yml")
        for path in files(ROOT, pattern)
        if not {".venv", "var", "node_modules", ".git"} & set(path.relative_to(ROOT).parts)
    ]
    assert texts
    home = re.escape(str(ROOT))
    assert [name(path) for path in texts if re.search(home, path.read_text("utf-8", "replace"))] == []
