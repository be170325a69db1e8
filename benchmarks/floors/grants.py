"""What both floors have in common: a pool, Vault and a provider by the service's own libraries, and the document."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import httpx
from hvac.api.secrets_engines import KvV2

from adapters.oauth_http.client import open_provider_client
from adapters.postgres.pool import Pool, open_pool
from adapters.system.correlation import ContextCorrelation
from adapters.vault.aiohttp_adapter import AiohttpAdapter
from adapters.vault.session import open_vault_session
from domain.secret import Secret

CLIENT = ("benchmark", "made-up")
ATTEMPT = "01JZ0000000000000000000000"


@attrs.frozen(kw_only=True)
class Reach:
    """Postgres, Vault and the provider."""

    pool: Pool
    kv: KvV2
    mount: str
    client: httpx.AsyncClient
    token_url: str

    async def grant(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        """The provider's answer to a token request."""
        answer = await self.client.post(self.token_url, data=dict(form), auth=CLIENT)
        answer.raise_for_status()
        return dict(answer.json())

    async def write(self, path: str, grant: Mapping[str, Any], *, cas: int) -> int:
        written = await self.kv.create_or_update_secret(path, secret=document(grant), cas=cas, mount_point=self.mount)
        return int(written["data"]["version"])


@asynccontextmanager
async def reach(job: Mapping[str, Any]) -> AsyncIterator[Reach]:
    """Everything open, as the job says where."""
    async with open_pool(Secret(job["dsn"])) as pool, open_vault_session(None) as session:
        adapter = AiohttpAdapter(
            session, address=job["vault"], namespace=None, deadline_seconds=5, correlation=ContextCorrelation()
        )
        adapter.token = Secret(job["vault_token"])
        async with open_provider_client(allow_insecure=True) as client:
            yield Reach(
                pool=pool, kv=KvV2(adapter), mount=job["mount"], client=client, token_url=job["provider"] + "/token"
            )


def document(grant: Mapping[str, Any]) -> dict[str, str]:
    """As the service keeps a grant."""
    now = datetime.now(UTC)
    return {
        "access_token": grant["access_token"],
        "token_type": grant["token_type"],
        "obtained_at": now.isoformat(),
        "expires_at": expires_at(grant).isoformat(),
        "refresh_token": grant["refresh_token"],
        "scope": grant["scope"],
        "attempt": ATTEMPT,
    }


def expires_at(grant: Mapping[str, Any]) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=grant["expires_in"])


def fingerprint() -> str:
    return secrets.token_hex(32)
