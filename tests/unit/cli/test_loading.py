"""What the command loads before it knows what to do."""

import subprocess
import sys


def test_the_command_loads_neither_the_application_nor_its_metrics() -> None:
    """A worker is forked from it, and makes the metrics of its number as it loads them."""
    told = subprocess.run(
        [sys.executable, "-c", "import sys, app.cli.main; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "app.cli.serve" in told.split()
    assert not {"app.asgi", "app.container", "app.metrics", "litestar"} & set(told.split())
