"""Refreshes as a test needs them recorded."""

from domain.connections import Connection
from domain.ports import Lease, RefreshLeases
from domain.tokens import TokenGrant
from tests.support.domain_examples import a_grant

SECONDS = 30.0


async def taken(leases: RefreshLeases, connection: Connection, *, through_rest: bool = False) -> Lease:
    """The connection's lease, which is to be had."""
    lease = await leases.take(connection.organisation_id, connection.id, seconds=SECONDS, through_rest=through_rest)
    assert isinstance(lease, Lease), lease
    return lease


async def refreshed(
    leases: RefreshLeases, connection: Connection, *, version: int, grant: TokenGrant | None = None
) -> None:
    """Record a refresh of the connection, as a holder does."""
    assert await leases.record(await taken(leases, connection), grant or a_grant(), secret_version=version)


async def ended(
    leases: RefreshLeases, connection: Connection, *, reason: str = "invalid_grant", version: int = 2**40
) -> None:
    """Record that the connection's grant is over, as a holder does."""
    assert await leases.end(await taken(leases, connection), reason=reason, secret_version=version)
