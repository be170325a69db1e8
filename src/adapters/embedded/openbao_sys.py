"""The few words said to OpenBao's ``sys`` before anybody can log in.

By the standard library's client: hvac has its own room.
"""

import http.client
import json
from http import HTTPStatus
from typing import Any

import attrs

from adapters.embedded.errors import EmbeddedServerFailed
from adapters.embedded.tcp_ports import LOOPBACK
from domain.secret import Secret

# What GET sys/health answers with (503 while sealed, 429 as a standby, which it is for a moment after unsealing).
READY = HTTPStatus.OK
NOT_INITIALISED = HTTPStatus.NOT_IMPLEMENTED

_SECONDS_FOR_AN_ANSWER = 30


@attrs.frozen
class Keys:
    """What opens one OpenBao: the single share of its unseal key, and the root token."""

    unseal_key: Secret
    root_token: Secret


def health(port: int) -> int | None:
    """The status of sys/health; None while nobody answers."""
    try:
        status, _ = _ask(port, "GET", "/v1/sys/health")
    except (OSError, http.client.HTTPException):
        return None
    return status


def initialise(port: int) -> Keys:
    """Initialise with one key share. The keys are nowhere but in the answer. Raises EmbeddedServerFailed."""
    answer = _told(port, "/v1/sys/init", {"secret_shares": 1, "secret_threshold": 1})
    return Keys(unseal_key=Secret(answer["keys_base64"][0]), root_token=Secret(answer["root_token"]))


def unseal(port: int, keys: Keys) -> None:
    """Unseal with the only share. Raises EmbeddedServerFailed if it is another OpenBao's."""
    _told(port, "/v1/sys/unseal", {"key": keys.unseal_key.reveal()})


def _told(port: int, path: str, body: dict[str, object]) -> dict[str, Any]:
    try:
        status, answer = _ask(port, "PUT", path, body=json.dumps(body))
    except (OSError, http.client.HTTPException) as error:
        raise EmbeddedServerFailed(f"OpenBao did not answer {path}: {type(error).__name__}.") from error
    if status != HTTPStatus.OK:
        raise EmbeddedServerFailed(f"OpenBao answered {path} with status {status}.")
    parsed: dict[str, Any] = json.loads(answer)
    return parsed


def _ask(port: int, method: str, path: str, *, body: str | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_SECONDS_FOR_AN_ANSWER)
    try:
        connection.request(method, path, body=body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
