"""The part of the container that knows who sends a request: organisations, keys, tokens."""

from typing import Any

from dependency_injector import containers, providers

from adapters.identity.jwt_verifier import JoserfcVerifier
from adapters.oauth_http.token_exchanger import HttpTokenExchanger
from adapters.postgres.acting import ContextActing
from adapters.postgres.api_keys import PostgresApiKeyStore
from adapters.postgres.audit import PostgresAuditEventStore
from adapters.postgres.hints import PostgresHints
from adapters.postgres.organisations import PostgresOrganisationStore
from adapters.postgres.signing_keys import PostgresSigningKeyStore
from adapters.system.clock import SystemClock
from adapters.system.correlation import ContextCorrelation
from adapters.system.entropy import SystemEntropy
from adapters.system.event_log import SystemEventLog
from app.settings import Settings
from app.use_cases.authenticate import Authenticate, AuthenticateByIssuer, AuthenticateBySigningKey
from app.use_cases.create_api_key import CreateApiKey
from app.use_cases.create_organisation import CreateOrganisation
from app.use_cases.hinted_pause import HintedPause
from app.use_cases.in_flight import InFlight
from app.use_cases.issuer_keys import IssuerKeys
from app.use_cases.known_principals import KnownPrincipals
from app.use_cases.list_audit_events import ListAuditEvents
from app.use_cases.manage_api_keys import DeleteApiKey, ListApiKeys, ReadApiKey
from app.use_cases.manage_organisations import ListOrganisations, ReadOrganisation
from app.use_cases.manage_signing_keys import CreateSigningKey, DeleteSigningKey, ListSigningKeys, ReadSigningKey
from app.use_cases.minting import Mint
from app.use_cases.shared_looks import SharedLooks
from app.use_cases.store_outage import StoreOutage

_ISSUER_SECONDS = 5.0  # a request waits for it


class AccessContainer(containers.DeclarativeContainer):
    """What the container is built on."""

    settings = providers.Dependency(instance_of=Settings)
    pool: providers.Provider[Any] = providers.Dependency()
    issuer_client: providers.Provider[Any] = providers.Dependency()

    clock = providers.Singleton(SystemClock)
    entropy = providers.Singleton(SystemEntropy)
    correlation = providers.Singleton(ContextCorrelation)
    hints = providers.Singleton(PostgresHints, pool, providers.Singleton(SystemEventLog))
    hinted_pause = providers.Singleton(HintedPause.of, hints)
    acting = providers.Singleton(ContextActing)
    mint = providers.Factory(Mint, clock, entropy)
    organisations = providers.Factory(PostgresOrganisationStore, pool)
    api_keys = providers.Factory(PostgresApiKeyStore, pool)
    signing_keys = providers.Factory(PostgresSigningKeyStore, pool)
    audit_events = providers.Factory(PostgresAuditEventStore, pool)
    jwt_verifier = providers.Singleton(JoserfcVerifier)
    issuer_exchanger = providers.Factory(HttpTokenExchanger, issuer_client, correlation, total_seconds=_ISSUER_SECONDS)

    issuer_keys = providers.Singleton(IssuerKeys, clock=clock, exchanger=issuer_exchanger)
    by_issuer = providers.Factory(
        AuthenticateByIssuer,
        clock=clock,
        organisations=organisations,
        issuers=settings.provided.oidc_issuers,
        issuer_keys=issuer_keys,
        jwt=jwt_verifier,
    )
    by_signing_key = providers.Factory(
        AuthenticateBySigningKey,
        clock=clock,
        signing_keys=signing_keys,
        jwt=jwt_verifier,
        public_url=settings.provided.public_url,
    )
    in_flight = providers.Singleton(InFlight)
    outage = providers.Singleton(StoreOutage, in_flight)
    known_principals = providers.Singleton(
        KnownPrincipals.of, clock, hints, grace_seconds=settings.provided.memory_grace
    )
    authenticate = providers.Factory(
        Authenticate,
        api_keys=api_keys,
        bootstrap_admin_key=settings.provided.bootstrap_admin_key,
        by_issuer=by_issuer,
        by_signing_key=by_signing_key,
        known=known_principals,
        looks=providers.Singleton(SharedLooks, in_flight),
        outage=outage,
    )
    create_organisation = providers.Factory(CreateOrganisation, mint=mint, organisations=organisations)
    list_organisations = providers.Factory(ListOrganisations, organisations)
    read_organisation = providers.Factory(ReadOrganisation, organisations)
    create_api_key = providers.Factory(CreateApiKey, mint=mint, api_keys=api_keys)
    list_api_keys = providers.Factory(ListApiKeys, organisations=organisations, api_keys=api_keys)
    read_api_key = providers.Factory(ReadApiKey, organisations=organisations, api_keys=api_keys)
    delete_api_key = providers.Factory(DeleteApiKey, read_api_key)
    create_signing_key = providers.Factory(CreateSigningKey, mint=mint, signing_keys=signing_keys, jwt=jwt_verifier)
    list_signing_keys = providers.Factory(ListSigningKeys, organisations=organisations, signing_keys=signing_keys)
    read_signing_key = providers.Factory(ReadSigningKey, signing_keys)
    delete_signing_key = providers.Factory(DeleteSigningKey, read_signing_key)
    list_audit_events = providers.Factory(ListAuditEvents, audit_events)
