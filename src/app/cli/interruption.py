"""Ctrl-C and its like interrupt a command once; then it stops what it started, in peace."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible() -> Iterator[None]:
    """The first SIGINT, SIGTERM or SIGHUP interrupts what stands inside, as KeyboardInterrupt.

    From then on, and after what stands inside, they do nothing: what stops the servers is not interrupted itself.
    """
    for number in _SIGNALS:
        # `nohup` is heeded. Not so for the others: a script's `switchboard dev &` starts with SIGINT ignored.
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        yield
    finally:
        _be_deaf()


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    _be_deaf()
    raise KeyboardInterrupt


def _be_deaf() -> None:
    # A function, not SIG_IGN: that would be handed on to what is started from now on.
    for number in _SIGNALS:
        signal.signal(number, _do_nothing)


def _do_nothing(number: int, frame: FrameType | None) -> None:
    del number, frame
