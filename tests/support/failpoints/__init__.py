"""The service with failpoints: each call of a port is a step by name, which a test can make fail, in real processes.

Nothing of this is in ``src``: ``serve_app`` (``application.py``) wraps the container's ports and is served by granian.

    with failing_service(dsn, vault, tmp_path) as running:
        met = running.failpoints.arm("vault_secrets.write", "after", "kill")
        ...
        await met.until_met()
"""

from tests.support.failpoints.armed import Action, Armed, Failpoints, When
from tests.support.failpoints.serving import FailingService, failing_service

__all__ = ["Action", "Armed", "FailingService", "Failpoints", "When", "failing_service"]
