"""A real OpenBao that is sealed, paused and stopped: what was not taken is said not to be, and in words."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import pytest

from adapters.embedded import openbao_sys
from adapters.embedded.openbao import EmbeddedOpenBao
from adapters.embedded.tcp_ports import free_port
from adapters.system.correlation import ContextCorrelation
from adapters.vault.client import VaultClient
from adapters.vault.login import GivenToken
from adapters.vault.secrets import VaultSecretStore
from domain.ids import CredentialId, OrganisationId
from domain.ports import SecretConflict, SecretKind, SecretPath, SecretStoreUnavailable, StoredSecret
from domain.secret import Secret
from tests.support.vault import VaultMount, a_vault_mount

PATH = SecretPath(OrganisationId("acme"), SecretKind.CREDENTIAL, CredentialId("01JDF3N3E3ZQ8S1V5W6X7Y8Z9A"))
DOCUMENT = {"refresh_token": Secret("r")}
A_MOMENT = 0.3


class Server:
    """An OpenBao of this module's own: it is stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.openbao = EmbeddedOpenBao.start(folder)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        self.openbao.stop()
        try:
            yield
        finally:
            self.openbao = EmbeddedOpenBao.start(self.folder, port=self.openbao.port)

    @contextmanager
    def paused(self) -> Iterator[None]:
        os.kill(self.openbao.pid, SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.openbao.pid, SIGCONT)

    def unseal(self) -> None:
        keys = json.loads((self.folder / "keys.json").read_text())
        port = self.openbao.port
        openbao_sys.unseal(port, openbao_sys.Keys(Secret(keys["unseal_key"]), root_token=self.openbao.root_token))
        self.openbao.process.wait_until(lambda: openbao_sys.health(port) == openbao_sys.READY, within_seconds=30)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("own-openbao"))
    yield server
    server.openbao.stop()


@pytest.fixture
async def vault(server: Server) -> AsyncIterator[VaultMount]:
    async with a_vault_mount(server.openbao.address, server.openbao.root_token) as mount:
        yield mount


async def test_a_sealed_vault_is_told_and_serves_again_once_unsealed(vault: VaultMount, server: Server) -> None:
    store = vault.store()
    await vault.as_root("PUT", "sys/seal")
    try:
        await assert_unavailable(store, told="sealed")
        with pytest.raises(SecretStoreUnavailable, match="Unseal it"):
            await vault.health().check()
    finally:
        server.unseal()
    await store.ready()
    assert await store.write(PATH, DOCUMENT, version=0) == 1


async def test_a_vault_that_is_silent_is_not_waited_for_beyond_the_deadline(vault: VaultMount, server: Server) -> None:
    client = vault.client(deadline_seconds=A_MOMENT)
    with server.paused():
        await assert_unavailable(vault.store(client=client), told="did not answer in time")
        with pytest.raises(SecretStoreUnavailable, match="did not answer in time"):
            await vault.health(client).check()


async def test_a_write_whose_answer_did_not_come_is_written_again_or_found(vault: VaultMount, server: Server) -> None:
    with server.paused(), pytest.raises(SecretStoreUnavailable):
        await vault.store(client=vault.client(deadline_seconds=A_MOMENT)).write(PATH, DOCUMENT, version=0)
    store = vault.store()
    with suppress(SecretConflict):
        await store.write(PATH, DOCUMENT, version=0)
    assert await store.read(PATH) == StoredSecret(DOCUMENT, 1)


async def test_a_stopped_vault_is_told_and_found_again_by_the_same_store(vault: VaultMount, server: Server) -> None:
    store = vault.store()
    await store.write(PATH, DOCUMENT, version=0)
    with server.stopped():
        await assert_unavailable(store, told="cannot be reached|broke off")
        with pytest.raises(SecretStoreUnavailable, match="SWITCHBOARD_VAULT_ADDR"):
            await vault.health().check()
    await store.ready()
    assert await store.read(PATH) == StoredSecret(DOCUMENT, 1)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(f"http://127.0.0.1:{free_port()}", id="no listener"),
        "http://vault.invalid:8200",
        "vault",
        "https://",
    ],
)
async def test_an_address_where_nobody_is_is_named_by_its_setting(vault: VaultMount, address: str) -> None:
    client = VaultClient(
        vault.session, address=address, login=GivenToken(vault.service_token), correlation=ContextCorrelation()
    )
    await assert_unavailable(VaultSecretStore(client, mount=vault.mount, replica="r"), told="SWITCHBOARD_VAULT_ADDR")


async def assert_unavailable(store: VaultSecretStore, *, told: str) -> None:
    """Nothing of the store works. The write comes first: after it, no earlier one may count as proof that it would."""
    with pytest.raises(SecretStoreUnavailable, match=told) as raised:
        await store.write(PATH, DOCUMENT, version=0)
    assert raised.value.__cause__ is not None
    with pytest.raises(SecretStoreUnavailable, match=told):
        await store.ready()
    with pytest.raises(SecretStoreUnavailable, match=told):
        await store.read(PATH)
