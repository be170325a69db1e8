"""Issuers of the settings: OpenBao, which really signs, and one whose tokens look as a Kubernetes API server's."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from app.oidc_setting import read_oidc_issuers
from tests.integration.identity.issuer import LoopbackIssuer, a_loopback_issuer
from tests.support.servers import PostgresServer, VaultServer
from tests.support.service import Service, a_service, answered, refused
from tests.support.vault import VaultMount, a_vault_mount

ACCOUNT = "system:serviceaccount:prod:worker"
POD = {"namespace": "prod", "node": {"name": "n"}, "pod": {"name": "p"}, "serviceaccount": {"name": "worker"}}


@pytest.fixture
async def mount(vault_server: VaultServer) -> AsyncIterator[VaultMount]:
    async with a_vault_mount(vault_server.address, vault_server.token) as mount:
        yield mount


@pytest.fixture
async def issuer() -> AsyncIterator[LoopbackIssuer]:
    async with a_loopback_issuer() as issuer:
        yield issuer


@asynccontextmanager
async def believing(postgres: PostgresServer, mount: VaultMount, **issuer: Any) -> AsyncIterator[tuple[Service, str]]:
    """The service, which believes this issuer of one organisation unless told."""
    organisation_id = f"acme-{secrets.token_hex(4)}"
    fixed = {"organisation": organisation_id, "roles": ["viewer"]}
    chosen = {name: value for name, value in fixed.items() if f"{name}_claim" not in issuer}
    issuers = read_oidc_issuers([chosen | issuer])
    async with a_service(postgres, mount, oidc_issuers=issuers) as service:
        async with service.http(service.admin_key.reveal()) as admin:
            body = {"name": "Acme", "id": organisation_id}
            answered(await admin.post("/v1alpha1/organisations", json=body), 201)
        yield service, organisation_id


async def ask(service: Service, organisation_id: str, token: str, path: str = "apps") -> httpx.Response:
    async with service.http(token) as http:
        return await http.get(f"/v1alpha1/organisations/{organisation_id}/{path}")


async def test_a_vault_identity_token_is_taken(postgres_server: PostgresServer, mount: VaultMount) -> None:
    """OpenBao's own: identity/oidc signs it for an entity, whose metadata are its claims."""
    name = f"switchboard-{secrets.token_hex(4)}"
    audience = f"client-{name}"
    template = """{
        "organisation": {{identity.entity.metadata.organisation}},
        "roles": {{identity.entity.metadata.roles}}
    }"""
    oidc = "identity/oidc"
    assert (await mount.as_root("POST", f"{oidc}/key/{name}", {"allowed_client_ids": [audience]}))[0] < 300
    role = {"key": name, "client_id": audience, "template": template, "ttl": "10m"}
    assert (await mount.as_root("POST", f"{oidc}/role/{name}", role))[0] < 300
    # By itself it names the address that it listens at, which is not ours where it is in a container.
    assert (await mount.as_root("POST", f"{oidc}/config", {"issuer": mount.address}))[0] < 300
    issuer = (await mount.as_root("GET", f"{oidc}/.well-known/openid-configuration"))[1]["issuer"]
    settings = {
        "issuer": issuer,
        "audience": audience,
        "algorithms": ["RS256"],
        "organisation_claim": "organisation",
        "roles_claim": "roles",
    }
    async with believing(postgres_server, mount, **settings) as (service, organisation_id):
        token = await _identity_token(mount, name, organisation=organisation_id, roles="viewer issuer")
        answered(await ask(service, organisation_id, token))
        refused(await ask(service, organisation_id, token, "api-keys"), 403, "forbidden")
        elsewhere = await _identity_token(mount, name, organisation="nowhere", roles="owner")
        refused(await ask(service, organisation_id, elsewhere), 401, "unauthorized")


async def test_a_kubernetes_service_accounts_token_is_taken(
    postgres_server: PostgresServer, mount: VaultMount, issuer: LoopbackIssuer
) -> None:
    required = [{"claim": "sub", "value": ACCOUNT}, {"claim": ["kubernetes.io", "namespace"], "value": "prod"}]
    settings = {
        "issuer": issuer.url,
        "audience": "switchboard",
        "algorithms": ["RS256"],
        "required_claims": required,
    }
    async with believing(postgres_server, mount, **settings) as (service, organisation_id):
        for _ in range(2):
            token = issuer.sign(sub=ACCOUNT, **{"kubernetes.io": POD})
            answered(await ask(service, organisation_id, token))
        assert issuer.asked == ["/.well-known/openid-configuration", "/openid/v1/jwks"]
        for claims in ({"sub": ACCOUNT}, {"sub": ACCOUNT + "2", "kubernetes.io": POD}, {"aud": ["vault"]}):
            right: dict[str, Any] = {"sub": ACCOUNT, "kubernetes.io": POD} if "aud" in claims else {}
            refused(await ask(service, organisation_id, issuer.sign(**right | claims)), 401, "unauthorized")
        refused(await ask(service, "other", issuer.sign(sub=ACCOUNT, **{"kubernetes.io": POD})), 404, "not_found")


@pytest.mark.parametrize("status", [404, 500, 429])
async def test_an_issuer_that_does_not_answer_is_a_503_and_never_anybody(
    status: int, postgres_server: PostgresServer, mount: VaultMount, issuer: LoopbackIssuer
) -> None:
    settings = {"issuer": issuer.url, "audience": "switchboard", "algorithms": ["RS256"]}
    async with believing(postgres_server, mount, **settings) as (service, organisation_id):
        issuer.status = status
        response = await ask(service, organisation_id, issuer.sign())
        refused(response, 503, "identity_unavailable")
        assert response.headers["Retry-After"]
        async with service.caller(organisation_id=organisation_id) as caller:
            answered(await caller.get("apps"))


async def test_an_issuers_redirect_is_not_followed(
    postgres_server: PostgresServer, mount: VaultMount, issuer: LoopbackIssuer
) -> None:
    settings = {"issuer": issuer.url, "audience": "switchboard", "algorithms": ["RS256"]}
    async with believing(postgres_server, mount, **settings) as (service, organisation_id):
        issuer.location = f"{issuer.url}/elsewhere"
        refused(await ask(service, organisation_id, issuer.sign()), 503, "identity_unavailable")
        assert issuer.asked == ["/.well-known/openid-configuration"]


async def test_an_off_boarded_organisations_tokens_are_nobodys(
    postgres_server: PostgresServer, mount: VaultMount, issuer: LoopbackIssuer
) -> None:
    settings = {"issuer": issuer.url, "audience": "switchboard", "algorithms": ["RS256"]}
    async with believing(postgres_server, mount, **settings) as (service, organisation_id):
        answered(await ask(service, organisation_id, issuer.sign()))
        async with service.http(service.admin_key.reveal()) as admin:
            answered(await admin.delete(f"/v1alpha1/organisations/{organisation_id}"))
        refused(await ask(service, organisation_id, issuer.sign()), 401, "unauthorized")


async def _identity_token(mount: VaultMount, role: str, **metadata: str) -> str:
    """A token of a new entity with these metadata, signed by Vault for its own holder."""
    policy = f"sign-{secrets.token_hex(4)}"
    rule = f'path "identity/oidc/token/{role}" {{ capabilities = ["read"] }}'
    assert (await mount.as_root("PUT", f"sys/policies/acl/{policy}", {"policy": rule}))[0] < 300
    entity = (await mount.as_root("POST", "identity/entity", {"metadata": metadata}))[1]["data"]["id"]
    token_role = f"role-{secrets.token_hex(4)}"
    accessor = (await mount.as_root("GET", "sys/auth"))[1]["data"]["token/"]["accessor"]
    alias = {"name": token_role, "canonical_id": entity, "mount_accessor": accessor}
    assert (await mount.as_root("POST", "identity/entity-alias", alias))[0] < 300
    allowed = {"allowed_entity_aliases": [token_role], "allowed_policies": [policy]}
    assert (await mount.as_root("POST", f"auth/token/roles/{token_role}", allowed))[0] < 300
    asked = {"entity_alias": token_role, "policies": [policy]}
    token = (await mount.as_root("POST", f"auth/token/create/{token_role}", asked))[1]["auth"]["client_token"]
    url = f"{mount.address}/v1/identity/oidc/token/{role}"
    async with httpx.AsyncClient() as http:
        answer = await http.get(url, headers={"X-Vault-Token": token})
    return str(answer.json()["data"]["token"])
