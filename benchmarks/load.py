"""What a generator is told to ask."""

from collections.abc import Sequence

import attrs


@attrs.frozen(kw_only=True)
class Load:
    """What is asked of one server.

    Attributes:
        header: The name and the value of the one that says who asks.
        body: JSON.

    """

    url: str
    method: str
    targets: Sequence[str]
    header: tuple[str, str]
    connections: int
    body: str = ""
