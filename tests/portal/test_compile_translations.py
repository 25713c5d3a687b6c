import gettext
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


@pytest.fixture
def source(tmp_path: Path, settings: Any) -> Path:
    settings.LOCALE_PATHS = [tmp_path]
    path = tmp_path / "es" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    return path


def test_what_is_translated_is_found_and_what_is_fuzzy_is_not(source: Path) -> None:
    source.write_text(HEAD + 'msgid "Policy"\nmsgstr "Póliza"\n\n#, fuzzy\nmsgid "Claim"\nmsgstr "Queja"\n')
    call_command("compile_translations", verbosity=0)
    with source.with_suffix(".mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    assert (catalogue.gettext("Policy"), catalogue.gettext("Claim")) == ("Póliza", "Claim")


def test_only_what_has_changed_is_compiled(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source.write_text(HEAD + 'msgid "Policy"\nmsgstr "Póliza"\n')
    call_command("compile_translations")
    call_command("compile_translations")
    assert capsys.readouterr().out == f"compiled {source}\n"
    compiled_at = source.with_suffix(".mo").stat().st_mtime
    os.utime(source, (compiled_at + 1, compiled_at + 1))
    call_command("compile_translations")
    assert capsys.readouterr().out == f"compiled {source}\n"


def test_a_lost_placeholder_is_refused_with_its_place(source: Path) -> None:
    source.write_text(HEAD + '#, python-format\nmsgid "%(count)s policies"\nmsgstr "%(cuenta)s pólizas"\n')
    with pytest.raises(CommandError, match=rf"^{source}:\d+: "):
        call_command("compile_translations", verbosity=0)
    assert not source.with_suffix(".mo").exists()
