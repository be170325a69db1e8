"""A strict OAuth 2 and OpenID Connect provider for tests: a process of its own, over real HTTP on loopback.

It refuses whatever a specification lets it refuse, misbehaves only as a test scripts it, client by client, and
remembers every request, so that a test can ask what really happened:

    provider = await StrictProvider.start()
    await provider.register(ProviderClient("acme", redirect_uris=(callback_url,), client_secret="made-up"))
    await provider.script("acme", token_status=503, token_faults_left=1)
    ...
    assert (await provider.ledger("acme")).count("code_reused") == 0
"""

from tests.support.provider.behaviour import Behaviour, RawAnswer
from tests.support.provider.clients import ProviderClient
from tests.support.provider.handle import StrictProvider
from tests.support.provider.ledger import GrantTruth, Ledger, TokenSeen, fingerprint

__all__ = [
    "Behaviour",
    "GrantTruth",
    "Ledger",
    "ProviderClient",
    "RawAnswer",
    "StrictProvider",
    "TokenSeen",
    "fingerprint",
]
