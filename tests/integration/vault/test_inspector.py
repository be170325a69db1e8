"""The token with which a person looks at what `switchboard dev` keeps."""

from collections.abc import AsyncIterator

import pytest

from domain.secret import Secret
from tests.support.vault import VaultMount, ask


@pytest.fixture
async def inspector(vault: VaultMount) -> AsyncIterator[Secret]:
    yield await vault.bootstrap().inspector_token()
    await vault.as_root("DELETE", f"sys/policy/{vault.mount}-inspector")


async def test_the_inspector_lists_and_reads_the_mount(vault: VaultMount, inspector: Secret) -> None:
    await vault.as_service("POST", f"{vault.mount}/data/_probe/here", {"data": {"seen": "yes"}, "options": {"cas": 0}})
    status, listed = await ask(vault.session, vault.address, "LIST", f"{vault.mount}/metadata/_probe", token=inspector)
    assert (status, listed["data"]["keys"]) == (200, ["here"])
    status, read = await ask(vault.session, vault.address, "GET", f"{vault.mount}/data/_probe/here", token=inspector)
    assert (status, read["data"]["data"]) == (200, {"seen": "yes"})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "{mount}/data/acme/apps/one", {"data": {}, "options": {"cas": 0}}),
        ("DELETE", "{mount}/metadata/_probe/here", None),
        ("POST", "{mount}/config", {"max_versions": 10}),
        ("GET", "sys/mounts", None),
        ("POST", "auth/token/create", {}),
        ("LIST", "secret/metadata", None),
    ],
)
async def test_the_inspector_may_not(
    vault: VaultMount, inspector: Secret, method: str, path: str, body: object
) -> None:
    path = path.format(mount=vault.mount)
    status, _ = await ask(vault.session, vault.address, method, path, json=body, token=inspector)
    assert status == 403


async def test_a_second_inspector_token_leaves_the_first_one_good(vault: VaultMount, inspector: Secret) -> None:
    second = await vault.bootstrap().inspector_token()
    assert second != inspector
    status, _ = await ask(vault.session, vault.address, "GET", "auth/token/lookup-self", token=inspector)
    assert status == 200
