"""Which adapter stands behind which port: only this file knows, and the one it is built on. Read it top to bottom."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from dependency_injector import providers

from adapters.identity.jwt_signer import JoseJwtSigner
from adapters.oauth_http.client import open_provider_client
from adapters.postgres.connected_apps import PostgresConnectedAppStore
from adapters.postgres.credentials import PostgresCredentialStore
from adapters.postgres.cursor_key import PostgresCursorKey
from adapters.postgres.flows import PostgresFlowStore
from adapters.postgres.health import PostgresDependency
from adapters.postgres.offboarding import PostgresOffboardingStore
from adapters.postgres.pool import open_pool
from adapters.system.parent import die_with_parent
from adapters.vault.health import VaultHealth
from adapters.vault.renewal import keep_renewed
from adapters.vault.session import open_vault_session
from app.refresh_container import RefreshContainer
from app.settings import Settings
from app.use_cases.adopt_grant import AdoptGrant
from app.use_cases.allow_origin import AllowOrigin
from app.use_cases.begin_authorization import BeginAuthorization, ShowStartPage
from app.use_cases.check_readiness import CheckReadiness
from app.use_cases.create_connection import CreateConnection
from app.use_cases.create_credential import CreateCredential
from app.use_cases.delete_connection import DeleteConnection, EndNow, ResumeEndings, RevokeConnection
from app.use_cases.delete_credential import DeleteCredential
from app.use_cases.discover_client import DiscoverClient
from app.use_cases.end_grant import EndGrant
from app.use_cases.fill_form import ReadDefaults, TryForm
from app.use_cases.finalise_connection import FinaliseConnection
from app.use_cases.finish_in_browser import FinishInBrowser, ShowResult
from app.use_cases.issue_headers import IssueHeaders
from app.use_cases.issue_token import IssueToken
from app.use_cases.keep_data import KeepData
from app.use_cases.list_connected_apps import ListConnectedApps
from app.use_cases.manage_organisations import DeleteOrganisation, OffboardOrganisation, OffboardOrganisations
from app.use_cases.read_connection import ListConnections, ReadConnection
from app.use_cases.read_credential import ListCredentials, LoadCredential, ReadCredential
from app.use_cases.read_flow import ReadFlow
from app.use_cases.record_connection import RecordConnection
from app.use_cases.recover_flows import RecoverFlows
from app.use_cases.repeat_callback import RepeatCallback
from app.use_cases.replace_connection import ReplaceConnection
from app.use_cases.replace_credential import ReplaceCredential
from app.use_cases.shared_looks import SharedLooks
from app.use_cases.start_connection import StartConnection
from app.use_cases.sweep_credentials import SweepCredentials
from app.use_cases.sweep_flows import SweepFlows

__all__ = ["Container", "die_with_parent", "opened"]

# Longer than a callback's exchange, its write and its record together; `serve` waits a little longer than this.
_SECONDS_TO_DRAIN = 60


class Container(RefreshContainer):
    """Everything that a request needs; pool, session and client are opened by ``opened`` for the application's life."""

    settings = RefreshContainer.settings
    pool = RefreshContainer.pool
    clock = RefreshContainer.clock
    correlation = RefreshContainer.correlation
    mint = RefreshContainer.mint
    organisations = RefreshContainer.organisations
    events = RefreshContainer.events
    in_flight = RefreshContainer.in_flight
    vault = RefreshContainer.vault
    secrets = RefreshContainer.secrets
    secure = RefreshContainer.secure
    exchanger = RefreshContainer.exchanger
    client_secret = RefreshContainer.client_secret
    request_token = RefreshContainer.request_token
    obtain = RefreshContainer.obtain
    read_grant = RefreshContainer.read_grant
    fresh = RefreshContainer.fresh
    connections = RefreshContainer.connections
    connection_records = RefreshContainer.connection_records
    apps = RefreshContainer.apps

    # Ports
    cursor_key = providers.Singleton(PostgresCursorKey, pool)
    offboarding = providers.Factory(PostgresOffboardingStore, pool)
    flows = providers.Factory(PostgresFlowStore, pool)
    credentials = providers.Factory(PostgresCredentialStore, pool)
    connected_apps = providers.Factory(PostgresConnectedAppStore, pool)
    signer = providers.Singleton(JoseJwtSigner)
    checked = providers.List(
        providers.Factory(PostgresDependency, pool),
        providers.Factory(
            VaultHealth,
            vault,
            mount=settings.provided.vault_kv_mount,
            transit_mount=settings.provided.vault_transit_mount,
        ),
    )

    # What use cases share
    discover = providers.Singleton(DiscoverClient, clock=clock, exchanger=exchanger, in_flight=in_flight)
    keep_data = providers.Factory(KeepData, secrets)
    load_credential = providers.Factory(
        LoadCredential, credentials=credentials, secrets=secrets, client_secret=client_secret
    )
    record = providers.Factory(
        RecordConnection, clock=clock, apps=apps, flows=flows, connections=connections, secrets=secrets
    )
    adopt = providers.Factory(AdoptGrant, flows=flows, secrets=secrets, client_secret=client_secret, record=record)
    repeat = providers.Factory(RepeatCallback, flows=flows, connections=connections, load=load_credential, adopt=adopt)
    try_form = providers.Factory(TryForm, mint=mint, signer=signer, obtain=obtain)
    end_grant = providers.Factory(
        EndGrant,
        clock=clock,
        records=connection_records,
        leases=RefreshContainer.leases,
        secrets=secrets,
        revoke=RefreshContainer.revoke_at_provider,
        events=events,
    )
    end_now = providers.Factory(EndNow, end=end_grant, in_flight=in_flight, events=events)

    # Use cases
    check_readiness = providers.Factory(CheckReadiness, checked, in_flight=in_flight)
    offboard_organisation = providers.Factory(OffboardOrganisation, offboarding=offboarding, secrets=secrets)
    delete_organisation = providers.Factory(DeleteOrganisation, offboarding=offboarding, offboard=offboard_organisation)
    start_connection = providers.Factory(
        StartConnection,
        mint=mint,
        organisations=organisations,
        apps=apps,
        connections=connections,
        flows=flows,
        discover=discover,
        public_url=settings.provided.public_url,
        flow_ttl_seconds=settings.provided.flow_ttl,
    )
    read_flow = providers.Factory(ReadFlow, flows)
    allow_origin = providers.Factory(AllowOrigin, apps=apps, connections=connections, flows=flows)
    show_start_page = providers.Factory(ShowStartPage, flows)
    begin_authorization = providers.Factory(BeginAuthorization, flows)
    finalise_connection = providers.Factory(
        FinaliseConnection,
        mint=mint,
        flows=flows,
        secrets=secrets,
        client_secret=client_secret,
        request_token=request_token,
        secure=secure,
        record=record,
        repeat=repeat,
        current=RefreshContainer.current_grants,
        in_flight=in_flight,
        events=events,
    )
    finish_in_browser = providers.Factory(FinishInBrowser, flows=flows, finalise=finalise_connection)
    show_result = providers.Factory(ShowResult, flows=flows, apps=apps, connections=connections)
    read_connection = providers.Factory(ReadConnection, connections=connections, apps=apps)
    list_connections = providers.Factory(ListConnections, connections=connections, apps=apps)
    create_connection = providers.Factory(
        CreateConnection,
        mint=mint,
        apps=apps,
        records=connection_records,
        secrets=secrets,
        defaults=providers.Factory(ReadDefaults, secrets),
        try_form=try_form,
        in_flight=in_flight,
    )
    replace_connection = providers.Factory(
        ReplaceConnection,
        connections=connections,
        records=connection_records,
        apps=apps,
        secrets=secrets,
        drain=RefreshContainer.drain_sealed_grants,
        try_form=try_form,
    )
    delete_connection = providers.Factory(
        DeleteConnection, connections=connections, records=connection_records, end=end_now
    )
    revoke_connection = providers.Factory(
        RevokeConnection, connections=connections, records=connection_records, apps=apps, end=end_now
    )
    resume_endings = providers.Factory(ResumeEndings, records=connection_records, end=end_grant)
    issue_token = providers.Factory(
        IssueToken,
        clock=clock,
        connections=connections,
        looks=providers.Singleton(SharedLooks, in_flight),
        fresh=fresh,
        remembered=RefreshContainer.issue_remembered,
        current=RefreshContainer.current_grants,
        outage=RefreshContainer.outage,
        events=events,
    )
    list_connected_apps = providers.Factory(ListConnectedApps, connected_apps)
    issue_headers = providers.Factory(
        IssueHeaders, clock=clock, connections=connections, secrets=secrets, signer=signer, fresh=fresh, events=events
    )
    create_credential = providers.Factory(
        CreateCredential, mint=mint, credentials=credentials, secrets=secrets, keep=keep_data
    )
    list_credentials = providers.Factory(ListCredentials, credentials=credentials, load=load_credential)
    read_credential = providers.Factory(ReadCredential, credentials=credentials, load=load_credential)
    replace_credential = providers.Factory(
        ReplaceCredential, clock=clock, credentials=credentials, load=load_credential, keep=keep_data
    )
    delete_credential = providers.Factory(DeleteCredential, credentials=credentials, secrets=secrets)

    # What nobody waits for, by the name that its metrics carry
    sweep_credentials = providers.Factory(SweepCredentials, credentials=credentials, secrets=secrets)
    sweep_flows = providers.Factory(SweepFlows, flows=flows)
    recover_flows = providers.Factory(RecoverFlows, flows=flows, adopt=adopt, events=events)
    offboard_organisations = providers.Factory(
        OffboardOrganisations, offboarding=offboarding, offboard=offboard_organisation
    )
    jobs = providers.Dict(
        refreshes=RefreshContainer.refresh_ahead,
        forecast=RefreshContainer.forecast,
        sealed_grants=RefreshContainer.drain_waiting,
        credentials=sweep_credentials,
        flows=sweep_flows,
        recovery=recover_flows,
        deletions=resume_endings,
        organisations=offboard_organisations,
    )


@asynccontextmanager
async def opened(container: Container) -> AsyncIterator[None]:
    """Open what outlives a request; at the end let work in flight reach its stores before these are closed."""
    settings = container.settings()
    async with AsyncExitStack() as stack:
        pool = open_pool(settings.database_url)
        stack.push_async_callback(pool.close)
        await pool.open(wait=False)
        session = await stack.enter_async_context(open_vault_session(settings.vault_cacert))
        client = open_provider_client(allow_insecure=settings.allow_insecure_providers)
        stack.push_async_callback(client.aclose)
        # Issuers are an operator's word, not a tenant's: they may be on this machine, or in its network.
        issuer_client = open_provider_client(allow_insecure=True, cafile=settings.oidc_cacert)
        stack.push_async_callback(issuer_client.aclose)
        container.pool.override(providers.Object(pool))
        container.vault_session.override(providers.Object(session))
        container.provider_client.override(providers.Object(client))
        container.issuer_client.override(providers.Object(issuer_client))
        for work in _background(container, settings):
            stack.push_async_callback(_ended, asyncio.create_task(work))
        stack.push_async_callback(container.in_flight().drain, seconds=_SECONDS_TO_DRAIN)
        yield


def _background(container: Container, settings: Settings) -> list[Coroutine[Any, Any, None]]:
    hints = container.hints()
    direct = settings.hints_database_url or settings.database_url
    listening = [hints.listen(direct)] if settings.hints else []
    return [keep_renewed(container.vault()), hints.send_published(), *listening]


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
