"""Rules of the house that can be read off the templates."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from tests.house.source import ROOT, modules, name

TEMPLATES = sorted(
    path
    for folder in (ROOT / "templates", ROOT / "brands" / "alborada" / "templates")
    for path in folder.rglob("*")
    if path.is_file()
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


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_it_compiles(path: Path) -> None:
    assert get_template(template_name(path))


def test_no_template_is_dead() -> None:
    source = "\n".join(path.read_text("utf-8") for path in [*modules(), *TEMPLATES])
    dead = [
        name(path)
        for path in TEMPLATES
        if not template_name(path).startswith(NAMED_BY_OTHERS)
        and template_name(path) not in ERROR_PAGES
        and template_name(path) not in source
        # A folder that is named as a whole: the three parts of a mail, a document.
        and template_name(path).rpartition("/")[0] not in source
    ]
    assert dead == []


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
