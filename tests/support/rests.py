"""Rests of connections and apps: a test does not sit them out."""

from tests.support.postgres import behind
from tests.support.service import Service

_REST_IS_OVER = """
UPDATE refresh_leases SET not_before = clock_timestamp() WHERE not_before > clock_timestamp();
UPDATE app_incidents SET rests_until = clock_timestamp() WHERE rests_until > clock_timestamp()
"""


async def rests_are_over(service: Service) -> None:
    """Whatever rests after a failure may be tried again from now on."""
    async with behind(service.container.pool()) as connection:
        await connection.execute(_REST_IS_OVER)
