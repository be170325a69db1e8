"""What changed, told among the service's processes, so that none goes on using what it remembers."""

from enum import StrEnum, auto
from typing import Protocol

import attrs


class HintKind(StrEnum):
    CONNECTION = auto()  # its grant, its status, or whether it is there
    API_KEY = auto()  # is nobody's any more
    SIGNING_KEY = auto()  # as an API key
    ORGANISATION = auto()  # is being removed, with all that is in it


@attrs.frozen
class Hint:
    """Look again at what has this identifier, before it is used once more."""

    kind: HintKind
    id: str


class HintListener(Protocol):
    """Both are called in the event loop, and neither waits nor raises."""

    def told(self, hint: Hint) -> None:
        """Something changed."""

    def missed(self) -> None:
        """Hints may have been missed until now: whatever is remembered is unproven."""


class Hints(Protocol):
    """Hints arrive late, more than once, or never: nothing correct rests on one alone.

    Two things are held to: the stores themselves tell of what is revoked, in the very transaction that revokes it; and
    ``heard_within`` says whether this process can have missed one.
    """

    def publish(self, hint: Hint) -> None:
        """Tell all processes, this one at once and the others soon. It neither waits nor fails.

        For what is no revocation, such as a refresh: it belongs in no transaction, and may be lost with the process.
        """

    def subscribe(self, listener: HintListener) -> None:
        """From now on it is told of everything that this process publishes or hears."""

    def heard_within(self, seconds: float) -> bool:
        """Whether all that was committed until ``seconds`` ago has been told to the listeners here."""
