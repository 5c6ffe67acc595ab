"""The files for Docker say the same as the settings. There is no Docker in the tests, so they are read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

BASE = Path(__file__).resolve().parent.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((BASE / "docker-compose.yml").read_text())
EXAMPLE = (BASE / ".env.example").read_text()
COMPOSE_ALONE = {"POSTGRES_PASSWORD", "PUBLISH"}


def named_in_example() -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE))


def read_by_settings() -> set[str]:
    return set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (BASE / "config" / "settings.py").read_text()))


def test_the_example_names_every_setting_and_nothing_else() -> None:
    assert named_in_example() - COMPOSE_ALONE == read_by_settings()


def test_the_example_holds_no_secret() -> None:
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "EMAIL_HOST_PASSWORD"):
        assert re.search(rf"^{name}=$", EXAMPLE, re.MULTILINE)


def test_compose_refuses_to_start_without_a_key_and_a_password() -> None:
    text = (BASE / "docker-compose.yml").read_text()
    assert "${SECRET_KEY:?" in text
    assert set(re.findall(r"\$\{([A-Z_]+)", text)) <= named_in_example()
    assert re.findall(r"\$\{POSTGRES_PASSWORD(?!:\?)", text) == []


def test_compose_has_the_five_processes_and_a_migration_before_them() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"web", "worker", "beat", "postgres", "redis", "migrate"}
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    for name in ("postgres", "redis"):
        assert services[name]["healthcheck"]["test"]
        volume = services[name]["volumes"][0].split(":")[0]
        assert volume in COMPOSE["volumes"]


def test_only_the_web_process_pools_connections() -> None:
    pooled = {name for name, part in COMPOSE["services"].items() if "DATABASE_POOL" in part.get("environment", {})}
    assert pooled == {"web"}


@pytest.mark.parametrize(
    "line", ["USER plumbline", "HEALTHCHECK", "collectstatic", "--require-hashes", "python:config.gunicorn"]
)
def test_the_image_has(line: str) -> None:
    assert line in (BASE / "Dockerfile").read_text()


def test_what_the_image_copies_is_let_through() -> None:
    rooms = {path.parent.name for path in BASE.glob("*/apps.py")} | {"psychometrics", "static", "templates"}
    allowed = set(re.findall(r"^!(\S+)$", (BASE / ".dockerignore").read_text(), re.MULTILINE))
    assert rooms | {"manage.py", "requirements/base.txt"} <= allowed
