"""No sentence of a shipped language is missing, doubtful or broken; the libraries' sentences included."""

import fcntl
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import allauth
import django
import polib
import pytest
from django.conf import settings

from tests.house.source import APPS, ROOT

# English is the language of the source.
TRANSLATED = [code for code, _name in settings.LANGUAGES if code != "en"]
PLACEHOLDER = re.compile(r"%\([a-z_0-9]+\)[sdfr]|%[sdr]|\{[a-z_0-9]*\}", re.IGNORECASE)
TAG = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)
ADDRESS = re.compile(r"https?://|javascript:", re.IGNORECASE)
LIBRARIES = [
    Path(django.__file__).parent / "conf" / "locale",
    *(Path(django.__file__).parent / "contrib" / app / "locale" for app in ("admin", "auth", "contenttypes")),
    *(Path(django.__file__).parent / "contrib" / app / "locale" for app in ("postgres", "sessions")),
    Path(allauth.__file__).parent / "locale",
]


def catalogue(folder: Path, language: str) -> polib.POFile:
    return polib.pofile(str(folder / language / "LC_MESSAGES" / "django.po"))


def faults(entry: polib.POEntry) -> list[str]:
    """What is wrong with one translated entry; empty if nothing is."""
    found = []
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    if entry.fuzzy:
        found.append("fuzzy")
    if not all(text.strip() for text in texts):
        return [*found, "not translated"]
    for number, text in enumerate(texts):
        source = entry.msgid_plural if entry.msgid_plural and number else entry.msgid
        wanted, given = sorted(PLACEHOLDER.findall(source)), sorted(PLACEHOLDER.findall(text))
        # The singular may say "one" where the source says the number.
        if wanted != given and not (entry.msgid_plural and number == 0 and set(given) <= set(wanted)):
            found.append(f"placeholders {given}, not {wanted}")
        if sorted(TAG.findall(source)) != sorted(TAG.findall(text)):
            found.append("tags differ")
        if ADDRESS.search(text) and not ADDRESS.search(source):
            found.append("an address that the source has not")
    return found


@pytest.mark.parametrize("language", TRANSLATED)
def test_our_sentences_are_whole(language: str) -> None:
    entries = [entry for entry in catalogue(ROOT / "locale", language) if not entry.obsolete]
    assert len(entries) > 300
    assert [(entry.msgid, faults(entry)) for entry in entries if faults(entry)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_leftovers_of_a_merge_stand_in_the_catalogue(language: str) -> None:
    """Half a remembered older sentence stops the next merge."""
    text = (ROOT / "locale" / language / "LC_MESSAGES" / "django.po").read_text("utf-8")
    assert [line for line in text.splitlines() if line.startswith("#|")] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_of_the_source_is_in_the_catalogue(language: str, tmp_path: Path) -> None:
    """Extracts again, into a copy, and compares: a new sentence cannot land without its translations."""
    fresh = extracted(tmp_path)
    known = {
        (entry.msgctxt, entry.msgid) for entry in catalogue(ROOT / "locale", language) if not entry.obsolete
    }
    assert sorted(msgid for context, msgid in fresh - known) == []
    assert sorted(msgid for context, msgid in known - fresh) == []


def extracted(folder: Path) -> set[tuple[str | None, str]]:
    # makemessages leaves its working files beside the templates for a while: one at a time.
    with (Path(tempfile.gettempdir()) / "portal-extraction.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _extracted(folder)


def _extracted(folder: Path) -> set[tuple[str | None, str]]:
    target = folder / "source"
    target.mkdir()
    for name in ("manage.py", *APPS, "templates", "brands"):
        (target / name).symlink_to(ROOT / name)
    (target / "locale").mkdir()
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'portal.settings_types';"
        f"sys.path.insert(0, {str(ROOT)!r});"
        "import django; django.setup();"
        "from django.conf import settings; settings.LOCALE_PATHS = [os.path.join(os.getcwd(), 'locale')];"
        "from django.core.management import call_command;"
        "call_command('makemessages', locale=['es'], verbosity=0, symlinks=True, no_wrap=True)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=target, check=True, capture_output=True)
    return {
        (entry.msgctxt, entry.msgid)
        for path in target.rglob("es/LC_MESSAGES/django.po")
        for entry in polib.pofile(str(path))
    }


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("folder", LIBRARIES, ids=lambda path: f"{path.parts[-3]}/{path.parts[-2]}")
def test_the_libraries_sentences_are_whole(folder: Path, language: str) -> None:
    source = {entry.msgid for entry in catalogue(folder, "en")} if (folder / "en").is_dir() else set()
    own = {entry.msgid for entry in catalogue(folder, language) if entry.translated() and not entry.obsolete}
    filled = ROOT / "locale" / "libraries"
    ours = set()
    if (filled / language).is_dir():
        ours = {entry.msgid for entry in catalogue(filled, language) if not faults(entry)}
    source |= {entry.msgid for entry in catalogue(folder, language) if not entry.obsolete}
    assert sorted(source - own - ours) == []


@pytest.mark.parametrize(
    ("msgid", "msgstr", "fault"),
    [
        ("Hello %(name)s", "Hola %(nombre)s", "placeholders"),
        ("Hello", "", "not translated"),
        ("Hello", "<b>Hola</b>", "tags differ"),
        ("Hello", "Hola https://otra.example", "an address"),
    ],
)
def test_a_broken_sentence_is_seen(msgid: str, msgstr: str, fault: str) -> None:
    assert fault in " ".join(faults(polib.POEntry(msgid=msgid, msgstr=msgstr)))


def test_a_doubtful_sentence_is_seen() -> None:
    assert faults(polib.POEntry(msgid="Hello", msgstr="Hola", flags=["fuzzy"])) == ["fuzzy"]
