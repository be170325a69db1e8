"""Who is behind what is done."""

from typing import Protocol

from domain.audit import Actor


class Acting(Protocol):
    """Names who is behind what the stores are told to do, so that their audit events do; unless told it is Switchboard.

    What is begun meanwhile, and goes on longer, stays the deed of whoever began it.
    """

    def become(self, actor: Actor) -> None:
        """What is done from here to the end of the request is this actor's."""
