"""Finalise a connection: the callback.

Nothing is used up before the claim; after it, nothing that the provider hands over is lost to the caller's going away.
A callback that comes again finds the first one's result (``RepeatCallback``).
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import attrs

from app.use_cases.client_secret import ClientSecret, ReadClientSecret
from app.use_cases.current_grants import CurrentGrants
from app.use_cases.in_flight import InFlight
from app.use_cases.minting import Mint
from app.use_cases.record_connection import Connected, RecordConnection
from app.use_cases.repeat_callback import RepeatCallback
from app.use_cases.request_token import EXCHANGE_SECONDS, RequestToken
from app.use_cases.secure_grant import RivalGrant, SecureGrant
from domain.errors import (
    AuthorizationDenied,
    FlowFailed,
    InvalidState,
    ProviderError,
    StorageUnavailable,
)
from domain.flows import AuthorizationFlow, FlowEvent, Presenter, failure_of, statuses_before, without_secrets
from domain.ids import AttemptId
from domain.oauth.account import ExpectedIdToken
from domain.oauth.authorization_code import AuthorizationGrant, Callback, Refusal, accept_callback, token_request
from domain.ports import EventLog, FlowStore, FlowTaken, SecretKind, SecretPath, SecretStore, SecretStoreUnavailable
from domain.secret import Secret

SECURE_SECONDS = 20.0
"""api.md: from the provider's answer until the caller is told that nothing could be made durable."""
RECORD_SECONDS = 10.0
"""From there until a caller is told that Postgres did not take the record."""
_RECORD_PAUSE_SECONDS = 0.5


@attrs.frozen(kw_only=True)
class FinaliseConnection:
    """Find the flow, judge the answer, claim, exchange the code, secure the grant, record it."""

    mint: Mint
    flows: FlowStore
    secrets: SecretStore
    client_secret: ReadClientSecret
    request_token: RequestToken
    secure: SecureGrant
    record: RecordConnection
    repeat: RepeatCallback
    current: CurrentGrants
    in_flight: InFlight
    events: EventLog
    secure_seconds: float = SECURE_SECONDS
    record_seconds: float = RECORD_SECONDS

    async def __call__(self, presenter: Presenter, callback: Callback) -> Connected:
        """The connection and its credential, now or from the first time that this callback came.

        Raises InvalidState, FlowFailed's leaves, FlowInterrupted, CallbackInProgress, StorageUnavailable.
        """
        flow = await self.flows.find_by_state(callback.state)
        if flow is None:
            raise InvalidState
        answer = accept_callback(flow, callback, presenter)
        if flow.status not in statuses_before(FlowEvent.CLAIM):
            return await self.repeat(callback)
        client_secret = await self._ready(flow, answer)
        # Shielded from here on: a claim that nobody goes on with is an interrupted flow.
        return await self.in_flight.run(self._finish(flow, callback, answer, client_secret))

    async def _ready(self, flow: AuthorizationFlow, answer: AuthorizationGrant | Refusal) -> ClientSecret | None:
        """Have what the exchange needs, and know that the store takes writes: no code is redeemed into a void."""
        if isinstance(answer, Refusal):
            return None
        of_app = (flow.app_organisation_id, flow.app_id, flow.auth_type)
        secret = self.client_secret.remembered(*of_app) or await self.client_secret.read(*of_app)
        await self.secrets.ready()
        return secret

    async def _finish(
        self,
        flow: AuthorizationFlow,
        callback: Callback,
        answer: AuthorizationGrant | Refusal,
        client_secret: ClientSecret | None,
    ) -> Connected:
        attempt = self.mint.ulid(AttemptId)
        try:
            newest = await self._claimed(flow, answer, client_secret, attempt)
        except FlowTaken:
            return await self.repeat(callback)
        try:
            if isinstance(answer, Refusal):
                raise _refused(answer)
            return await self._exchange(flow, answer, newest, attempt)
        except FlowFailed as error:
            told = without_secrets(error, callback.secrets())
            self.events.note("flow_failed", flow_id=flow.id, app_id=flow.app_id, code=told.code)
            await self.flows.record_failed(flow.organisation_id, flow.id, failure_of(told))
            raise told from None

    async def _claimed(
        self,
        flow: AuthorizationFlow,
        answer: AuthorizationGrant | Refusal,
        client_secret: ClientSecret | None,
        attempt: AttemptId,
    ) -> Secret | None:
        """Take the flow for good; the client secret to go on with: where the app has a newer one, it is read first."""
        claim = partial(
            self.flows.claim,
            flow,
            answer_fingerprint=answer.fingerprint,
            attempt=attempt,
            seconds_to_finish=EXCHANGE_SECONDS + self.secure_seconds + self.record_seconds,
        )
        if client_secret is None:
            await claim()
            return None
        with suppress(FlowTaken):
            await claim(secrets_version=client_secret.version)
            return client_secret.value
        newest = await self.client_secret(flow.app_organisation_id, flow.app_id, flow.auth_type)
        await claim()
        return newest

    async def _exchange(
        self, flow: AuthorizationFlow, answer: AuthorizationGrant, client_secret: Secret | None, attempt: AttemptId
    ) -> Connected:
        grant, client = await self.request_token(
            flow.client,
            client_secret,
            lambda client: token_request(client, client_secret, answer, redirect_uri=flow.redirect_uri),
            requested_scope=" ".join(flow.scopes),
            attempt=attempt,
            id_token=ExpectedIdToken.of(flow.client, nonce=flow.nonce()) if "openid" in flow.scopes else None,
        )
        path = SecretPath(flow.organisation_id, SecretKind.CREDENTIAL, flow.credential_id)
        try:
            secured = await self.secure(path, grant, version=0, seconds=self.secure_seconds)
        except (SecretStoreUnavailable, RivalGrant) as error:
            self.events.note("flow_interrupted", flow_id=flow.id, app_id=flow.app_id, reason=str(error))
            await self.flows.record_interrupted(flow.organisation_id, flow.id)
            raise SecretStoreUnavailable from error
        record = partial(self.record, flow, grant, version=secured.version, client=client, client_secret=client_secret)
        with self.current.reading(flow.connection_id) as reading:
            connected = await self._patiently(record)
            self.current.connected(reading, flow, grant, secret_version=secured.version)
        self.events.note("flow_connected", flow_id=flow.id, app_id=flow.app_id, connection_id=flow.connection_id)
        return connected

    async def _patiently(self, record: Callable[[], Awaitable[Connected]]) -> Connected:
        """Record in spite of a blip of Postgres: the grant is safe, and recording it twice is as once."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.record_seconds
        while True:
            try:
                return await record()
            except StorageUnavailable:
                if loop.time() + _RECORD_PAUSE_SECONDS > deadline:
                    raise
            await asyncio.sleep(_RECORD_PAUSE_SECONDS)


def _refused(refusal: Refusal) -> FlowFailed:
    error = AuthorizationDenied if refusal.error == "access_denied" else ProviderError
    return error(error=refusal.error, description=refusal.description)
