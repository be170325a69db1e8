"""What a caller gets while Postgres goes and comes back."""

from typing import Any, cast

import attrs
import pytest

from adapters.memory.hints import MemoryHints
from app.use_cases.current_grants import CurrentGrants
from app.use_cases.fresh_grant import FreshGrant
from app.use_cases.in_flight import InFlight
from app.use_cases.issue_remembered import IssueRemembered
from app.use_cases.issue_token import IssueToken
from app.use_cases.shared_looks import SharedLooks
from app.use_cases.store_outage import StoreOutage
from domain.access import Principal
from domain.connections import Connection
from domain.errors import StorageUnavailable
from domain.ids import ConnectionId, OrganisationId
from domain.ports import ConnectionStore, EventLog
from domain.tokens import TokenGrant
from tests.support.domain_examples import a_connection, a_flow, a_grant, an_api_key, an_app, an_organisation
from tests.support.identities import MovableClock


@attrs.define(eq=False)
class _Postgres:
    """A ConnectionStore that is away until the line to it stands again, of which hints are the first to know."""

    connection: Connection
    current: CurrentGrants
    comes_back: bool
    away: bool = True

    async def get(self, organisation_id: OrganisationId, connection_id: ConnectionId) -> Connection:
        assert (organisation_id, connection_id) == (self.connection.organisation_id, self.connection.id)
        if not self.away:
            return self.connection
        if self.comes_back:
            self.away = False
            self.current.missed()
        raise StorageUnavailable


class _Silent:
    def note(self, event: str, **fields: str) -> None:
        """Nothing is told."""


async def _issued(*, comes_back: bool) -> tuple[str, str]:
    """The token that a caller gets, and the one that was in memory: another than he says was rejected."""
    organisation = an_organisation()
    connection = a_connection(a_flow(organisation, an_app(organisation)))
    grant = a_grant(expires_at=None)
    clock, hints, in_flight = MovableClock(), MemoryHints(), InFlight()
    current = CurrentGrants.of(clock, hints, most=10, grace_seconds=30)
    with current.reading(connection.id) as reading:
        current.keep(reading, connection, grant)

    async def fresh(_: Connection, **__: Any) -> TokenGrant:
        return grant

    issue = IssueToken(
        clock=clock,
        connections=cast("ConnectionStore", _Postgres(connection, current, comes_back)),
        looks=SharedLooks(in_flight),
        fresh=cast("FreshGrant", fresh),
        remembered=IssueRemembered(clock=clock, current=current),
        current=current,
        outage=StoreOutage(in_flight),
        events=cast("EventLog", _Silent()),
    )
    principal: Principal = an_api_key(organisation).principal
    token = await issue(principal, organisation.id, connection.id, minimum_validity=0, rejected="another")
    return token.access_token.reveal(), grant.access_token.reveal()


@pytest.mark.parametrize("comes_back", [False, True])
async def test_r1_a_token_that_was_in_memory_is_issued_while_postgres_is_away_and_at_the_moment_of_its_return(
    comes_back: bool,
) -> None:
    issued, remembered = await _issued(comes_back=comes_back)
    assert issued == remembered
