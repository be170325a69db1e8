"""Ourselves as another process."""

import sys


def subcommand(*arguments: str) -> list[str]:
    """`switchboard` with these arguments, by this Python.

    ``-P``: a folder called `app` where the user happens to stand is not ours.
    """
    return [sys.executable, "-P", "-c", "from app.cli.main import main; main()", *arguments]
