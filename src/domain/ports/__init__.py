"""What the domain needs of the world. A port's docstring is its contract, and every adapter is held to it.

Common to all: a store that cannot be reached, or does not answer in time, raises StorageUnavailable (the cause kept).
Times that decide (lapsing, deadlines, expiry) are judged by the store's own clock, never by the caller's.
A ``list`` answers the page that its ``domain.lists.ListQuery`` asks for, of what its own docstring names.
"""

from domain.lists import Page
from domain.ports.access import (
    ApiKeyStore,
    OffboardingStore,
    OrganisationStore,
    SigningKeyStore,
)
from domain.ports.audit import (
    Acting,
    AuditEventStore,
)
from domain.ports.connected_apps import (
    MOST_CONNECTIONS,
    ConnectedApp,
    ConnectedAppStore,
    NamedConnection,
)
from domain.ports.connection_records import (
    ConnectionRecords,
)
from domain.ports.credentials import (
    AnnouncedCredential,
    CredentialBusy,
    CredentialRecord,
    CredentialStore,
)
from domain.ports.due_refreshes import (
    DueRefreshes,
)
from domain.ports.ending_grants import Ending, EndingGrants
from domain.ports.hints import (
    Hint,
    HintKind,
    HintListener,
    Hints,
)
from domain.ports.identity import JwtVerifier
from domain.ports.incidents import AppIncidents
from domain.ports.leases import (
    Lease,
    LeaseLost,
    NotNow,
    RefreshLeases,
)
from domain.ports.providers import (
    NothingSent,
    TokenExchanger,
)
from domain.ports.reconciling import (
    ExpectedSecret,
    KeptSecret,
    SecretInventory,
    SecretLedger,
)
from domain.ports.sealed_grants import (
    Backlog,
    SealedGrant,
    SealedGrantStore,
    SealedGrantTaken,
    Sealer,
    SetAside,
    Unsealable,
)
from domain.ports.secrets import (
    SecretConflict,
    SecretKind,
    SecretMissing,
    SecretPath,
    SecretStore,
    SecretStoreUnavailable,
    StoredSecret,
)
from domain.ports.setup import (
    Dependency,
    Examiner,
    Migrator,
    VaultSetup,
)
from domain.ports.signing import (
    JwtSigner,
    UnusableKey,
)
from domain.ports.stores import (
    AppStore,
    ConnectionStore,
    CursorKey,
    FlowStore,
    FlowTaken,
    NewConnection,
)
from domain.ports.system import (
    Clock,
    Correlation,
    Entropy,
    EventLog,
)

__all__ = [
    "MOST_CONNECTIONS",
    "Acting",
    "AnnouncedCredential",
    "ApiKeyStore",
    "AppIncidents",
    "AppStore",
    "AuditEventStore",
    "Backlog",
    "Clock",
    "ConnectedApp",
    "ConnectedAppStore",
    "ConnectionRecords",
    "ConnectionStore",
    "Correlation",
    "CredentialBusy",
    "CredentialRecord",
    "CredentialStore",
    "CursorKey",
    "Dependency",
    "DueRefreshes",
    "Ending",
    "EndingGrants",
    "Entropy",
    "EventLog",
    "Examiner",
    "ExpectedSecret",
    "FlowStore",
    "FlowTaken",
    "Hint",
    "HintKind",
    "HintListener",
    "Hints",
    "JwtSigner",
    "JwtVerifier",
    "KeptSecret",
    "Lease",
    "LeaseLost",
    "Migrator",
    "NamedConnection",
    "NewConnection",
    "NotNow",
    "NothingSent",
    "OffboardingStore",
    "OrganisationStore",
    "Page",
    "RefreshLeases",
    "SealedGrant",
    "SealedGrantStore",
    "SealedGrantTaken",
    "Sealer",
    "SecretConflict",
    "SecretInventory",
    "SecretKind",
    "SecretLedger",
    "SecretMissing",
    "SecretPath",
    "SecretStore",
    "SecretStoreUnavailable",
    "SetAside",
    "SigningKeyStore",
    "StoredSecret",
    "TokenExchanger",
    "Unsealable",
    "UnusableKey",
    "VaultSetup",
]
