"""A Switchboard in a namespace of OpenBao's; HashiCorp has them in Vault Enterprise alone."""

import secrets
from collections.abc import Iterator

import pytest

from adapters.embedded.openbao import EmbeddedOpenBao
from adapters.system.correlation import ContextCorrelation
from adapters.vault.client import VaultClient
from adapters.vault.health import VaultHealth
from adapters.vault.login import GivenToken
from adapters.vault.operator_client import OperatorClient
from adapters.vault.secrets import VaultSecretStore
from adapters.vault.session import open_vault_session
from adapters.vault.setup import VaultBootstrap
from domain.ids import AppId, OrganisationId
from domain.ports import SecretKind, SecretPath, StoredSecret
from domain.secret import Secret
from tests.support.vault import ask

PATH = SecretPath(OrganisationId("acme"), SecretKind.APP, AppId("01JDF3N3E3ZQ8S1V5W6X7Y8Z9A"))
DOCUMENT = {"client_secret": Secret("s")}


@pytest.fixture(scope="module")
def openbao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedOpenBao]:
    server = EmbeddedOpenBao.start(tmp_path_factory.mktemp("namespaces"))
    yield server
    server.stop()


async def test_everything_stays_in_the_namespace(openbao: EmbeddedOpenBao) -> None:
    namespace = f"team-{secrets.token_hex(4)}"
    root = GivenToken(openbao.root_token)
    async with open_vault_session(cacert=None) as session:
        await ask(session, openbao.address, "POST", f"sys/namespaces/{namespace}", token=openbao.root_token)
        operator = OperatorClient(
            session, address=openbao.address, login=root, correlation=ContextCorrelation(), namespace=namespace
        )
        bootstrap = VaultBootstrap(operator, mount="switchboard", transit_mount="switchboard-transit")
        await bootstrap.bootstrap(dry_run=False)
        service = GivenToken(await bootstrap.service_token())
        client = VaultClient(
            session, address=openbao.address, login=service, correlation=ContextCorrelation(), namespace=namespace
        )
        store = VaultSecretStore(client, mount="switchboard", replica="r")
        await store.write(PATH, DOCUMENT, version=0)
        assert await store.read(PATH) == StoredSecret(DOCUMENT, 1)
        await VaultHealth(client, mount="switchboard", transit_mount="switchboard-transit").check()
        assert not await OperatorClient(
            session, address=openbao.address, login=root, correlation=ContextCorrelation()
        ).kv_is_mounted("switchboard")
