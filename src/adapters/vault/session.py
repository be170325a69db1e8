"""The HTTP session that Vault is asked over, and nobody else."""

import ssl
from pathlib import Path

import aiohttp


def open_vault_session(cacert: Path | None) -> aiohttp.ClientSession:
    """Open a session that keeps no cookies and uses no proxy of the environment; the caller closes it.

    ``cacert`` is a PEM file that certificates are judged by in place of the system's. Call it inside the event loop.
    Raises OSError (``ssl.SSLError`` is one) for a file that is no certificate.
    """
    trust: ssl.SSLContext | bool = True if cacert is None else ssl.create_default_context(cafile=cacert)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=trust),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        # Nothing compressed is asked for or unpacked: one chunk of a bomb is larger than any limit we could count to.
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,
        # The adapter's deadline is the one that counts: it is a total one, the answer's body included.
        timeout=aiohttp.ClientTimeout(total=None),
    )
