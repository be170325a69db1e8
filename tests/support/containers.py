"""Official images by testcontainers. Without a container engine, or without an image, the run ends and has failed.

SWITCHBOARD_TEST_POSTGRES_IMAGE     in place of ``postgres:17``
SWITCHBOARD_TEST_VAULT_IMAGE        in place of ``hashicorp/vault:1.21``; one of OpenBao will do

The engine is the one that DOCKER_HOST names, else this machine's; testcontainers' own variables hold.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar, cast

import attrs
import pytest
from docker.errors import APIError, DockerException  # type: ignore[import-untyped]  # comes with testcontainers
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import ConnectionMode
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

from domain.secret import Secret

_FAILED = 1
_VAULT_PORT = 8200

Container = TypeVar("Container", bound=DockerContainer)


@attrs.frozen
class Image:
    """An image, unless the environment names another."""

    official: str
    variable: str

    def name(self) -> str:
        return os.environ.get(self.variable) or self.official


POSTGRES = Image("postgres:17", "SWITCHBOARD_TEST_POSTGRES_IMAGE")
VAULT = Image("hashicorp/vault:1.21", "SWITCHBOARD_TEST_VAULT_IMAGE")


@contextmanager
def postgres_container() -> Iterator[Secret]:
    """The DSN of its superuser."""
    password = secrets.token_urlsafe(32)
    with _running(POSTGRES, lambda image: PostgresContainer(image, password=password, driver=None)) as container:
        yield Secret(container.get_connection_url())


@contextmanager
def vault_container(root_token: Secret) -> Iterator[str]:
    """The address of a Vault in development mode: unsealed, its data in memory."""
    with _running(VAULT, lambda image: _vault_in_development_mode(image, root_token)) as container:
        yield f"http://{container.get_container_host_ip()}:{container.get_exposed_port(_VAULT_PORT)}"


def _vault_in_development_mode(image: str, root_token: Secret) -> DockerContainer:
    token = root_token.reveal()
    return (
        DockerContainer(image)
        .with_envs(VAULT_DEV_ROOT_TOKEN_ID=token, BAO_DEV_ROOT_TOKEN_ID=token)
        .with_exposed_ports(_VAULT_PORT)
        .with_kwargs(cap_add=["IPC_LOCK"])  # the official image's binary asks for it
        .waiting_for(HttpWaitStrategy(_VAULT_PORT, "/v1/sys/health").for_status_code(200).with_startup_timeout(60))
    )


@contextmanager
def _running(image: Image, make: Callable[[str], Container]) -> Iterator[Container]:
    """A container that answers, removed with its volumes afterwards."""
    with ExitStack() as stack:
        try:
            container = _on_loopback(make(image.name()))
            stack.enter_context(container)
        except APIError as error:
            words = f"{image.name()} cannot be pulled or started: {error.explanation or error}"
            advice = f"Pull it, or name another in {image.variable} (without Ryuk: TESTCONTAINERS_RYUK_DISABLED=true)."
            pytest.exit(f"{words}\n{advice}", returncode=_FAILED)
        except DockerException as error:
            words = f"SWITCHBOARD_TEST_SERVERS=containers, and no container engine answers: {error}"
            pytest.exit(f"{words}\nStart one, or name it in DOCKER_HOST. `make test` needs none.", returncode=_FAILED)
        yield container


def _on_loopback(container: Container) -> Container:
    """Its ports on loopback alone, if we reach them there: testcontainers by itself opens them to everybody."""
    client = container.get_docker_client()
    if client.get_connection_mode() is ConnectionMode.docker_host and client.host() == "localhost":
        # The engine takes an address beside the port; testcontainers hands it on, and its annotation knows ports alone.
        published = dict.fromkeys(container.ports, ("127.0.0.1", None))
        container.ports = cast("dict[str, int | None]", published)
    return container
