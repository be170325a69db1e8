"""An action is a promise to whoever reads the audit: all that are appended are told, and none that is not."""

import re
from pathlib import Path

from adapters.postgres.migrations import versions

_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "docs/reference/audit.md"
_STORES = Path(versions.__file__).parents[2]
_KINDS = "api_key|app|connection|credential|flow|organisation|signing_key"
# Of keys and credentials a trigger joins the two halves.
_JOINED = {f"{kind}.{deed}" for kind in ("api_key", "signing_key") for deed in ("created", "deleted")} | {
    f"credential.{deed}" for deed in ("created", "replaced", "deleted", "expired")
}


def test_the_page_lists_the_actions_that_are_appended() -> None:
    sources = "".join(path.read_text() for path in _STORES.rglob("*.py"))
    appended = set(re.findall(rf"'((?:{_KINDS})[.][a-z_]+)'", sources)) | _JOINED
    told = set(re.findall(rf"`((?:{_KINDS})[.][a-z_]+)`", _PAGE.read_text()))
    assert told == appended
