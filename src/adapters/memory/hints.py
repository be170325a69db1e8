import attrs

from domain.ports import Hint, HintListener


@attrs.define
class MemoryHints:
    """A Hints of one process alone; ``silent`` is for a test to say that nothing is heard."""

    silent: bool = False
    _listeners: list[HintListener] = attrs.field(factory=list, init=False)

    def publish(self, hint: Hint) -> None:
        for listener in self._listeners:
            listener.told(hint)

    def subscribe(self, listener: HintListener) -> None:
        self._listeners.append(listener)

    def heard_within(self, seconds: float) -> bool:
        del seconds
        return not self.silent
