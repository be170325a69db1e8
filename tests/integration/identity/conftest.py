from collections.abc import AsyncIterator

import pytest

from tests.support.provider import StrictProvider
from tests.support.service import Caller, Service, Setting, a_setting


@pytest.fixture
async def acme(service: Service) -> AsyncIterator[Caller]:
    """An owner in an organisation of the test's own."""
    async with service.caller() as caller:
        yield caller


@pytest.fixture
async def relay(service: Service, provider: StrictProvider) -> AsyncIterator[Setting]:
    """An app whose own front end hands the callback to the API."""
    async with a_setting(service, provider, relay=True) as setting:
        yield setting
