"""The token with which `switchboard doctor --reconcile` runs: it sees what there is, destroys, and reads nothing."""

import pytest

from tests.support.vault import VaultMount, ask

PATH = "acme/credentials/01JDF3N3E3ZQ8S1V5W6X7Y8Z9A"


async def test_the_operator_lists_looks_at_and_destroys(vault: VaultMount) -> None:
    token = await vault.operator_token()
    await vault.as_service("POST", f"{vault.mount}/data/{PATH}", {"data": {"a": "b"}, "options": {"cas": 0}})
    for method, below, status in [
        ("LIST", "", 200),
        ("LIST", "acme", 200),
        ("LIST", "acme/credentials", 200),
        ("LIST", "acme/apps", 404),
        ("GET", PATH, 200),
        ("DELETE", PATH, 204),
    ]:
        path = f"{vault.mount}/metadata/{below}".removesuffix("/")
        assert (await ask(vault.session, vault.address, method, path, token=token))[0] == status, (method, below)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "{mount}/data/" + PATH, None),
        ("GET", "{mount}/data/_probe/here", None),
        ("GET", "{mount}/subkeys/" + PATH, None),
        ("POST", "{mount}/data/" + PATH, {"data": {}, "options": {"cas": 0}}),
        ("POST", "{mount}/metadata/" + PATH, {"max_versions": 10}),
        ("DELETE", "{mount}/data/" + PATH, None),
        ("DELETE", "{mount}/metadata/_probe/here", None),
        ("POST", "{mount}/undelete/" + PATH, {"versions": [1]}),
        ("POST", "{mount}/config", {"max_versions": 10}),
        ("POST", "{transit}/decrypt/sealed-grants", {"ciphertext": "vault:v1:AAAA"}),
        ("GET", "sys/mounts", None),
        ("POST", "auth/token/create", {}),
        ("LIST", "secret/metadata", None),
    ],
)
async def test_the_operator_may_not(vault: VaultMount, method: str, path: str, body: object) -> None:
    token = await vault.operator_token()
    path = path.format(mount=vault.mount, transit=vault.transit_mount)
    status, _ = await ask(vault.session, vault.address, method, path, json=body, token=token)
    assert status == 403
