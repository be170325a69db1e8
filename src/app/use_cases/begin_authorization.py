"""The start page: show what is asked for, then bind the ticket to the browser that goes on."""

from collections.abc import Mapping

import attrs

from domain.errors import InvalidState
from domain.flows import AuthorizationFlow
from domain.ids import FlowId
from domain.oauth.authorization_code import authorization_url
from domain.ports import FlowStore
from domain.secret import Secret

_PROMPTS = frozenset({"login", "consent", "select_account"})  # never none: a person must be able to say no


@attrs.frozen
class ShowStartPage:
    """Find the flow of a ticket; change nothing."""

    flows: FlowStore

    async def __call__(self, ticket: Secret, *, cookies: Mapping[FlowId, Secret]) -> AuthorizationFlow:
        """The flow, while a browser with these cookies may start it. Raises InvalidState."""
        flow = await self.flows.find_by_ticket(ticket)
        if flow is None or not flow.may_be_started_with(cookies):
            raise InvalidState
        return flow


@attrs.frozen
class BeginAuthorization:
    """Bind the ticket to this browser, once, and send it to the provider."""

    flows: FlowStore

    async def __call__(
        self, ticket: Secret, *, cookies: Mapping[FlowId, Secret], form_token: Secret, prompt: str | None
    ) -> Secret:
        """The provider's address. Raises InvalidState for a browser without the flow's cookie and the form's token."""
        flow = await self.flows.find_by_ticket(ticket)
        browser = None if flow is None else cookies.get(flow.id)
        if flow is None or browser is None or form_token != form_token_of(browser, flow):
            raise InvalidState
        if not await self.flows.start(flow.organisation_id, ticket, browser_fingerprint=browser.fingerprint()):
            raise InvalidState
        return authorization_url(flow, prompt=prompt if prompt in _PROMPTS else None)


def form_token_of(browser: Secret, flow: AuthorizationFlow) -> Secret:
    """What the start page's form carries: only whoever can read both page and cookie can send it."""
    return Secret(browser.derive("switchboard start page", message=flow.id))
