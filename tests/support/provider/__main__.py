"""The provider's process: serve on a free loopback port, say the issuer on one line, live no longer than the parent."""

import argparse
import asyncio
import ctypes
import os
import signal
import socket
import sys

from aiohttp import web

from tests.support.provider.app import create_app
from tests.support.provider.state import Provider

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.provider")
    parser.add_argument("--parent", type=int, required=True, help="the process whose death ends this one")
    parser.add_argument("--host", default="127.0.0.1", help="how the issuer spells this machine")
    options = parser.parse_args()
    die_with(options.parent)
    listener = socket.create_server(("127.0.0.1", 0))
    asyncio.run(serve(Provider(f"http://{options.host}:{listener.getsockname()[1]}"), listener))


def die_with(parent: int) -> None:
    """Have the kernel end this process with its parent, also with one that died before it was asked."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("The parent is gone.")


async def serve(provider: Provider, listener: socket.socket) -> None:
    runner = web.AppRunner(create_app(provider), access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    sys.stdout.write(f"{provider.issuer}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    main()
