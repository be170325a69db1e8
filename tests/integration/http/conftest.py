from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.http.asking import Connected, connect
from tests.support.provider import StrictProvider
from tests.support.service import Caller, Service, a_setting


@pytest.fixture
async def acme(service: Service) -> AsyncIterator[Caller]:
    """An owner in an organisation of the test's own."""
    async with service.caller() as caller:
        yield caller


@pytest.fixture
async def stranger(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a key."""
    async with service.http(None) as http:
        yield http


@pytest.fixture
async def admin(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """The platform administrator of the settings."""
    async with service.http(service.admin_key.reveal()) as http:
        yield http


@pytest.fixture(scope="session")
async def connected(service: Service, provider: StrictProvider) -> AsyncIterator[Connected]:
    """An organisation that has one of everything. It belongs to all tests: look, and change nothing."""
    async with a_setting(service, provider, relay=True) as setting:
        yield await connect(setting)
