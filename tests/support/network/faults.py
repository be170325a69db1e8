"""What can go wrong between two machines. ``to``: only with a request that has these bytes in it, on any connection."""

from typing import Literal

import attrs


@attrs.frozen
class Latency:
    """What is asked arrives so much later."""

    seconds: float
    to: bytes = b""


@attrs.frozen
class Reset:
    """The connection is reset before the request is handed on, or right after it."""

    when: Literal["before", "after"]
    to: bytes = b""


@attrs.frozen
class LoseAnswer:
    """The request has its effect; the connection is reset instead of the answer."""

    to: bytes = b""


@attrs.frozen
class Cut:
    """The answer ends after so many bytes: in order, or by a reset."""

    after_bytes: int
    by_reset: bool = False
    to: bytes = b""


@attrs.frozen
class BlackHole:
    """What is asked goes nowhere, and nothing comes back; the connection stays open."""

    to: bytes = b""


@attrs.frozen
class Slicer:
    """Both sides get one byte at a time."""

    to: bytes = b""


Fault = Latency | Reset | LoseAnswer | Cut | BlackHole | Slicer
