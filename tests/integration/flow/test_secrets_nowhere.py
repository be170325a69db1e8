"""C58: after whole flows, good and bad, no secret is in the service's output or in any row of the database."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psycopg
import pytest
from psycopg import sql

from domain.secret import Secret
from tests.support.browser import Browser
from tests.support.postgres import watching
from tests.support.provider import StrictProvider
from tests.support.served import served
from tests.support.servers import PostgresServer, VaultServer
from tests.support.service import Setting, a_setting, answered, refused
from tests.support.vault import VaultMount, a_vault_mount


@pytest.fixture(scope="module")
async def mount(vault_server: VaultServer) -> AsyncIterator[VaultMount]:
    async with a_vault_mount(vault_server.address, vault_server.token) as mount:
        yield mount


async def test_c58_no_secret_is_in_output_or_rows(
    postgres_server: PostgresServer, mount: VaultMount, provider: StrictProvider, tmp_path: Path
) -> None:
    with postgres_server.database() as dsn:
        with served(dsn, mount, tmp_path, SWITCHBOARD_LOG_LEVEL="debug") as running:
            async with (
                a_setting(running.service, provider) as page,
                a_setting(running.service, provider, relay=True) as relay,
            ):
                known = await _secrets_of_a_page_flow(page) | await _secrets_of_a_relays_flows(relay)
                for setting in (page, relay):
                    known |= await _secrets_of_the_provider(setting)
        known |= {running.service.admin_key.reveal(), mount.service_token.reveal(), _password(dsn)}
        for name, text in (("output", running.output()), ("rows", _all_rows(dsn))):
            assert len(text) > 1000
            found = [secret for secret in known if secret in text or quote(secret, safe="") in text]
            assert not found, f"{len(found)} secrets are in the {name}"


async def _secrets_of_a_page_flow(page: Setting) -> set[str]:
    started = await page.start()
    link = started["action"]["redirect"]["url"]
    async with page.service.browser() as browser:
        shown = await browser.get(link)
        form = dict(shown.form().filled_in({}, None))
        callback = await page.consent(browser, started)
        await browser.get(callback)
        await browser.get(callback)
        known = _query(link) | _query(callback) | {form["ticket"], form["token"]} | _cookies(browser, link)
    flow = await page.caller.flow(started["flowId"])
    token = answered(await page.caller.token(flow["connectionId"]))
    return known | {token["access_token"], page.caller.http.headers["Authorization"].removeprefix("Bearer ")}


async def _secrets_of_a_relays_flows(relay: Setting) -> set[str]:
    known: set[str] = {relay.caller.http.headers["Authorization"].removeprefix("Bearer ")}
    await relay.script(access_token_lifetime_seconds=0)
    _, callback = await relay.relayed()
    known |= _query(callback)
    answered(await relay.caller.callback(callback), 201)
    connection = answered(await relay.caller.get("connections"))["items"][0]["id"]
    known.add(answered(await relay.caller.token(connection))["access_token"])
    for script, status, code in (
        ({"token_error": "invalid_grant"}, 400, "provider_error"),
        ({"huge": True}, 502, "provider_protocol_error"),
        ({"drop_token_connection": "after"}, 502, "provider_unavailable"),
    ):
        await relay.script(token_faults_left=1, **script)
        _, callback = await relay.relayed()
        known |= _query(callback)
        refused(await relay.caller.callback(callback), status, code)
    return known


async def _secrets_of_the_provider(setting: Setting) -> set[str]:
    grants = (await setting.provider.ledger(setting.client_id)).grants
    tokens = {token for grant in grants for token in (grant.access_token, grant.refresh_token)}
    return {token for token in tokens if token} | {setting.client_secret}


def _query(url: str) -> set[str]:
    query = parse_qs(urlsplit(url).query)
    return {query[name][0] for name in ("code", "state", "ticket") if name in query}


def _cookies(browser: Browser, url: str) -> set[str]:
    values = {cookie.value for cookie in browser.cookies.at(url)}
    assert values
    return values


def _password(dsn: Secret) -> str:
    return str(urlsplit(dsn.reveal()).password or psycopg.conninfo.conninfo_to_dict(dsn.reveal())["password"])


def _all_rows(dsn: Secret) -> str:
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    with psycopg.connect(watching(dsn)) as connection:
        names = [name for (name,) in connection.execute(tables)]
        rows = [
            connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name))).fetchall()
            for name in names
        ]
    return "\n".join(text for table in rows for (text,) in table)
