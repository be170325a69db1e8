"""What is true at the end: the provider's ledger against Vault and Postgres."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

import attrs

from adapters.postgres.pool import Pool
from tests.support.postgres import behind
from tests.support.provider import GrantTruth, Ledger
from tests.support.service import Setting
from tests.support.vault import VaultMount

# A connection without its credential's record is seen as the one, a credential without its connection as the other.
_RECORDED = """
SELECT coalesce(credentials.id, connections.credential_id) AS id, connections.secret_version
FROM connections FULL JOIN credentials ON credentials.id = connections.credential_id
WHERE %s IN (credentials.organisation_id, connections.organisation_id)
"""
_SEALED = "SELECT attempt FROM sealed_grants WHERE organisation_id = %s AND set_aside IS NULL"


@attrs.frozen
class Reckoning:
    """One organisation's grants, wherever they are.

    Attributes:
        ledger: What the provider saw of the app's client.
        documents: The credentials in Vault, by id.
        recorded: The credentials in Postgres, by id, each with the version that its connection says.
        sealed: How many grants wait sealed.
        versions: How many versions Vault keeps of each credential.

    """

    ledger: Ledger
    documents: Mapping[str, Mapping[str, str]]
    recorded: Mapping[str, int]
    sealed: int
    versions: Mapping[str, int]

    def kept(self) -> list[GrantTruth]:
        """The grants whose newest refresh token is in Vault."""
        held = {document.get("refresh_token") for document in self.documents.values()}
        return [grant for grant in self.ledger.grants if not grant.revoked and grant.refresh_token in held]

    def issued(self) -> list[GrantTruth]:
        """The grants that brought a token."""
        return [grant for grant in self.ledger.grants if grant.access_token is not None]

    def refreshes(self) -> int:
        """How many refreshes the provider saw."""
        return sum(seen.refresh_token_sha256 is not None for seen in self.ledger.token_requests)

    def check(self) -> None:
        """No secret without a record, no record without a secret, nothing left sealed, no code or token misused.

        R9: no version but the newest is there to be read.
        """
        assert set(self.documents) == set(self.recorded)
        assert set(self.versions.values()) <= {1}, self.versions
        assert self.sealed == 0
        assert not self.ledger.count("code_reused")
        codes = Counter(seen.code_sha256 for seen in self.ledger.token_requests if seen.code_sha256 is not None)
        assert all(times == 1 for times in codes.values()), codes
        shown = Counter(seen.refresh_token_sha256 for seen in self.ledger.token_requests if seen.refresh_token_sha256)
        assert all(times <= 2 for times in shown.values()), shown
        assert not self.shown_after_a_newer()

    def shown_after_a_newer(self) -> list[str]:
        """The refresh tokens that were shown after one that came of them was: whoever did that knew better."""
        came_of = {seen.issued_sha256: seen.refresh_token_sha256 for seen in self.ledger.token_requests if seen.effect}
        known: set[str | None] = set()
        wrong = []
        for seen in self.ledger.token_requests:
            token = seen.refresh_token_sha256
            if token is not None and token in known:
                wrong.append(token)
            ancestor = came_of.get(token)
            if token is not None and ancestor is not None and ancestor != token:
                known.add(ancestor)
        return wrong


class Stores(Protocol):
    """Where to look, past any network."""

    @property
    def pool(self) -> Pool: ...

    @property
    def mount(self) -> VaultMount: ...


async def reckon(world: Stores, relay: Setting) -> Reckoning:
    """Look into all three, past the network."""
    organisation = relay.caller.organisation_id
    listed = await _vault(world, "LIST", f"metadata/{organisation}/credentials")
    documents = {
        name: (await _vault(world, "GET", f"data/{organisation}/credentials/{name}"))["data"]
        for name in listed.get("keys", ())
    }
    versions = {
        name: len((await _vault(world, "GET", f"metadata/{organisation}/credentials/{name}"))["versions"])
        for name in documents
    }
    async with behind(world.pool) as connection:
        rows = await (await connection.execute(_RECORDED, [organisation])).fetchall()
        sealed = await (await connection.execute(_SEALED, [organisation])).fetchall()
    ledger = await relay.provider.ledger(relay.client_id)
    recorded = {row["id"]: row["secret_version"] for row in rows}
    return Reckoning(ledger, documents, recorded, len(sealed), versions)


async def _vault(world: Stores, method: str, path: str) -> Mapping[str, Any]:
    _, answer = await world.mount.as_root(method, f"{world.mount.mount}/{path}")
    data: Mapping[str, Any] = answer.get("data") or {}
    return data
