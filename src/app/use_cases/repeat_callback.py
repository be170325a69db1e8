"""A callback that comes again: the answer is the first one's.

A flow that was claimed and not recorded, and whose deadline is over, is looked up at the path allotted to its grant
(``AdoptGrant``).
"""

import asyncio
import random

import attrs

from app.use_cases.adopt_grant import AdoptGrant
from app.use_cases.read_credential import LoadCredential
from app.use_cases.record_connection import Connected
from domain.errors import CallbackInProgress, InvalidState, NotFound
from domain.flows import AuthorizationFlow, FlowStatus, error_of
from domain.oauth.authorization_code import Callback
from domain.ports import ConnectionStore, FlowStore

_WAIT_SECONDS = 20.0  # api.md: after that, callback_in_progress
_POLL_SECONDS = 0.1


@attrs.frozen(kw_only=True)
class RepeatCallback:
    """Answer as the first time: its result, its error, or what became of it."""

    flows: FlowStore
    connections: ConnectionStore
    load: LoadCredential
    adopt: AdoptGrant

    async def __call__(self, callback: Callback) -> Connected:
        """The first callback's outcome. Raises InvalidState for another code or error than the first one's."""
        flow = await self._ended(callback)
        match flow.status:
            case FlowStatus.CONNECTED:
                return await self._connected(flow)
            case FlowStatus.FAILED if flow.failure is not None:
                raise error_of(flow.failure)
            case FlowStatus.FINISHING | FlowStatus.INTERRUPTED:
                return await self.adopt(flow)
            case _:
                raise InvalidState

    async def _ended(self, callback: Callback) -> AuthorizationFlow:
        """The flow once its claimant is done with it, or has stopped."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _WAIT_SECONDS
        while True:
            found = await self.flows.find_by_state(callback.state)
            if found is None or found.answer_fingerprint != callback.fingerprint():
                raise InvalidState
            if found.status is not FlowStatus.FINISHING or found.overdue:
                return found
            if loop.time() >= deadline:
                raise CallbackInProgress
            await asyncio.sleep(_POLL_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret

    async def _connected(self, flow: AuthorizationFlow) -> Connected:
        """While the connection lives; its credential may be another by now, of a flow that re-authorised it since."""
        try:
            connection = await self.connections.get(flow.organisation_id, flow.connection_id)
            return Connected(flow, await self.load(flow.organisation_id, connection.credential_id))
        except NotFound:
            raise InvalidState from None  # what the flow made is gone: it is over for good
