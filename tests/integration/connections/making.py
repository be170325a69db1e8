"""Connections as a client of the API makes them: an app with one config, and a form."""

from typing import Any

import httpx
from psycopg import sql

from tests.support.postgres import behind
from tests.support.service import Caller, Service, answered

API_KEY = {"type": "apikey", "data": {"name": "X-Key", "in": "header"}}
BASIC = {"type": "httpBasicAuth", "data": {"user": "bob", "password": "the-default-password"}}
JWT = {"type": "jwtbearer", "data": {"algorithm": "HS256", "payload": {"iss": "us"}, "expiresIn": "15m"}}
LONG_SECRET = "a-shared-secret-of-more-than-thirty-two-bytes"


def direct(token_endpoint: str, flow_type: str = "client_credentials", **data: Any) -> dict[str, Any]:
    """An ``oauth2`` config without a browser."""
    scopes = {"read": "Read", "write": "Write"}
    return {
        "type": "oauth2",
        "data": {"flowType": flow_type, "tokenEndpoint": token_endpoint, "scopes": scopes} | data,
    }


def fetched(token_endpoint: str, **data: Any) -> dict[str, Any]:
    """An ``httprefresh`` config."""
    usual = {
        "tokenEndpoint": token_endpoint,
        "method": "PUT",
        "tokenTTL": 600,
        "secretIn": "header",
        "headerDestination": "X-Secret",
        "headers": {"Accept": ["application/json"]},
        "selector": "result.tok",
        "name": "X-Token",
        "in": "header",
        "prefix": "Token",
    }
    return {"type": "httprefresh", "data": usual | data}


async def an_app(caller: Caller, config: dict[str, Any]) -> str:
    """The id of a new app with this config."""
    body = {
        "name": "Example CRM",
        "public": False,
        "server": {"url": "https://api.example.com"},
        "authConfigs": [config],
    }
    app = answered(await caller.post("apps", body))
    assert app["supportedAuthConfigs"][0]["isValid"], app
    return str(app["id"])


async def create(caller: Caller, config: dict[str, Any], /, **data: Any) -> httpx.Response:
    """A connection of a new app with this config, asked for."""
    body = {"name": "Mine", "appId": await an_app(caller, config), "authType": config["type"], "data": data}
    return await caller.post("connections", body)


async def created(caller: Caller, config: dict[str, Any], /, **data: Any) -> dict[str, Any]:
    """A new connection."""
    return answered(await create(caller, config, **data), 201)


async def headers_of(caller: Caller, connection: dict[str, Any]) -> dict[str, Any]:
    return answered(await caller.post(f"connections/{connection['id']}/headers"))


async def replace(caller: Caller, connection: dict[str, Any], **body: Any) -> httpx.Response:
    """PUT with these members in place of what was read."""
    return await caller.http.put(caller.below(f"connections/{connection['id']}"), json=connection | body)


async def delete(caller: Caller, connection: dict[str, Any]) -> httpx.Response:
    return await caller.http.delete(caller.below(f"connections/{connection['id']}"))


async def in_vault(service: Service, connection: dict[str, Any]) -> dict[str, str] | None:
    """What the secret store has of the connection; None where not even metadata are left."""
    below = f"{connection['orgId']}/credentials/{connection['credentialId']}"
    status, _ = await service.vault.as_root("GET", f"{service.vault.mount}/metadata/{below}")
    if status == 404:
        return None
    _, answer = await service.vault.as_root("GET", f"{service.vault.mount}/data/{below}")
    document: dict[str, str] = answer["data"]["data"]
    return document


async def everything_in_postgres(service: Service) -> str:
    """All rows of all tables, as text."""
    async with behind(service.container.pool()) as connection:
        tables = await (
            await connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).fetchall()
        rows = [
            await (
                await connection.execute(
                    sql.SQL("SELECT t::text AS row FROM {} t").format(sql.Identifier(table["tablename"]))
                )
            ).fetchall()
            for table in tables
        ]
    return "\n".join(row["row"] for table in rows for row in table)
