"""A server process whose parent is killed while it starts, before it handles signals itself."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress

import psutil

from tests.support.waiting import until

# As granian's: the parent handles SIGTERM, and a child that it forks inherits that.
_PARENT = """
import multiprocessing, os, signal

from adapters.system.parent import die_with_parent

def starts():
    die_with_parent()
    print(os.getpid(), flush=True)
    while True:
        signal.pause()

signal.signal(signal.SIGTERM, lambda *_: None)
child = multiprocessing.get_context("fork").Process(target=starts)
child.start()
child.join()
"""


async def test_a_process_whose_parent_is_killed_while_it_starts_does_not_live_on() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", _PARENT, stdout=PIPE, env=environment)
    assert parent.stdout is not None
    child = psutil.Process(int(await parent.stdout.readline()))
    parent.kill()
    await parent.wait()
    try:
        await until(lambda: not lives(child))
    finally:
        with suppress(psutil.NoSuchProcess):
            child.kill()


def lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)  # which nobody has asked after yet
    except psutil.NoSuchProcess:
        return False
