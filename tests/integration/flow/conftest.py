from collections.abc import AsyncIterator

import pytest

from tests.support.provider import StrictProvider
from tests.support.service import Service, Setting, a_setting


@pytest.fixture
async def page(service: Service, provider: StrictProvider) -> AsyncIterator[Setting]:
    """An app whose flows end on our landing page."""
    async with a_setting(service, provider) as setting:
        yield setting


@pytest.fixture
async def relay(service: Service, provider: StrictProvider) -> AsyncIterator[Setting]:
    """An app whose own front end hands the callback to the API."""
    async with a_setting(service, provider, relay=True) as setting:
        yield setting
