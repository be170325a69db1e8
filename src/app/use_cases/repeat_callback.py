"""A callback that comes again: the answer is the first one's.

A flow that was claimed and not recorded, and whose deadline is over, is looked up at the path allotted to its grant:
no data version is ever made there but the grant itself, so that "a version exists" means "the grant is there".
"""

import asyncio
import random

import attrs

from app.use_cases.client_secret import ReadClientSecret
from app.use_cases.read_credential import LoadCredential
from app.use_cases.record_connection import Connected, RecordConnection
from domain.errors import CallbackInProgress, FlowInterrupted, InvalidState, NotFound
from domain.flows import AuthorizationFlow, FlowStatus, error_of
from domain.oauth.authorization_code import Callback
from domain.ports import ConnectionStore, FlowStore, SecretKind, SecretMissing, SecretPath, SecretStore
from domain.tokens import TokenGrant

_WAIT_SECONDS = 20.0  # api.md: after that, callback_in_progress
_POLL_SECONDS = 0.1


@attrs.frozen(kw_only=True)
class RepeatCallback:
    """Answer as the first time: its result, its error, or what became of it."""

    flows: FlowStore
    connections: ConnectionStore
    secrets: SecretStore
    client_secret: ReadClientSecret
    load: LoadCredential
    record: RecordConnection

    async def __call__(self, callback: Callback) -> Connected:
        """The first callback's outcome. Raises InvalidState for another code or error than the first one's."""
        flow = await self._ended(callback)
        match flow.status:
            case FlowStatus.CONNECTED:
                return await self._connected(flow)
            case FlowStatus.FAILED if flow.failure is not None:
                raise error_of(flow.failure)
            case FlowStatus.FINISHING | FlowStatus.INTERRUPTED:
                return await self._adopt(flow)
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

    async def _adopt(self, flow: AuthorizationFlow) -> Connected:
        """Record a grant that was secured and not recorded; where there is none, the flow is interrupted."""
        path = SecretPath(flow.organisation_id, SecretKind.CREDENTIAL, flow.credential_id)
        try:
            stored = await self.secrets.read(path)
        except SecretMissing:
            if flow.status is FlowStatus.FINISHING:
                await self.flows.record_interrupted(flow.organisation_id, flow.id)
            raise FlowInterrupted from None
        grant = TokenGrant.from_document(stored.document)
        if not isinstance(grant, TokenGrant):
            raise FlowInterrupted
        client_secret = await self.client_secret(flow.app_organisation_id, flow.app_id, flow.auth_type)
        return await self.record(flow, grant, version=stored.version, client=flow.client, client_secret=client_secret)
