"""What the service's token may not do: the matrix of denials, and what is left."""

import pytest

from tests.support.vault import VaultMount

ULID = "01JDF3N3E3ZQ8S1V5W6X7Y8Z9A"

DENIED = [
    ("GET", "sys/policies/acl/root", None),
    ("PUT", "sys/policies/acl/{mount}-service", {"policy": 'path "*" { capabilities = ["sudo"] }'}),
    ("LIST", "sys/policies/acl", None),
    ("GET", "sys/audit", None),
    ("PUT", "sys/audit/file", {"type": "file", "options": {"file_path": "/tmp/audit"}}),  # noqa: S108 - refused
    ("GET", "sys/mounts", None),
    ("POST", "sys/mounts/other", {"type": "kv"}),
    ("PUT", "sys/seal", None),
    ("GET", "sys/auth", None),
    ("POST", "auth/token/create", {}),
    ("POST", "auth/token/create-orphan", {}),
    ("POST", "auth/token/lookup", {"token": "other"}),
    ("LIST", "auth/token/accessors", None),
    ("GET", "cubbyhole/mine", None),
    ("LIST", "{mount}/metadata", None),
    ("LIST", "{mount}/metadata/acme/credentials", None),
    ("GET", "{mount}/metadata/acme/credentials/{ulid}", None),
    ("POST", "{mount}/metadata/acme/credentials/{ulid}", {"max_versions": 10}),
    ("DELETE", "{mount}/metadata/_probe/replica", None),
    ("DELETE", "{mount}/data/acme/credentials/{ulid}", None),
    ("POST", "{mount}/undelete/acme/credentials/{ulid}", {"versions": [1]}),
    ("POST", "{mount}/config", {"max_versions": 10}),
    ("GET", "{mount}/data/acme/other/{ulid}", None),
    ("GET", "{mount}/data/acme", None),
    ("GET", "{mount}/data/acme/credentials/{ulid}/below", None),
    ("GET", "secret/data/acme/credentials/{ulid}", None),
    ("GET", "{mount}2/data/acme/credentials/{ulid}", None),
    ("LIST", "{transit}/keys", None),
    ("GET", "{transit}/keys/other", None),
    ("POST", "{transit}/keys/sealed-grants", {"type": "rsa-4096"}),
    ("POST", "{transit}/keys/other", {"type": "rsa-4096"}),
    ("POST", "{transit}/keys/sealed-grants/rotate", None),
    ("POST", "{transit}/keys/sealed-grants/config", {"deletion_allowed": True}),
    ("DELETE", "{transit}/keys/sealed-grants", None),
    ("GET", "{transit}/export/encryption-key/sealed-grants", None),
    ("GET", "{transit}/backup/sealed-grants", None),
    ("POST", "{transit}/encrypt/sealed-grants", {"plaintext": "AAAA"}),
    ("POST", "{transit}/rewrap/sealed-grants", {"ciphertext": "vault:v1:AAAA"}),
    ("POST", "{transit}/sign/sealed-grants", {"input": "AAAA"}),
    ("POST", "{transit}/decrypt/other", {"ciphertext": "vault:v1:AAAA"}),
]


@pytest.mark.parametrize(("method", "path", "body"), DENIED)
async def test_the_service_may_not(vault: VaultMount, method: str, path: str, body: object) -> None:
    status, _ = await vault.as_service(
        method, path.format(mount=vault.mount, transit=vault.transit_mount, ulid=ULID), body
    )
    assert status == 403


async def test_the_service_has_its_own_policy_and_not_even_the_default_one(vault: VaultMount) -> None:
    status, answer = await vault.as_service("GET", "auth/token/lookup-self")
    assert (status, answer["data"]["policies"]) == (200, [f"{vault.mount}-service"])
    assert answer["data"]["orphan"] is True


async def test_the_service_of_one_mount_does_not_reach_another(vault: VaultMount) -> None:
    await vault.as_root("POST", "sys/mounts/other-kv", {"type": "kv", "options": {"version": "2"}})
    try:
        status, _ = await vault.as_service("GET", f"other-kv/data/acme/credentials/{ULID}")
        assert status == 403
    finally:
        await vault.as_root("DELETE", "sys/mounts/other-kv")


async def test_of_the_transit_key_the_service_reads_the_public_half_and_decrypts(vault: VaultMount) -> None:
    status, answer = await vault.as_service("GET", f"{vault.transit_mount}/keys/sealed-grants")
    assert (status, "PUBLIC KEY" in answer["data"]["keys"]["1"]["public_key"]) == (200, True)
    status, answer = await vault.as_service(
        "POST", f"{vault.transit_mount}/decrypt/sealed-grants", {"ciphertext": "vault:v1:AAAA"}
    )
    assert (status, "decryption error" in answer["errors"][0]) == (500, True)
