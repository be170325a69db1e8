"""The service's API, as any client of it has it: the commands have no other way in."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import attrs
import httpx

from domain.secret import Secret

_BASE = "/v1alpha1"
_SECONDS = 60  # a callback may take 40


class ApiError(Exception):
    """The service did not do what was asked of it. The message says what to do, and holds nothing secret."""


class ApiUnanswered(ApiError):
    """Nobody answered."""


class ApiRefused(ApiError):
    """The service said no."""

    def __init__(self, request: str, *, status: int, body: Mapping[str, Any]) -> None:
        code, message = body.get("code", "no code"), body.get("message", "")
        super().__init__(f"{request} was answered with {status} ({code}). {message}".strip())
        self.status = status


@attrs.frozen
class Api:
    """Requests with one key; paths are what follows ``/v1alpha1``."""

    _client: httpx.Client

    def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """The answer. Raises ApiRefused, ApiUnanswered."""
        return self._ask("GET", path, params=query)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer. Raises ApiRefused, ApiUnanswered."""
        return self._ask("POST", path, json=body)

    def is_ready(self) -> bool:
        """What ``/readyz`` says; False also while nobody answers."""
        try:
            return self._client.get("/readyz").status_code == HTTPStatus.OK
        except httpx.TransportError:
            return False

    def _ask(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        request = f"{method} {_BASE}{path}"
        try:
            response = self._client.request(method, _BASE + path, **content)
        except httpx.TransportError as error:
            raise ApiUnanswered(f"{request} was not answered ({type(error).__name__}).") from error
        try:
            body: dict[str, Any] = response.json()
        except ValueError:
            body = {}
        if not response.is_success:
            raise ApiRefused(request, status=response.status_code, body=body)
        return body


@contextmanager
def api_at(url: str, key: Secret) -> Iterator[Api]:
    """The API at this origin."""
    headers = {"Authorization": f"Bearer {key.reveal()}"}
    # What the environment says of proxies is not for a service on this machine.
    with httpx.Client(base_url=url, headers=headers, timeout=_SECONDS, trust_env=False) as client:
        yield Api(client)
