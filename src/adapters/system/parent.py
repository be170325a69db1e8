"""A server process does not outlive the one that watches over it."""

import ctypes
import multiprocessing
import os
import signal

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Have the kernel end this process, in order, when its parent dies, however that dies (Linux; elsewhere nothing).

    A killed main process would leave workers behind that serve on, with nobody to replace or stop them. Call it before
    anything handles SIGTERM here: a handler that was inherited by the fork is the parent's, and would swallow it.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        prctl = ctypes.CDLL(None).prctl
    except (AttributeError, OSError):
        return
    prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid != os.getppid():  # it died before the kernel was told
        os.kill(os.getpid(), signal.SIGTERM)
