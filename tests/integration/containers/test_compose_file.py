"""What docker-compose.yml promises, read from it: loopback, health checks, no secret, and root's token for one step."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.containers import POSTGRES, VAULT

ROOT = Path(__file__).parents[3]
SERVICES: dict[str, dict[str, Any]] = msgspec.yaml.decode((ROOT / "docker-compose.yml").read_bytes())["services"]
SECRETS = {
    "POSTGRES_PASSWORD",
    "SWITCHBOARD_BOOTSTRAP_ADMIN_KEY",
    "SWITCHBOARD_ROLE_PASSWORD",
    "VAULT_DEV_ROOT_TOKEN_ID",
}


def users_of(variable: str) -> set[str]:
    """The services that are handed what a variable holds."""
    return {
        name
        for name, service in SERVICES.items()
        if any(f"${{{variable}" in value for value in service["environment"].values())
    }


def test_every_port_is_published_on_loopback_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 3
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_whatever_stays_up_has_a_health_check() -> None:
    ending = {name for name, service in SERVICES.items() if service["healthcheck"] == {"disable": True}}
    assert ending == {"setup"}
    assert all("test" in SERVICES[name]["healthcheck"] for name in SERVICES.keys() - ending)


@pytest.mark.parametrize("secret", sorted(SECRETS))
def test_a_secret_has_no_default_and_its_lack_says_what_to_do(secret: str) -> None:
    values = [value for service in SERVICES.values() for value in service["environment"].values()]
    handed = {value for value in values if f"${{{secret}" in value}
    assert handed == {f"${{{secret}:?run deploy/new-env, which writes .env}}"}


def test_vaults_root_token_is_for_vault_and_the_setup_alone() -> None:
    assert users_of("VAULT_DEV_ROOT_TOKEN_ID") == {"vault", "setup"}


def test_the_service_connects_as_a_role_of_its_own_that_row_security_holds() -> None:
    assert users_of("POSTGRES_PASSWORD") == {"postgres"}
    assert users_of("SWITCHBOARD_ROLE_PASSWORD") == {"postgres", "switchboard"}
    assert "//switchboard@" in SERVICES["switchboard"]["environment"]["SWITCHBOARD_DATABASE_URL"]


def test_the_service_runs_under_the_token_that_the_setup_wrote() -> None:
    service, setup = SERVICES["switchboard"], SERVICES["setup"]
    assert service["environment"]["SWITCHBOARD_VAULT_TOKEN_FILE"] == setup["command"][-1]
    assert service["depends_on"]["setup"] == {"condition": "service_completed_successfully"}
    assert service["volumes"] == [f"{setup['volumes'][0]}:ro"]


def test_its_servers_are_those_that_the_suites_run_on() -> None:
    assert SERVICES["vault"]["image"] == f"${{VAULT_IMAGE:-{VAULT.official}}}"
    assert SERVICES["postgres"]["image"] == f"${{POSTGRES_IMAGE:-{POSTGRES.official}}}"
