"""Rules of the house that can be read off the templates."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from tests.house.source import ROOT, files, modules, name

TEMPLATES = sorted(
    path
    for folder in (ROOT / "templates", ROOT / "brands" / "alborada" / "templates")
    for path in files(folder, "*")
)
PAGES = [
    path
    for path in TEMPLATES
    if path.suffix == ".html" and not {"emails", "pdf"} & set(path.relative_to(ROOT).parts)
]
INLINE = re.compile(
    r"""\sstyle=["']|<style\b|<script(?![^>]*\bsrc=)(?![^>]*type="application/json")|\son[a-z]+=["']"""
)
UNSAFE = re.compile(r"\|\s*safe\b|{%\s*autoescape off")
# The plain-text mails escape nothing because nothing there is HTML.
PLAIN_TEXT = {".txt"}
# Found by name by Django, allauth or crispy-forms, or by a name that is put together.
NAMED_BY_OTHERS = (
    "admin/",
    "account/",
    "allauth/",
    "bootstrap5/",
    "emails/",
    "mfa/",
    "portal/help/",
    "brand/legal/",
    "cases/kinds/",
    "429.html",
)
ERROR_PAGES = {"400.html", "403.html", "404.html", "413.html", "429.html", "500.html", "503.html"}


def template_name(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return "/".join(parts[parts.index("templates") + 1 :])


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_no_inline_script_or_style(path: Path) -> None:
    assert INLINE.findall(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_nothing_is_marked_safe(path: Path) -> None:
    if path.suffix not in PLAIN_TEXT:
        assert UNSAFE.findall(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("line", "inline", "unsafe"),
    [
        ("<script>alert(1)</script>", True, False),
        ("<script defer>alert(1)</script>", True, False),
        ("<style>p { color: red }</style>", True, False),
        ('<p class="x" style="color: red">', True, False),
        ("<p style='color: red'>", True, False),
        ('<button onclick="go()">', True, False),
        ("<body onload='go()'>", True, False),
        ("{{ words|safe }}", False, True),
        ("{{ words|linebreaks | safe }}", False, True),
        ("{% autoescape off %}", False, True),
        ('<script src="/static/js/x.js" defer></script>', False, False),
        ('<script id="x" type="application/json">{}</script>', False, False),
        ('<p class="stylish">{{ words|safely }}</p>', False, False),
    ],
)
def test_it_would_be_seen(line: str, inline: bool, unsafe: bool) -> None:
    assert (bool(INLINE.search(line)), bool(UNSAFE.search(line))) == (inline, unsafe)


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_it_compiles(path: Path) -> None:
    assert get_template(template_name(path))


def is_named(template: str, source: str) -> bool:
    """In a module or another template; or its folder is, as a whole: the three parts of a mail."""
    if template.startswith(NAMED_BY_OTHERS) or template in ERROR_PAGES:
        return True
    folder = template.rpartition("/")[0]
    return re.search(rf"""["']({re.escape(template)}|{re.escape(folder)})["']""", source) is not None


def test_no_template_is_dead() -> None:
    source = "\n".join(path.read_text("utf-8") for path in [*modules(), *TEMPLATES])
    assert [name(path) for path in TEMPLATES if not is_named(template_name(path), source)] == []


@pytest.mark.parametrize(
    ("template", "named"),
    [
        ("policies/list.html", True),
        ("letters/one/body.txt", True),
        ("admin/anything.html", True),
        ("404.html", True),
        # Its folder is part of many other names.
        ("policies/nobody_names_me.html", False),
        ("ist.html", False),
        ("406.html", False),
    ],
)
def test_a_dead_template_would_be_seen(template: str, named: bool) -> None:
    source = """render(request, "policies/list.html"); mail.queue(to, 'letters/one')"""
    assert is_named(template, source) == named


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_translated_blocks_are_trimmed(path: Path) -> None:
    """An untrimmed block carries its indentation into every catalogue."""
    blocks = re.findall(r"{%\s*blocktrans(?:late)?\b[^%]*%}", path.read_text("utf-8"))
    assert [block for block in blocks if "trimmed" not in block] == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_forms_begin_with_the_error_summary(path: Path) -> None:
    text = path.read_text("utf-8")
    if "bootstrap5/" in str(path) or "admin/" in str(path):
        return
    if re.search(r"{%\s*crispy |\|crispy", text):
        assert "forms/error_summary.html" in text
