"""hvac over aiohttp: an adapter whose ``request`` is a coroutine, so that hvac's API methods return its awaitable.

Every request has one total deadline, and an answer of at most 2 MiB. **No redirect is followed**, to no host: a standby
redirects when it cannot forward, and Vault redirects an unclean path to a cleaned one, which is another secret. Both
come out as VaultRefusal.
"""

import asyncio
import json as jsonlib
from collections.abc import Mapping
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import aiohttp
import hvac.adapters
from yarl import URL

from adapters.vault.index import newer_index
from domain.ports import Correlation
from domain.secret import Secret

_REQUEST_LIMIT = 1024 * 1024  # raft takes no more, and answers it with a 500 as if it were ill
_ANSWER_LIMIT = 2 * 1024 * 1024
_CHUNK = 64 * 1024
_INDEX = "X-Vault-Index"
_CORRELATION = "X-Correlation-Id"  # Vault writes it to its audit log where it is told to
_OUTSIDE_NAMESPACES = "/v1/sys/health"  # asked in a namespace, it is a 400


class VaultRefusal(Exception):
    """Vault's answer is no success; it has a status, and mostly ``errors``."""

    def __init__(self, status: int, answer: Mapping[str, Any]) -> None:
        self.status = status
        self.answer = answer
        self.errors = tuple(str(error) for error in answer.get("errors") or ())
        super().__init__(f"{status}: {'; '.join(self.errors)}")


class UnusableAnswer(Exception):
    """An answer that Vault does not give: too large, or no JSON object, or without what belongs in it."""


class AiohttpAdapter(hvac.adapters.Adapter):  # type: ignore[misc] # hvac publishes no types
    """``token`` is a Secret or None, and sent with every request from the moment it is set."""

    token: Secret | None

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        address: str,
        namespace: str | None,
        deadline_seconds: float,
        correlation: Correlation,
    ) -> None:
        no_session_of_requests = SimpleNamespace(verify=None, cert=None, proxies=None)
        super().__init__(base_uri=address, namespace=namespace, session=no_session_of_requests)
        self.session = session
        self.deadline_seconds = deadline_seconds
        self.correlation = correlation
        self._written_index: str | None = None

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        raise_exception: bool = True,
        *,
        json: object = None,
        params: Mapping[str, Any] | None = None,
        wrap_ttl: None = None,  # noqa: ARG002 - hvac passes it always; we wrap nothing
    ) -> Any:
        """Vault's answer as a JSON object, an empty one where it has no body.

        Raises VaultRefusal for any status but 2xx (unless ``raise_exception`` is False) and as a 413 for a body that is
        too large to be sent, UnusableAnswer, TimeoutError after the deadline, and aiohttp.ClientError.
        """
        async with (
            asyncio.timeout(self.deadline_seconds),
            self.session.request(
                method.upper(),
                URL(self.urljoin(self.base_uri, url), encoded=True),
                headers={**self._headers(method, url), **(headers or {})},
                data=None if json is None else _body(json),
                params=params,
                allow_redirects=False,
            ) as response,
        ):
            body = await _read(response)
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
            return _refusal(response.status, body, raise_exception=raise_exception)
        if method != "get" and _INDEX in response.headers:
            self._written_index = newer_index(self._written_index, response.headers[_INDEX])
        return _object(body) if body else {}

    def forget_written_index(self) -> None:
        """Read without our newest write's index: a store put back from a backup may never reach it."""
        self._written_index = None

    async def login(self, url: str, use_token: bool = True, **kwargs: Any) -> Any:
        answer = await self.post(url, **kwargs)
        if use_token:
            self.token = Secret(self.get_login_token(answer))
        return answer

    def get_login_token(self, response: Any) -> str:
        try:
            return str(response["auth"]["client_token"])
        except (KeyError, TypeError) as error:
            raise UnusableAnswer("a login without a token") from error

    def _headers(self, method: str, url: str) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "X-Vault-Request": "true",  # without it, Vault Agent's listener may refuse
        }
        if self.token is not None:
            headers["X-Vault-Token"] = self.token.reveal()
        if self.namespace and url != _OUTSIDE_NAMESPACES:
            headers["X-Vault-Namespace"] = self.namespace
        request_id = self.correlation.request_id()
        if request_id is not None:
            headers[_CORRELATION] = request_id
        # Reads alone: a write goes to the active node, which is never behind.
        if method == "get" and self._written_index is not None:
            headers[_INDEX] = self._written_index
        return headers


def _body(json: object) -> bytes:
    # In UTF-8, not in ASCII: escaped, a document may be three times what it was measured to be.
    body = jsonlib.dumps(json, ensure_ascii=False).encode()
    if len(body) > _REQUEST_LIMIT:
        raise VaultRefusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"errors": ["not sent"]})
    return body


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > _ANSWER_LIMIT:
            raise UnusableAnswer("larger than 2 MiB")
    return bytes(body)


def _refusal(status: int, body: bytes, *, raise_exception: bool) -> Any:
    try:
        answer = _object(body)
    except UnusableAnswer:  # a 307 has no body, a gateway's 502 has HTML
        answer = {}
    if raise_exception:
        raise VaultRefusal(status, answer)
    return answer


def _object(body: bytes) -> dict[str, Any]:
    try:
        answer = jsonlib.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnusableAnswer("not JSON") from error
    if not isinstance(answer, dict):
        raise UnusableAnswer("not a JSON object")
    return answer
