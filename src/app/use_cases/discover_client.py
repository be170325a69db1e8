"""The OAuth client with which a flow begins: as configured, or with its provider's metadata."""

from datetime import datetime, timedelta

import attrs

from domain.auth_configs import OAuth2Config, OidcConfig
from domain.errors import ProviderUnavailable
from domain.oauth.client import OAuthClient
from domain.oauth.metadata import ProviderMetadata, discovered_client, metadata_request, read_metadata
from domain.ports import Clock, NothingSent, TokenExchanger

_KEPT_SECONDS = 3600  # where the answer does not say
_KEPT_AT_MOST_SECONDS = 86_400
_DOCUMENTS_AT_MOST = 1000


@attrs.frozen
class _Document:
    metadata: ProviderMetadata
    fresh_until: datetime


@attrs.frozen(kw_only=True)
class DiscoverClient:
    """Read a provider's metadata; kept in memory while its headers allow, and longer while it cannot be had."""

    clock: Clock
    exchanger: TokenExchanger
    documents: dict[str, _Document] = attrs.field(factory=dict)

    async def __call__(self, config: OAuth2Config | OidcConfig) -> OAuthClient:
        """The client. Raises ProviderUnavailable, ProviderProtocolError; InvalidRequest where S256 is not offered."""
        if isinstance(config, OAuth2Config):
            return config.client()
        return discovered_client(config, await self._metadata(config.discovery_url))

    async def _metadata(self, discovery_url: str) -> ProviderMetadata:
        kept = self.documents.get(discovery_url)
        if kept is not None and self.clock.now() < kept.fresh_until:
            return kept.metadata
        try:
            return await self._fetch(discovery_url)
        except ProviderUnavailable:
            if kept is None:
                raise
            return kept.metadata

    async def _fetch(self, discovery_url: str) -> ProviderMetadata:
        try:
            response = await self.exchanger.send(metadata_request(discovery_url))
        except NothingSent as error:
            raise ProviderUnavailable("The provider's discovery address cannot be reached.") from error
        metadata = read_metadata(response, discovery_url=discovery_url)
        seconds = min(_KEPT_SECONDS if response.max_age is None else response.max_age, _KEPT_AT_MOST_SECONDS)
        if len(self.documents) >= _DOCUMENTS_AT_MOST:
            del self.documents[next(iter(self.documents))]
        self.documents[discovery_url] = _Document(metadata, self.clock.now() + timedelta(seconds=seconds))
        return metadata
