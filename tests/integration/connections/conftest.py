import secrets
from collections.abc import AsyncIterator

import pytest

from tests.support.provider import ProviderClient, StrictProvider
from tests.support.service import Caller, Service


@pytest.fixture
async def acme(service: Service) -> AsyncIterator[Caller]:
    """An owner in an organisation of the test's own."""
    async with service.caller() as caller:
        yield caller


@pytest.fixture
async def client(provider: StrictProvider) -> ProviderClient:
    """A client of the provider that may ask without a browser, as may its one owner ``bob``."""
    registered = ProviderClient(
        f"client-{secrets.token_hex(4)}",
        (),
        client_secret=secrets.token_urlsafe(16),
        scopes=("read", "write"),
        direct_grants=True,
        passwords={"bob": "the-password-of-bob"},
    )
    await provider.register(registered)
    return registered
