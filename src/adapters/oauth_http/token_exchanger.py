"""TokenExchanger over the guarded client: one request out, one answer back, whole and bounded."""

import asyncio
from datetime import UTC, datetime
from urllib.parse import urlencode

import attrs
import httpx

from adapters.oauth_http.client import parsed_url
from adapters.oauth_http.failures import WIRE_ERRORS, in_our_words, without_secrets
from adapters.oauth_http.freshness import max_age, retry_after
from domain.errors import ProviderProtocolError
from domain.oauth.http import ProviderRequest, ProviderResponse
from domain.ports import Correlation
from domain.secret import Secret

TOTAL_SECONDS = 15.0
_REQUEST_ID = "X-Request-Id"
LARGEST_BODY = 256 * 1024
"""Bytes. Counted while they come, and never unpacked: one chunk of a bomb is 16 MB before anybody counts."""


@attrs.frozen
class HttpTokenExchanger:
    """The client comes from ``open_provider_client``: it bounds connecting and guards where requests go."""

    client: httpx.AsyncClient
    correlation: Correlation
    total_seconds: float = attrs.field(default=TOTAL_SECONDS, kw_only=True)

    async def send(self, request: ProviderRequest) -> ProviderResponse:
        """See the port. A POST goes out once at most; what its method allows (RFC 9110 §9.2.2) may twice."""
        try:
            async with asyncio.timeout(self.total_seconds):
                return await self._exchange(request)
        except WIRE_ERRORS as error:
            failure, cause = in_our_words(error), without_secrets(error)
        # Outside the handler: else the library's error is the context of ours, and holds the request or the body.
        raise failure from cause

    async def _exchange(self, request: ProviderRequest) -> ProviderResponse:
        headers = httpx.Headers({name: value.reveal() for name, value in request.headers.items()})
        request_id = self.correlation.request_id()
        if request_id is not None:
            headers.setdefault(_REQUEST_ID, request_id)  # an app's config may have a header of this name
        content = None if request.body is None else request.body.reveal().encode()
        if request.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            content = urlencode({name: value.reveal() for name, value in request.form.items()}).encode()
        url = parsed_url(request.url)
        async with self.client.stream(request.method, url, headers=headers, content=content) as response:
            return ProviderResponse(
                status=response.status_code,
                content_type=response.headers.get("Content-Type", "").lower(),
                body=await _body(response),
                max_age=max_age(response.headers.get("Cache-Control", "")),
                retry_after=retry_after(response.headers.get("Retry-After", ""), now=datetime.now(UTC)),
            )


async def _body(response: httpx.Response) -> Secret:
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise ProviderProtocolError("The provider's answer is compressed, which was not asked for.")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise ProviderProtocolError("The provider's answer is larger than 256 KiB.")
    return Secret(body.decode("utf-8-sig"))
