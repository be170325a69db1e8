"""nghttp2's h2load as a generator, by HTTP/1.1: ``GENERATOR=h2load make bench`` (Debian's ``nghttp2-client``).

All clients of one h2load begin with the first target: so each connection is a process of its own, with targets of its
own. The header is among that process's arguments, for h2load takes it nowhere else: what it opens is this run's alone.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.children import Work, together
from benchmarks.load import Load


async def h2load(load: Load, *, seconds: float | None, expected: int) -> Work:
    """Ask in a closed loop for so long, or without ``seconds`` each target once."""
    shares = [load.targets[number :: load.connections] for number in range(load.connections)]
    logs = await asyncio.gather(*(_one(load, share, seconds) for share in shares if share))
    return together([read_log(log, expected, whole=seconds is None) for log in logs if log])


async def _one(load: Load, targets: Sequence[str], seconds: float | None) -> str:
    """The log: a line for each answer has when it was asked for, its status, and how long that took."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        options = [*_options(load, targets, Path(folder), seconds), f"--log-file={log}"]
        process = await asyncio.create_subprocess_exec("h2load", *options, stdout=asyncio.subprocess.DEVNULL)
        try:
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
        return await asyncio.to_thread(log.read_text)


def _options(load: Load, targets: Sequence[str], folder: Path, seconds: float | None) -> list[str]:
    uris, body, (name, value) = folder / "uris", folder / "body", load.header
    uris.write_text("".join(f"{load.url}{target}\n" for target in targets))
    body.write_text(load.body)
    return [
        "--h1",
        "--clients=1",
        f"--input-file={uris}",
        f"--header={name}: {value}",
        *([f"--data={body}", "--header=Content-Type: application/json"] if load.body else []),
        f"--header=:method: {load.method}",
        f"--requests={len(targets)}" if seconds is None else f"--duration={max(1, round(seconds))}",  # whole seconds
    ]


def read_log(log: str, expected: int, *, whole: bool) -> Work:
    """What one process got; a request without an answer has a status of -1.

    Unless it is the ``whole`` that was asked for, what is under way at the end is not there. So that this does not make
    the rate less, the time begins with the first answer then.
    """
    answers = [tuple(map(int, line.split("\t"))) for line in log.splitlines()]
    took = [microseconds / 1e6 for _, status, microseconds in answers if status == expected]
    ended = [asked + microseconds for asked, _, microseconds in answers]
    return Work(
        done=len(took),
        errors=len(answers) - len(took),
        began=min(asked for asked, _, _ in answers) / 1e6 if whole else min(ended) / 1e6,
        ended=max(ended) / 1e6,
        busy=0,
        seconds=took,
    )
