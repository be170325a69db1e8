"""A flow brought to where a test needs it, by the store's own methods."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import attrs

from domain.flows import AuthorizationFlow, FlowEvent, FlowFailure, FlowStatus
from domain.ids import AttemptId
from domain.ports import FlowStore, FlowTaken
from domain.secret import Secret
from tests.contract.stores import Time
from tests.support.domain_examples import a_new_connection, a_secret, an_id

LIFE = timedelta(minutes=10)
"""How long the flow of these tests has from its beginning to its claim."""

FAILURE = FlowFailure(
    code="provider_error", message="The provider refused.", error="invalid_scope", description="No such scope: ünïcode"
)


@attrs.frozen
class KeptFlow:
    """A FlowStore and one flow that is in it, and was started by the browser with this cookie, if it was started."""

    store: FlowStore
    flow: AuthorizationFlow
    browser: Secret = attrs.field(factory=a_secret)

    @property
    def ticket(self) -> Secret:
        assert self.flow.ticket is not None
        return self.flow.ticket

    @property
    def state(self) -> Secret:
        assert self.flow.state is not None
        return self.flow.state

    async def read(self) -> AuthorizationFlow:
        return await self.store.get(self.flow.organisation_id, self.flow.id)

    async def start(self) -> bool:
        return await self.store.start(
            self.flow.organisation_id, self.ticket, browser_fingerprint=self.browser.fingerprint()
        )

    async def claim(self, *, seconds_to_finish: float = 60, secrets_version: int | None = None) -> AttemptId:
        """Raises FlowTaken."""
        attempt = an_id(AttemptId)
        await self.store.claim(
            self.flow,
            answer_fingerprint=a_secret().fingerprint(),
            attempt=attempt,
            seconds_to_finish=seconds_to_finish,
            secrets_version=secrets_version,
        )
        return attempt

    async def connect(self) -> None:
        await self.store.record_connected(self.flow.id, a_new_connection(self.flow))

    async def fail(self) -> None:
        await self.store.record_failed(self.flow.organisation_id, self.flow.id, FAILURE)

    async def interrupt(self) -> None:
        await self.store.record_interrupted(self.flow.organisation_id, self.flow.id)

    async def bring_to(self, status: FlowStatus, time: Time) -> None:
        """From waiting, by what must happen in between."""
        for event in _WAY_TO[status]:
            if event is FlowEvent.LAPSE:
                await time.passes(LIFE)
            else:
                await self.try_to(event)
        assert (await self.read()).status is status

    async def try_to(self, event: FlowEvent) -> None:
        """Have the event happen if the store lets it."""
        attempts: Mapping[FlowEvent, Callable[[], Awaitable[object]]] = {
            FlowEvent.START: self.start,
            FlowEvent.CLAIM: self.claim,
            FlowEvent.CONNECT: self.connect,
            FlowEvent.FAIL: self.fail,
            FlowEvent.INTERRUPT: self.interrupt,
        }
        try:
            await attempts[event]()
        except FlowTaken:
            return


_WAY_TO: Mapping[FlowStatus, tuple[FlowEvent, ...]] = {
    FlowStatus.WAITING: (),
    FlowStatus.STARTED: (FlowEvent.START,),
    FlowStatus.FINISHING: (FlowEvent.START, FlowEvent.CLAIM),
    FlowStatus.CONNECTED: (FlowEvent.START, FlowEvent.CLAIM, FlowEvent.CONNECT),
    FlowStatus.FAILED: (FlowEvent.START, FlowEvent.CLAIM, FlowEvent.FAIL),
    FlowStatus.INTERRUPTED: (FlowEvent.START, FlowEvent.CLAIM, FlowEvent.INTERRUPT),
    FlowStatus.LAPSED: (FlowEvent.START, FlowEvent.LAPSE),
}
