from collections.abc import AsyncIterator

import pytest

from adapters.postgres.pool import Pool, open_pool
from domain.secret import Secret
from tests.integration.postgres.line import Line, a_line_to
from tests.integration.postgres.two_organisations import Two, two_organisations
from tests.support.postgres import none_checked_out


@pytest.fixture
async def line(migrated_database: Secret) -> AsyncIterator[Line]:
    async with a_line_to(migrated_database) as line:
        yield line


@pytest.fixture
async def pool(line: Line) -> AsyncIterator[Pool]:
    """A small pool over the line."""
    async with open_pool(line.dsn, max_size=3) as pool:
        await pool.wait()
        yield pool
        line.mend()
        assert await none_checked_out(pool)


@pytest.fixture
async def two(postgres_pool: Pool) -> Two:
    return await two_organisations(postgres_pool)
