"""Tokens that end, and how the next one is come by."""

import base64
import json
import secrets
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.vault.client import VaultClient
from adapters.vault.login import AppRole, Jwt, TokenFile
from domain.ports import SecretStoreUnavailable
from domain.secret import Secret
from tests.support.vault import VaultMount


async def test_a_token_file_is_read_again_when_its_token_is_refused(vault: VaultMount, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(vault.service_token.reveal() + "\n")
    client = vault.client(TokenFile(file))
    await client.look_up_own_token()
    await revoke(vault, vault.service_token)
    with pytest.raises(SecretStoreUnavailable, match="refuses our token"):
        await client.look_up_own_token()
    another = await vault.bootstrap().service_token()
    file.write_text(another.reveal())
    await client.look_up_own_token()


async def test_a_given_token_that_was_revoked_is_told_without_being_named(vault: VaultMount) -> None:
    await revoke(vault, vault.service_token)
    with pytest.raises(SecretStoreUnavailable, match="SWITCHBOARD_VAULT_TOKEN") as raised:
        await vault.client().look_up_own_token()
    assert vault.service_token.reveal() not in repr(raised.value) + repr(raised.value.__cause__)


async def test_what_the_policy_forbids_is_told_as_such(vault: VaultMount) -> None:
    with pytest.raises(SecretStoreUnavailable, match="policy does not allow"):
        await vault.client().read_version(vault.mount, "acme/other/document")


@pytest.mark.parametrize("content", [None, "", " \n"])
async def test_a_token_file_without_a_token_is_named(vault: VaultMount, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SecretStoreUnavailable, match=str(file)):
        await vault.client(TokenFile(file)).look_up_own_token()


async def test_an_approle_logs_in_and_logs_in_again_when_its_token_is_refused(
    vault: VaultMount, tmp_path: Path
) -> None:
    login = await an_approle(vault, tmp_path)
    client = vault.client(login)
    await client.look_up_own_token()
    await revoke(vault, current_token(client))
    await client.look_up_own_token()


async def test_a_refused_login_names_its_mount(vault: VaultMount, tmp_path: Path) -> None:
    login = await an_approle(vault, tmp_path)
    (tmp_path / "secret-id").write_text("another")
    with pytest.raises(SecretStoreUnavailable, match=f"login at auth/{login.mount}"):
        await vault.client(login).look_up_own_token()


async def test_a_jwt_logs_in_under_its_role(vault: VaultMount, tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    mount = f"jwt-{secrets.token_hex(4)}"
    public_key = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    await vault.as_root("POST", f"sys/auth/{mount}", {"type": "jwt"})
    config = {"jwt_validation_pubkeys": [public_key], "jwt_supported_algs": ["EdDSA"]}
    await vault.as_root("POST", f"auth/{mount}/config", config)
    await vault.as_root(
        "POST",
        f"auth/{mount}/role/service",
        {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["vault"], **token_of_service(vault)},
    )
    now = int(time.time())
    file = tmp_path / "jwt"
    file.write_text(a_jwt(key, {"sub": "switchboard", "aud": "vault", "iat": now, "exp": now + 600}))
    await vault.client(Jwt(role="service", jwt_file=file, mount=mount)).look_up_own_token()


async def an_approle(vault: VaultMount, folder: Path) -> AppRole:
    mount = f"approle-{secrets.token_hex(4)}"
    await vault.as_root("POST", f"sys/auth/{mount}", {"type": "approle"})
    await vault.as_root("POST", f"auth/{mount}/role/service", token_of_service(vault))
    _, role = await vault.as_root("GET", f"auth/{mount}/role/service/role-id")
    _, secret_id = await vault.as_root("POST", f"auth/{mount}/role/service/secret-id", {})
    (folder / "secret-id").write_text(secret_id["data"]["secret_id"])
    return AppRole(role_id=role["data"]["role_id"], secret_id_file=folder / "secret-id", mount=mount)


def token_of_service(vault: VaultMount) -> dict[str, object]:
    return {"token_policies": [f"{vault.mount}-service"], "token_no_default_policy": True}


def a_jwt(key: Ed25519PrivateKey, claims: dict[str, object]) -> str:
    signed = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": "EdDSA", "typ": "JWT"}, claims))
    return f"{signed}.{base64url(key.sign(signed.encode()))}"


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def current_token(client: VaultClient) -> Secret:
    token = client._authenticated._adapter.token
    assert token is not None
    return token


async def revoke(vault: VaultMount, token: Secret) -> None:
    status, _ = await vault.as_root("POST", "auth/token/revoke", {"token": token.reveal()})
    assert status == 204
