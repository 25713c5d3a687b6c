"""The index of leaked passwords: built from a list, looked up without a network, advice at log-in."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts.breaches import BreachIndex, NotAnIndex, is_leaked, open_index
from accounts.passwords import LeakedPasswordValidator
from accounts.startup_checks import breach_index
from tests.people import PASSWORD, Cast, code_now, give_app

SECOND = "/accounts/login/second/"
LEAKED = ["Verano-2019!", "Mondelo7!trapp", PASSWORD, "ñandú"]


def sha1(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()


@pytest.fixture
def index(tmp_path: Path, settings: Any) -> Path:
    listed = tmp_path / "list.txt"
    noise = [f"{sha1(str(number))}:{number}" for number in range(5_000)]
    listed.write_text("\n".join([*noise, *map(sha1, LEAKED), ""]), encoding="ascii")
    settings.BREACH_INDEX = str(tmp_path / "breaches.idx")
    call_command("build_breach_index", str(listed))
    open_index.cache_clear()
    return tmp_path / "breaches.idx"


def test_what_is_on_the_list_is_found_and_nothing_else(index: Path) -> None:
    built = BreachIndex(index)
    assert len(built) == 5_000 + len(LEAKED)
    assert [password for password in (*LEAKED, "0", "4999") if password not in built] == []
    assert [word for word in ("Kz7!mondelo-Trapp", "5000", "", "ñandu") if word in built] == []


def test_a_leaked_password_cannot_be_chosen(index: Path) -> None:
    with pytest.raises(ValidationError) as refused:
        LeakedPasswordValidator().validate("Mondelo7!trapp")
    assert refused.value.code == "leaked"
    LeakedPasswordValidator().validate("Kz7!mondelo-Trapp")


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.django_db
def test_at_log_in_it_is_advice(there: bool, index: Path, settings: Any, visitor: Any, cast: Cast) -> None:
    if not there:
        settings.BREACH_INDEX = ""
    answer = visitor().post("/accounts/login/", {"login": "X1234567L", "password": PASSWORD}, follow=True)
    assert ("list of stolen passwords" in answer.content.decode()) is there


@pytest.mark.django_db
def test_who_has_a_second_step_is_advised_after_it(
    index: Path, settings: Any, visitor: Any, cast: Cast
) -> None:
    give_app(cast.hugo.user)
    browser, words = visitor(), "list of stolen passwords"
    typed = {"login": "hugo@example.org", "password": PASSWORD}
    answer = browser.post("/accounts/login/", typed, follow=True)
    assert (answer.request["PATH_INFO"], words in answer.content.decode()) == (SECOND, False)
    page = browser.post(SECOND, {"code": code_now()}, follow=True).content.decode()
    assert words in page
    # Once.
    assert words not in browser.get("/account/").content.decode()


@pytest.mark.django_db
def test_the_advice_is_for_whose_password_it_was(
    index: Path, settings: Any, visitor: Any, cast: Cast
) -> None:
    """Hugo leaves before his second step; Elena, whose password nobody has stolen, comes to that browser."""
    give_app(cast.hugo.user)
    cast.elena.user.set_password("Kz7!mondelo-Trapp")
    cast.elena.user.save()
    browser = visitor()
    browser.post("/accounts/login/", {"login": "hugo@example.org", "password": PASSWORD})
    typed = {"login": "elena@example.org", "password": "Kz7!mondelo-Trapp"}
    answer = browser.post("/accounts/login/", typed, follow=True)
    assert "list of stolen passwords" not in answer.content.decode()


def test_a_missing_index_is_a_warning_and_keeps_nobody_out(tmp_path: Path, settings: Any) -> None:
    settings.BREACH_INDEX = ""
    assert breach_index() == []
    settings.BREACH_INDEX = str(tmp_path / "nowhere.idx")
    assert [warning.id for warning in breach_index()] == ["accounts.W001"]
    assert is_leaked(PASSWORD, settings.BREACH_INDEX) is False


@pytest.mark.parametrize("content", [b"", b"SHA1/8\n\0cut", b"something else"])
def test_a_file_of_another_kind_is_no_index(tmp_path: Path, settings: Any, content: bytes) -> None:
    path = tmp_path / "wrong.idx"
    path.write_bytes(content)
    with pytest.raises(NotAnIndex):
        BreachIndex(path)
    settings.BREACH_INDEX = str(path)
    assert [warning.id for warning in breach_index()] == ["accounts.W001"]


@pytest.mark.parametrize("line", ["password", "zz" * 20, "abc"])
def test_a_list_without_hashes_is_refused(tmp_path: Path, settings: Any, line: str) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text(f"{sha1('x')}\n{line}\n", encoding="ascii")
    with pytest.raises(CommandError, match="line 2"):
        call_command("build_breach_index", str(listed), "--to", str(tmp_path / "new.idx"))
    assert not (tmp_path / "new.idx").exists()


def test_it_must_be_said_where_to_write(tmp_path: Path, settings: Any) -> None:
    settings.BREACH_INDEX = ""
    with pytest.raises(CommandError, match="--to"):
        call_command("build_breach_index", str(tmp_path / "list.txt"))
