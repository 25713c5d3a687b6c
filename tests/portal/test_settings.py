"""What is secret may come from files, and a start with settings that cannot be right is refused in words."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from environs import EnvError

SETTINGS = Path(__file__).resolve().parents[2] / "portal" / "settings.py"
KEY = "a-long-random-text-that-only-this-test-ever-uses"
SECRETS = {
    "SECRET_KEY": KEY,
    "DATABASE_URL": "postgresql://portal:p%40ss@database:6432/book",
    "REDIS_URL": "redis://:word@valkey/1",
    "EMAIL_URL": "smtp://me:p%2Fss@mail.example:587/?tls=True",
}


@pytest.fixture(autouse=True)
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.setenv("PORTAL_ENV", "production")
    monkeypatch.setenv("SITE_URL", "https://portal.example")
    monkeypatch.setenv("ALLOWED_HOSTS", "portal.example")


def load() -> dict[str, Any]:
    return runpy.run_path(str(SETTINGS))


def secrets_of(settings: dict[str, Any]) -> list[Any]:
    database = settings["DATABASES"]["default"]
    return [
        settings["SECRET_KEY"],
        *(database[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")),
        settings["CELERY_BROKER_URL"],
        *(settings[f"EMAIL_{key}"] for key in ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS")),
    ]


def test_every_secret_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from_the_environment = secrets_of(load())
    assert from_the_environment == [
        KEY,
        *("portal", "p@ss", "database", 6432, "book"),
        "redis://:word@valkey/1",
        *("mail.example", 587, "me", "p/ss", True),
    ]
    for name, value in SECRETS.items():
        (tmp_path / name).write_text(f"{value}\n")
        monkeypatch.delenv(name)
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
    assert secrets_of(load()) == from_the_environment


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORTAL_ENV", "staging", "PORTAL_ENV must be"),
        ("SECRET_KEY", "short", "SECRET_KEY must be a random text"),
        ("SECRET_KEY", f"{KEY}-change-me", "SECRET_KEY must be a random text"),
        ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS must name"),
        ("ALLOWED_HOSTS", "portal.example,*.example", "ALLOWED_HOSTS must name"),
        ("SECRET_KEY_FILE", "/dev/null", "Only one of SECRET_KEY and SECRET_KEY_FILE"),
    ],
)
def test_a_wrong_setting_is_refused(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=said):
        load()


@pytest.mark.parametrize("name", SECRETS)
def test_a_missing_or_empty_secret_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(EnvError, match=name):
        load()
    (tmp_path / "empty").write_text("\n")
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "empty"))
    with pytest.raises(ImproperlyConfigured, match=f"{name}_FILE names is empty"):
        load()


def test_production_closes_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSTS_PRELOAD", "True")
    settings = load()
    for cookie in ("SESSION", "CSRF", "LANGUAGE"):
        flags = [settings[f"{cookie}_COOKIE_{flag}"] for flag in ("SECURE", "HTTPONLY", "SAMESITE")]
        assert flags == [True, True, "Lax"]
    # The browser takes such a name only from this very host, for the whole of it, and over TLS.
    names = [settings[f"{cookie}_COOKIE_NAME"] for cookie in ("SESSION", "CSRF", "LANGUAGE", "KNOWN")]
    assert names == ["__Host-portal", "__Host-csrf", "__Host-lang", "__Host-known"]
    assert settings["SECURE_SSL_REDIRECT"] is True
    year = 365 * 24 * 3600
    strict = [settings[f"SECURE_HSTS_{name}"] for name in ("SECONDS", "INCLUDE_SUBDOMAINS", "PRELOAD")]
    assert strict == [year, True, True]
    assert settings["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["upgrade-insecure-requests"] is True
    assert settings["ACCOUNT_DEFAULT_HTTP_PROTOCOL"] == "https"
    assert settings["DEBUG"] is False
