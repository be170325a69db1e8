"""An organisation leaves: nothing of it stays, in Postgres or in Vault, wherever its removal was stopped."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import attrs
import httpx
import pytest
from dependency_injector import providers

from domain.errors import NotFound
from domain.ids import OrganisationId
from domain.ports import OffboardingStore, SecretPath, SecretStore, SecretStoreUnavailable, StoredSecret
from domain.secret import Secret
from tests.support.domain_examples import an_app, an_organisation
from tests.support.faulty import FaultySecrets
from tests.support.jwts import Signer
from tests.support.postgres import behind
from tests.support.service import Service, Setting, answered, refused

ORGANISATIONS = "/v1alpha1/organisations"
_LEASE = """
INSERT INTO refresh_leases (connection_id, organisation_id, fence)
SELECT id, organisation_id, 1 FROM connections WHERE organisation_id = %(organisation_id)s
"""
_INCIDENT = """
INSERT INTO app_incidents (organisation_id, app_id, auth_type, client_id, window_from, refused, renewed)
SELECT organisation_id, id, 'oauth2', 'c', now(), 0, 0 FROM apps WHERE organisation_id = %(organisation_id)s
"""


@attrs.define
class Stopping(SecretStore):
    """A SecretStore that is gone after so many destructions; the last is done, and its answer lost.

    It is so for one organisation, if one is named.
    """

    inner: SecretStore
    left: int
    of: str | None

    async def ready(self) -> None:
        await self.inner.ready()

    async def read(self, path: SecretPath, *, at_least: int = 1) -> StoredSecret:
        return await self.inner.read(path, at_least=at_least)

    async def write(self, path: SecretPath, document: Mapping[str, Secret], *, version: int) -> int:
        return await self.inner.write(path, document, version=version)

    async def destroy(self, path: SecretPath) -> None:
        await self.inner.destroy(path)
        if path.organisation_id != (self.of or path.organisation_id):
            return
        self.left -= 1
        if self.left < 0:
            raise SecretStoreUnavailable


@contextmanager
def stopping(service: Service, *, after: int, of: str | None = None) -> Iterator[None]:
    provider = service.container.secrets
    provider.override(providers.Object(Stopping(provider(), after, of)))
    try:
        yield
    finally:
        provider.reset_last_overriding()


@pytest.fixture
async def admin(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with service.http(service.admin_key.reveal()) as http:
        yield http


async def furnish(service: Service, setting: Setting) -> None:
    """Give the organisation one of everything, in every table."""
    await setting.connection()
    faulty = FaultySecrets(service.container.vault_secrets(), refuses_documents=True)
    with service.container.vault_secrets.override(providers.Object(faulty)):
        await setting.connection()
    await service.container.in_flight().drain(seconds=30)
    await setting.start()
    caller = setting.caller
    answered(await caller.post("api-keys", {"name": "k", "roles": ["viewer"], "only": {"appIds": []}}), 201)
    public_key = Signer.make().pem()
    answered(await caller.post("signing-keys", {"name": "s", "algorithm": "ES256", "publicKey": public_key}), 201)
    data = {"name": "c", "type": "Raw", "data": {"raw": "eA=="}}
    answered(await caller.post("credentials", data), 201)
    answered(await caller.http.delete(caller.below(f"apps/{setting.app['id']}")))
    for statement in (_LEASE, _INCIDENT):
        await _execute(service, statement, organisation_id=caller.organisation_id)


async def rows_of(service: Service, organisation_id: str) -> dict[str, int]:
    """How many rows each table has that names organisations, but for the audit events: they prove that it is gone."""
    statement = """
        SELECT table_name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name = 'organisation_id' AND table_name <> 'audit_events'
    """
    async with behind(service.container.pool()) as connection:
        tables = [row["table_name"] for row in await (await connection.execute(statement)).fetchall()]
        found: dict[str, int] = {}
        for table in tables:
            count = f"SELECT count(*) AS n FROM {table} WHERE organisation_id = %s"  # noqa: S608 - the schema's own names
            [row] = await (await connection.execute(count.encode(), [organisation_id])).fetchall()
            found[table] = row["n"]
    return found


async def secrets_of(service: Service, organisation_id: str) -> Sequence[str]:
    """What Vault has of the organisation, by kind."""
    found: list[str] = []
    for kind in ("apps", "credentials"):
        path = f"{service.vault.mount}/metadata/{organisation_id}/{kind}"
        status, answer = await service.vault.as_root("LIST", path)
        assert status in {200, 404}
        found += [f"{kind}/{key}" for key in answer["data"]["keys"]] if status == 200 else []
    return found


async def nothing_is_left(service: Service, admin: httpx.AsyncClient, organisation_id: str) -> None:
    assert set((await rows_of(service, organisation_id)).values()) == {0}
    assert await secrets_of(service, organisation_id) == []
    refused(await admin.delete(f"{ORGANISATIONS}/{organisation_id}"), 404, "not_found")
    again = await admin.post(ORGANISATIONS, json={"name": "Another", "id": organisation_id})
    assert answered(again, 201)["id"] == organisation_id


async def test_nothing_of_an_organisation_stays(service: Service, relay: Setting, admin: httpx.AsyncClient) -> None:
    organisation_id = relay.caller.organisation_id
    await furnish(service, relay)
    before = await rows_of(service, organisation_id)
    assert all(before.values()), f"a table that this test does not fill may be forgotten: {before}"
    assert len(await secrets_of(service, organisation_id)) == 3
    answered(await admin.delete(f"{ORGANISATIONS}/{organisation_id}"))
    refused(await relay.caller.get("apps"), 401, "unauthorized")
    await nothing_is_left(service, admin, organisation_id)


@pytest.mark.parametrize("after", range(4))
async def test_wherever_it_is_stopped_it_is_gone_for_all_and_goes_on_when_asked_again(
    after: int, service: Service, relay: Setting, admin: httpx.AsyncClient
) -> None:
    organisation_id, url = relay.caller.organisation_id, f"{ORGANISATIONS}/{relay.caller.organisation_id}"
    await furnish(service, relay)
    with stopping(service, after=after):
        refused(await admin.delete(url), 503, "storage_unavailable")
    refused(await relay.caller.get("apps"), 401, "unauthorized")
    refused(await admin.get(url), 404, "not_found")
    refused(await admin.get(f"{url}/api-keys"), 404, "not_found")
    refused(await admin.post(f"{url}/api-keys", json={"name": "k", "roles": ["viewer"]}), 404, "not_found")
    refused(await admin.post(ORGANISATIONS, json={"name": "x", "id": organisation_id}), 409, "already_exists")
    assert organisation_id not in (await admin.get(ORGANISATIONS, params={"first": "100", "sort": "id:desc"})).text
    answered(await admin.delete(url))
    await nothing_is_left(service, admin, organisation_id)


async def test_a_job_goes_on_with_what_nobody_asks_for_again(
    service: Service, relay: Setting, admin: httpx.AsyncClient
) -> None:
    organisation_id = relay.caller.organisation_id
    await furnish(service, relay)
    offboarding: OffboardingStore = service.container.offboarding()
    await offboarding.mark(OrganisationId(organisation_id))
    assert await service.container.offboard_organisations().seconds_late() > 0
    assert await service.container.offboard_organisations()() is False
    await nothing_is_left(service, admin, organisation_id)


async def test_an_organisation_whose_secrets_stay_holds_up_no_other(
    service: Service, relay: Setting, page: Setting, admin: httpx.AsyncClient
) -> None:
    offboarding: OffboardingStore = service.container.offboarding()
    first, second = sorted((relay, page), key=lambda setting: setting.caller.organisation_id)
    for setting in (first, second):
        answered(await setting.caller.post("credentials", {"name": "c", "type": "Raw", "data": {"raw": "eA=="}}), 201)
        await offboarding.mark(OrganisationId(setting.caller.organisation_id))
    with stopping(service, after=0, of=first.caller.organisation_id), pytest.raises(SecretStoreUnavailable):
        await service.container.offboard_organisations()()
    await nothing_is_left(service, admin, second.caller.organisation_id)
    refused(await admin.get(f"{ORGANISATIONS}/{first.caller.organisation_id}"), 404, "not_found")
    await service.container.offboard_organisations()()
    await nothing_is_left(service, admin, first.caller.organisation_id)


async def test_a_callback_that_is_being_finished_is_waited_for(
    service: Service, relay: Setting, admin: httpx.AsyncClient
) -> None:
    """Its grant may be written at any moment, at a path that nobody would look at again."""
    url = f"{ORGANISATIONS}/{relay.caller.organisation_id}"
    started = await relay.start()
    await _claimed(service, started["flowId"], overdue="1 minute")
    waiting = await admin.delete(url)
    refused(waiting, 409, "callback_in_progress")
    assert waiting.headers["Retry-After"]
    refused(await admin.get(url), 404, "not_found")
    await _claimed(service, started["flowId"], overdue="0")
    answered(await admin.delete(url))
    await nothing_is_left(service, admin, relay.caller.organisation_id)


async def test_a_credential_that_is_being_written_is_waited_for(
    service: Service, relay: Setting, admin: httpx.AsyncClient
) -> None:
    url = f"{ORGANISATIONS}/{relay.caller.organisation_id}"
    body = {"name": "c", "type": "Raw", "data": {"raw": "eA=="}}
    made = answered(await relay.caller.post("credentials", body), 201)
    await _announced(service, made["id"], until="1 minute")
    refused(await admin.delete(url), 409, "callback_in_progress")
    await _announced(service, made["id"], until="0")
    answered(await admin.delete(url))
    await nothing_is_left(service, admin, relay.caller.organisation_id)


async def test_a_browser_on_its_way_ends_nowhere(service: Service, page: Setting, admin: httpx.AsyncClient) -> None:
    started, at_the_provider = await page.start(), await page.start()
    async with service.browser() as browser:
        callback = await page.consent(browser, at_the_provider)
        offboarding: OffboardingStore = service.container.offboarding()
        await offboarding.mark(OrganisationId(page.caller.organisation_id))
        for address in (started["action"]["redirect"]["url"], callback):
            shown = await browser.get(address)
            assert shown.status == 400
            assert "invalid_state" in shown.text
    assert not await page.token_requests()
    answered(await admin.delete(f"{ORGANISATIONS}/{page.caller.organisation_id}"))
    await nothing_is_left(service, admin, page.caller.organisation_id)


async def test_an_app_of_an_organisation_that_has_just_gone_is_refused(service: Service) -> None:
    with pytest.raises(NotFound):
        await service.container.apps().add(an_app(an_organisation()))


async def test_another_organisation_keeps_what_it_has(
    service: Service, relay: Setting, page: Setting, admin: httpx.AsyncClient
) -> None:
    await furnish(service, relay)
    before = (await rows_of(service, relay.caller.organisation_id), await secrets_of(service, relay.app["orgId"]))
    answered(await admin.delete(f"{ORGANISATIONS}/{page.caller.organisation_id}"))
    after = (await rows_of(service, relay.caller.organisation_id), await secrets_of(service, relay.app["orgId"]))
    assert after == before


async def _claimed(service: Service, flow_id: str, *, overdue: str) -> None:
    await _execute(
        service,
        """
        UPDATE flows SET
            status = 'finishing', attempt = id, answer_fingerprint = state_hash, sealed_verifier = NULL,
            overdue_at = clock_timestamp() + %(overdue)s::interval
        WHERE id = %(id)s
        """,
        id=flow_id,
        overdue=overdue,
    )


async def _announced(service: Service, credential_id: str, *, until: str) -> None:
    await _execute(
        service,
        """
        UPDATE credentials SET
            next_terms = '{}', next_version = 2, next_until = clock_timestamp() + %(until)s::interval
        WHERE id = %(id)s
        """,
        id=credential_id,
        until=until,
    )


async def _execute(service: Service, statement: str, **parameters: Any) -> None:
    async with behind(service.container.pool()) as connection:
        await connection.execute(statement.encode(), parameters)
