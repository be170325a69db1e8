from collections.abc import AsyncIterator

import pytest

from tests.integration.support.flow import Relation, relation
from tests.support.provider import StrictProvider


@pytest.fixture
async def acme(provider: StrictProvider) -> AsyncIterator[Relation]:
    """A client, registered for this test alone."""
    async with relation(provider) as made:
        yield made
