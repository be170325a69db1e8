"""A refusal on the wire."""

from typing import Any

import msgspec


class RefusalBody(msgspec.Struct, kw_only=True):
    """``code`` for programs, ``message`` for people; RFC 9457's members stand beside them.

    ``extensions.requestId`` is always there; ``extensions.fields`` names the members of a request that are wrong.
    """

    code: str
    message: str
    extensions: dict[str, Any]
    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
