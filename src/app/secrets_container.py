"""The part of the container that knows where secrets are: in Vault, and sealed in Postgres until Vault takes them."""

from typing import Any

from dependency_injector import providers

from adapters.postgres.sealed_grants import PostgresSealedGrantStore
from adapters.system.event_log import SystemEventLog
from adapters.vault.client import VaultClient
from adapters.vault.sealing import VaultSealer
from adapters.vault.secrets import VaultSecretStore
from app.access_container import AccessContainer
from app.metrics import CountedEventLog
from app.use_cases.all_secrets import AllSecrets
from app.use_cases.current_grants import CurrentGrants
from app.use_cases.drain_sealed_grants import DrainOne, DrainSealedGrants, DrainWaiting
from app.use_cases.issue_remembered import IssueRemembered
from app.use_cases.secure_grant import SecureGrant
from app.vault_login import login, replica


class SecretsContainer(AccessContainer):
    """What keeps secrets, and makes a new one durable."""

    settings = AccessContainer.settings
    pool = AccessContainer.pool
    correlation = AccessContainer.correlation
    in_flight = AccessContainer.in_flight
    vault_session: providers.Provider[Any] = providers.Dependency()

    events = providers.Singleton(CountedEventLog, providers.Singleton(SystemEventLog))
    vault = providers.Singleton(
        lambda session, settings, correlation: VaultClient(
            session,
            address=settings.vault_addr,
            login=login(settings),
            correlation=correlation,
            namespace=settings.vault_namespace,
        ),
        vault_session,
        settings,
        correlation,
    )
    vault_secrets = providers.Singleton(
        lambda client, settings: VaultSecretStore(client, mount=settings.vault_kv_mount, replica=replica(settings)),
        vault,
        settings,
    )
    sealer = providers.Singleton(VaultSealer, vault, mount=settings.provided.vault_transit_mount)
    sealed_grants = providers.Singleton(PostgresSealedGrantStore, pool)
    # Whoever reads or destroys a secret means the sealed ones, too.
    secrets = providers.Factory(AllSecrets, vault_secrets, sealed_grants, sealer)

    current_grants = providers.Singleton(
        CurrentGrants.of,
        AccessContainer.clock,
        AccessContainer.hints,
        most=settings.provided.tokens_in_memory,
        grace_seconds=settings.provided.memory_grace,
    )
    issue_remembered = providers.Singleton(IssueRemembered, clock=AccessContainer.clock, current=current_grants)
    secure = providers.Factory(
        SecureGrant,
        secrets=vault_secrets,
        sealed=sealed_grants,
        sealer=sealer,
        in_flight=in_flight,
        events=events,
    )
    drain_one = providers.Factory(DrainOne, secrets=vault_secrets, sealed=sealed_grants, sealer=sealer, events=events)
    drain_sealed_grants = providers.Factory(DrainSealedGrants, sealed=sealed_grants, drain=drain_one)
    drain_waiting = providers.Factory(DrainWaiting, secrets=vault_secrets, sealed=sealed_grants, drain=drain_one)
