"""What is in the two stores, for a comparison of both: which secrets there are, and which there should be.

Neither has a memory adapter: one command alone asks them, and what is to be known of them is how the two real stores
behave. tests/integration/cli/test_reconcile.py holds both to what they promise.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import attrs

from domain.ids import ConnectionId, OrganisationId
from domain.ports.secrets import SecretKind, SecretPath


@attrs.frozen(kw_only=True)
class KeptSecret:
    """What is known of a document without reading it."""

    version: int
    created_at: datetime
    updated_at: datetime


@attrs.frozen
class ExpectedSecret:
    """A record that a secret belongs to; ``connection_id`` where it is a connection's credential."""

    path: SecretPath
    connection_id: ConnectionId | None


class SecretInventory(Protocol):
    """What is kept where secrets are, never what they say. Raises SecretStoreUnavailable, also where it is denied."""

    async def organisations(self) -> Sequence[OrganisationId]:
        """Those that something is kept of."""

    async def paths(self, organisation_id: OrganisationId, kind: SecretKind) -> Sequence[SecretPath]:
        """Everything of that kind, at once; what has not our form is not ours, and passed over."""

    async def look_at(self, path: SecretPath) -> KeptSecret | None:
        """None where nothing is kept."""

    async def destroy(self, path: SecretPath) -> None:
        """As ``SecretStore.destroy``."""


class SecretLedger(Protocol):
    """What the records say of secrets."""

    async def organisations(self) -> Sequence[OrganisationId]:
        """All, also those that are being removed."""

    async def unaccounted(
        self, organisation_id: OrganisationId, kind: SecretKind, paths: Sequence[SecretPath]
    ) -> Sequence[SecretPath]:
        """Those of the paths, all of this organisation and kind, that no record leads to.

        An app's does, also of a deleted one; a credential's, whatever is to become of it; a connection's or a flow's,
        which names its credential before there is one; a sealed grant's.
        """

    async def expected(
        self, organisation_id: OrganisationId, kind: SecretKind, *, after: SecretPath | None = None, first: int
    ) -> Sequence[ExpectedSecret]:
        """At most ``first`` records with a secret in Vault, by their ids, from that path on; or all are shown.

        An app's is; a credential's of its own that was written; an active connection's. None whose grant is sealed, or
        that is being removed, as its organisation may be, or whose time is over.
        """

    async def expects(self, path: SecretPath) -> bool:
        """Whether ``expected`` shows it."""
