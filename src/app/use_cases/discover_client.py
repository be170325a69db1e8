"""The OAuth client with which a flow begins: as configured, or with its provider's metadata."""

import asyncio
from datetime import datetime, timedelta

import attrs

from app.use_cases.in_flight import InFlight
from domain.auth_configs import OAuth2Config, OidcConfig
from domain.errors import ProviderUnavailable
from domain.oauth.client import OAuthClient
from domain.oauth.metadata import ProviderMetadata, discovered_client, metadata_request, read_metadata
from domain.ports import Clock, NothingSent, TokenExchanger

_KEPT = timedelta(hours=1)  # where the answer does not say
_KEPT_AT_MOST = timedelta(days=1)
_STALE_AT_MOST = timedelta(days=7)
_RETRIED_AFTER = timedelta(seconds=30)
_SECONDS_TO_WAIT_FOR_NEWS = 3
_DOCUMENTS_AT_MOST = 1000


@attrs.frozen(kw_only=True)
class _Document:
    metadata: ProviderMetadata
    read_at: datetime
    ask_again_at: datetime


@attrs.frozen(kw_only=True)
class DiscoverClient:
    """Read a provider's metadata; kept in memory while its headers allow, and longer while it cannot be had.

    One request at a time for each address, however many flows begin. Where an older document is at hand nobody waits
    longer for a newer one than some seconds, and a provider that is down is not asked by every flow.
    """

    clock: Clock
    exchanger: TokenExchanger
    in_flight: InFlight
    documents: dict[str, _Document] = attrs.field(factory=dict)
    running: dict[str, asyncio.Task[ProviderMetadata]] = attrs.field(factory=dict)

    async def __call__(self, config: OAuth2Config | OidcConfig) -> OAuthClient:
        """The client. Raises ProviderUnavailable, ProviderProtocolError; InvalidRequest where S256 is not offered."""
        if isinstance(config, OAuth2Config):
            return config.client()
        return discovered_client(config, await self._metadata(config.discovery_url))

    async def _metadata(self, discovery_url: str) -> ProviderMetadata:
        kept = self.documents.get(discovery_url)
        if kept is None or self.clock.now() >= kept.read_at + _STALE_AT_MOST:
            return await asyncio.shield(self._fetching(discovery_url))
        if self.clock.now() < kept.ask_again_at:
            return kept.metadata
        try:
            async with asyncio.timeout(_SECONDS_TO_WAIT_FOR_NEWS):
                return await asyncio.shield(self._fetching(discovery_url))
        except (ProviderUnavailable, TimeoutError):
            return kept.metadata

    def _fetching(self, discovery_url: str) -> asyncio.Task[ProviderMetadata]:
        task = self.running.get(discovery_url)
        if task is None:
            task = self.in_flight.start(self._fetch(discovery_url))
            self.running[discovery_url] = task
            task.add_done_callback(lambda _: self.running.pop(discovery_url))
        return task

    async def _fetch(self, discovery_url: str) -> ProviderMetadata:
        try:
            response = await self.exchanger.send(metadata_request(discovery_url))
            metadata = read_metadata(response, discovery_url=discovery_url)
        except NothingSent as error:
            self._postpone(discovery_url)
            raise ProviderUnavailable("The provider's discovery address cannot be reached.") from error
        except ProviderUnavailable:
            self._postpone(discovery_url)
            raise
        kept_for = _KEPT if response.max_age is None else min(timedelta(seconds=response.max_age), _KEPT_AT_MOST)
        if len(self.documents) >= _DOCUMENTS_AT_MOST:
            del self.documents[next(iter(self.documents))]
        now = self.clock.now()
        self.documents[discovery_url] = _Document(metadata=metadata, read_at=now, ask_again_at=now + kept_for)
        return metadata

    def _postpone(self, discovery_url: str) -> None:
        kept = self.documents.get(discovery_url)
        if kept is not None:
            again = self.clock.now() + _RETRIED_AFTER
            self.documents[discovery_url] = attrs.evolve(kept, ask_again_at=again)
