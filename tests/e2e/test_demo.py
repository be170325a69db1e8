"""What a newcomer sees first."""

import re
from pathlib import Path
from signal import SIGTERM

from tests.e2e.development import start_switchboard
from tests.integration.embedded.servers import family, running, wait_for

_SECONDS = 180
# API keys; OpenBao's and Vault's tokens; JWTs; what addresses carry of a flow; the database's password.
_SECRETS = re.compile(r"sb_\w|hvs\.\w|\bs\.\w{20}|eyJ\w|ticket=|code=|state=|postgresql://")


def test_the_demo_sees_every_step_shows_nothing_secret_and_leaves_nothing(tmp_path: Path) -> None:
    child = start_switchboard(tmp_path, "demo", env={"TMPDIR": str(temporary := a_folder(tmp_path))})
    child.finish(within_seconds=_SECONDS)
    assert child.log is not None
    output = child.log.read_text()
    assert [line for line in output.splitlines() if line.startswith("✗")] == []
    for seen in (
        "`switchboard dev` is ready",
        "App “Example CRM”",
        "waits for a browser",
        "Give Demo access to your Example CRM account?",
        "signed in as alice",
        "says “Connected”",
        "is active",
        "Access token issued",
        "OAuth2Refresh, shows only authStyle, clientID, tokenURL",
        "access_token, account, attempt",
        "A fresh one",
        "Every step was seen",
    ):
        assert seen in output
    assert _SECRETS.findall(output) == []
    assert list(temporary.iterdir()) == []


def test_an_interrupted_demo_fails_and_leaves_nothing(tmp_path: Path) -> None:
    child = start_switchboard(tmp_path, "demo", env={"TMPDIR": str(temporary := a_folder(tmp_path))})
    child.wait_until(lambda: len(family(child.pid)) > 2, within_seconds=_SECONDS)
    processes = family(child.pid)
    child.stop(signal=SIGTERM, within_seconds=_SECONDS)
    assert child._process.returncode == 1
    wait_for(lambda: not running(processes))
    assert list(temporary.iterdir()) == []


def a_folder(under: Path) -> Path:
    folder = under / "temporary"
    folder.mkdir()
    return folder
