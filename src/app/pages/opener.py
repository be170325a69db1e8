"""What the clean page tells the page that opened it: the connection, or our code; never a code, never a token."""

import attrs
import msgspec

from app.http.wire.connections import ConnectionBody
from app.http.wire.flows import FlowBody
from app.use_cases.finish_in_browser import Result
from domain.errors import FlowInterrupted


@attrs.frozen
class Told:
    """JSON, each: the origins that may know, and what they are told."""

    origins: str
    message: str


def told_to_opener(result: Result, *, public_url: str) -> Told | None:
    """None where the app registers no origin, or its connection is gone by now."""
    if not result.origins:
        return None
    return Told(_json(result.origins), _json(_message(result, public_url=public_url)))


def _message(result: Result, *, public_url: str) -> dict[str, object]:
    if result.connected is not None:
        return {"success": True, "connection": ConnectionBody.of(result.connected, public_url=public_url)}
    failure = result.flow.failure
    return {
        "success": False,
        "code": FlowBody.of(result.flow).error,
        "message": FlowInterrupted().message if failure is None else failure.message,
        "flowId": str(result.flow.id),
    }


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
