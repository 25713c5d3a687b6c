"""No container engine is at hand: what can go wrong in the file itself is checked here."""

import re
import subprocess
from pathlib import Path
from typing import Any

import dj_database_url
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if service.get("image", "").startswith("portal:")}
ROW = re.compile(r"^\| `([A-Z_]+)` \| (yes)? *\|", re.MULTILINE)
DOCUMENTED = {name: needed == "yes" for name, needed in ROW.findall((ROOT / "docs/settings.md").read_text())}


def test_the_whole_portal_is_there() -> None:
    assert SERVICES.keys() == {
        "postgres", "valkey", "migrate", "web", "worker", "beat", "proxy", "mailcatcher",
    }  # fmt: skip
    assert {"migrate", "web", "worker", "beat"} == OURS
    assert "--workers=2" in SERVICES["web"]["command"]
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert SERVICES["valkey"]["image"] == "valkey/valkey:9"


@pytest.mark.parametrize("name", sorted(OURS))
def test_settings_are_those_of_the_handbook(name: str) -> None:
    given = SERVICES[name]["environment"].keys()
    assert given - DOCUMENTED.keys() == set()
    needed = {key for key, is_needed in DOCUMENTED.items() if is_needed}
    assert {key for key in needed if key not in given and f"{key}_FILE" not in given} == set()


HOLDS_A_SECRET = re.compile("PASSWORD|SECRET|KEY|TOKEN|DATABASE_URL|EMAIL_URL")


def test_no_secret_stands_in_the_file_or_in_the_environment() -> None:
    found = [
        (name, key)
        for name, service in SERVICES.items()
        for key, value in (service.get("environment") or {}).items()
        if (HOLDS_A_SECRET.search(key) and not key.endswith("_FILE")) or re.search(r"://[^/@]*@", str(value))
    ]
    assert found == []
    assert {key for secret in COMPOSE["secrets"].values() for key in secret} == {"file"}


def test_each_container_is_given_the_secrets_it_reads_and_no_other() -> None:
    for service in SERVICES.values():
        read = {
            str(value).removeprefix("/run/secrets/")
            for key, value in (service.get("environment") or {}).items()
            if key.endswith("_FILE")
        }
        assert set(service.get("secrets", [])) == read
    given = {name for service in SERVICES.values() for name in service.get("secrets", [])}
    assert given == COMPOSE["secrets"].keys()


def test_the_secrets_are_made_once_and_fit_together(tmp_path: Path) -> None:
    def make() -> dict[str, str]:
        subprocess.run([ROOT / "ops/secrets", tmp_path], check=True, capture_output=True)
        return {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}

    made = make()
    assert made.keys() == COMPOSE["secrets"].keys()
    assert {f"./secrets/{name}" for name in made} == {each["file"] for each in COMPOSE["secrets"].values()}
    assert re.fullmatch(r"[A-Za-z0-9]{48}", made["secret_key"])
    assert made["database_password"] != made["secret_key"]
    database = dj_database_url.parse(made["database_url"])
    assert (database["USER"], database["PASSWORD"]) == ("portal", made["database_password"])
    assert (database["HOST"], database["NAME"]) == ("postgres", "portal")
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    (tmp_path / "secrets" / "email_url").write_text("smtp://mailcatcher:1025")
    assert make() == made | {"email_url": "smtp://mailcatcher:1025"}


def test_what_holds_secrets_is_never_committed_nor_built_in() -> None:
    for name in (".gitignore", ".dockerignore"):
        lines = (ROOT / name).read_text().splitlines()
        assert {".env", "secrets/"} <= {line if line == ".env" else f"{line.rstrip('/')}/" for line in lines}


def test_everything_asked_for_in_dot_env_is_explained() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", (ROOT / "docker-compose.yml").read_text()))
    example = (ROOT / "ops/env.example").read_text()
    assert set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) == asked
    assert re.findall(r"^[A-Z_]+=.+", example, re.MULTILINE) == []


def test_every_lasting_service_is_watched_and_started_again() -> None:
    lasting = SERVICES.keys() - {"migrate"}
    assert {name for name in lasting if not SERVICES[name]["healthcheck"]["test"]} == set()
    assert {SERVICES[name]["restart"] for name in lasting} == {"unless-stopped"}
    assert SERVICES["migrate"]["restart"] == "no"


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_nothing_of_ours_starts_before_the_database_is_up_to_date(name: str) -> None:
    conditions = {key: value["condition"] for key, value in SERVICES[name]["depends_on"].items()}
    assert conditions == {
        "migrate": "service_completed_successfully",
        "postgres": "service_healthy",
        "valkey": "service_healthy",
    }


def test_only_the_proxy_is_open_to_the_world() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.keys() == {"proxy", "mailcatcher"}
    assert [port for port in published["mailcatcher"] if not port.startswith("127.0.0.1:")] == []
    assert SERVICES["mailcatcher"]["profiles"] == ["mailcatcher"]
    assert [name for name, service in SERVICES.items() if "profiles" in service] == ["mailcatcher"]
    assert COMPOSE["networks"]["data"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == SERVICES["valkey"]["networks"] == ["data"]


def test_what_must_last_lies_on_a_volume() -> None:
    mounted = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert mounted == COMPOSE["volumes"].keys()
    # The image of PostgreSQL 18 keeps its data one folder higher than the older ones did.
    assert SERVICES["postgres"]["volumes"] == ["database:/var/lib/postgresql"]


def test_the_proxy_hides_what_is_for_the_machine_only() -> None:
    caddyfile = (ROOT / "ops/Caddyfile").read_text()
    assert "reverse_proxy web:8000" in caddyfile
    assert re.search(r"handle /readyz \{\s*respond 404\s*\}", caddyfile)
    assert SERVICES["web"]["environment"]["TRUSTED_PROXIES"] == "1"
    assert "--bind=0.0.0.0:8000" in SERVICES["web"]["command"]


def test_the_files_named_in_it_exist() -> None:
    for path in ("Dockerfile", "ops/Caddyfile", "ops/release", "ops/healthcheck.py", "requirements.txt"):
        assert (ROOT / path).is_file()
    for path in ("ops/release", "ops/secrets"):
        assert (ROOT / path).stat().st_mode & 0o111
