"""The part of the container that renews grants."""

from typing import Any

from dependency_injector import providers

from adapters.oauth_http.token_exchanger import HttpTokenExchanger
from adapters.postgres.connection_records import PostgresConnectionRecords
from adapters.postgres.connections import PostgresConnectionStore
from adapters.postgres.due_refreshes import PostgresDueRefreshes
from adapters.postgres.ending_grants import PostgresEndingGrants
from adapters.postgres.incidents import PostgresAppIncidents
from adapters.postgres.leases import PostgresRefreshLeases
from app.apps_container import AppsContainer
from app.metrics import tell_ending
from app.use_cases.client_secret import ReadClientSecret
from app.use_cases.forecast_grants import ForecastGrants
from app.use_cases.fresh_grant import FreshGrant
from app.use_cases.obtain_grant import ObtainGrant
from app.use_cases.read_grant import ReadGrant
from app.use_cases.refresh_ahead import RefreshAhead
from app.use_cases.refresh_budget import RefreshBudget
from app.use_cases.refresh_grant import RefreshGrant
from app.use_cases.refused_refresh import RefusedRefresh
from app.use_cases.renew_grant import RenewGrant
from app.use_cases.request_token import RequestToken
from app.use_cases.revoke_at_provider import RevokeAtProvider
from app.use_cases.revoke_late_grant import RevokeLateGrant
from app.use_cases.shared_looks import SharedLooks
from domain.refreshes import Allowance


class RefreshContainer(AppsContainer):
    """Asks for tokens, and keeps a connection's grant fresh."""

    settings = AppsContainer.settings
    clock = AppsContainer.clock
    entropy = AppsContainer.entropy
    events = AppsContainer.events
    secrets = AppsContainer.secrets
    provider_client: providers.Provider[Any] = providers.Dependency()

    exchanger = providers.Factory(HttpTokenExchanger, provider_client, AppsContainer.correlation)
    leases = providers.Singleton(PostgresRefreshLeases, AppsContainer.pool)
    connections = providers.Factory(PostgresConnectionStore, AppsContainer.pool)
    connection_records = providers.Factory(PostgresConnectionRecords, AppsContainer.pool)
    incidents = providers.Factory(PostgresAppIncidents, AppsContainer.pool)

    client_secret = providers.Singleton(
        ReadClientSecret, secrets, clock, AppsContainer.apps, providers.Singleton(SharedLooks, AppsContainer.in_flight)
    )
    request_token = providers.Factory(RequestToken, clock=clock, exchanger=exchanger)
    obtain = providers.Factory(
        ObtainGrant, mint=AppsContainer.mint, client_secret=client_secret, request_token=request_token
    )
    read_grant = providers.Factory(ReadGrant, secrets)
    refresh_budget = providers.Singleton(
        RefreshBudget,
        providers.Factory(
            Allowance,
            at_once=settings.provided.provider_refreshes_at_once,
            a_second=settings.provided.provider_refreshes_a_second,
        ),
        providers.Factory(
            Allowance,
            at_once=settings.provided.app_refreshes_at_once,
            a_second=settings.provided.app_refreshes_a_second,
        ),
    )
    refused_refresh = providers.Factory(
        RefusedRefresh,
        entropy=entropy,
        leases=leases,
        incidents=incidents,
        drain=AppsContainer.drain_sealed_grants,
        read=read_grant,
        events=events,
    )
    revoke_at_provider = providers.Factory(
        RevokeAtProvider,
        records=connection_records,
        drain=AppsContainer.drain_sealed_grants,
        read=read_grant,
        client_secret=client_secret,
        exchanger=exchanger,
    )
    revoke_late = providers.Factory(RevokeLateGrant, connections=connections, revoke=revoke_at_provider, events=events)
    renew = providers.Factory(
        RenewGrant,
        clock=clock,
        leases=leases,
        drain=AppsContainer.drain_sealed_grants,
        read=read_grant,
        secrets=secrets,
        obtain=obtain,
        secure=AppsContainer.secure,
        refused=refused_refresh,
        current=AppsContainer.current_grants,
        revoke_late=revoke_late,
        events=events,
    )
    refresh = providers.Singleton(
        RefreshGrant,
        entropy=entropy,
        leases=leases,
        budget=refresh_budget,
        renew=renew,
        read=read_grant,
        current=AppsContainer.current_grants,
        pause=AppsContainer.hinted_pause,
        in_flight=AppsContainer.in_flight,
    )
    forecast = providers.Singleton(
        ForecastGrants,
        ending=providers.Factory(PostgresEndingGrants, AppsContainer.pool),
        tell=providers.Object(tell_ending),
    )
    refresh_ahead = providers.Singleton(
        RefreshAhead,
        due=providers.Factory(PostgresDueRefreshes, AppsContainer.pool),
        refresh=refresh,
        in_flight=AppsContainer.in_flight,
        places_of_app=settings.provided.app_refreshes_at_once,
    )
    fresh = providers.Factory(
        FreshGrant,
        clock=clock,
        leases=leases,
        read=read_grant,
        looks=providers.Singleton(SharedLooks, AppsContainer.in_flight),
        refresh=refresh,
    )
