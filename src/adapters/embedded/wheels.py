"""Where the wheels put the servers.

A wheel is found without being imported: some warn when they are, which is an error in our tests.
"""

import importlib.util
from pathlib import Path

from adapters.embedded.errors import EmbeddedServersMissing


def wheel_folder(module: str) -> Path:
    """The folder of an installed top-level module. Raises EmbeddedServersMissing if there is none."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise EmbeddedServersMissing
    return Path(spec.origin).parent
