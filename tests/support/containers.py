"""Official images by testcontainers. A missing container engine or image is an error, never a skip."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

from domain.secret import Secret

_POSTGRES = "postgres:17"
_VAULT = "hashicorp/vault:1.21"
_VAULT_PORT = 8200


@contextmanager
def postgres_container() -> Iterator[Secret]:
    """The DSN of its superuser."""
    image = os.environ.get("SWITCHBOARD_TEST_POSTGRES_IMAGE") or _POSTGRES
    with PostgresContainer(image, driver=None) as container:
        yield Secret(container.get_connection_url())


@contextmanager
def vault_container(root_token: Secret) -> Iterator[str]:
    """The address of a Vault in development mode: unsealed, its data in memory."""
    image = os.environ.get("SWITCHBOARD_TEST_VAULT_IMAGE") or _VAULT
    container = (
        DockerContainer(image)
        .with_env("VAULT_DEV_ROOT_TOKEN_ID", root_token.reveal())
        .with_exposed_ports(_VAULT_PORT)
        .with_kwargs(cap_add=["IPC_LOCK"])
        .waiting_for(HttpWaitStrategy(_VAULT_PORT, "/v1/sys/health").for_status_code(200))
    )
    with container:
        yield f"http://{container.get_container_host_ip()}:{container.get_exposed_port(_VAULT_PORT)}"
