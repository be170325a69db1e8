"""Very many connections, copies of one that a flow made: the rows by COPY, and the secrets of what is touched."""

import asyncio
import random
import secrets
from collections.abc import Iterator, Sequence

import attrs
import httpx
import psycopg
from psycopg import sql

from benchmarks.stage import Stage
from benchmarks.tenant import Tenant
from tests.support.vault import ask

_AT_ONCE = 64
_LINES_A_BLOCK = 2000
_TABLES = ("connections", "credentials")
_RECOUNT = """
DELETE FROM connection_counts;
DELETE FROM credential_counts;
INSERT INTO connection_counts (organisation_id, app_id, status, number)
    SELECT organisation_id, app_id, status, count(*) FROM connections GROUP BY organisation_id, app_id, status;
INSERT INTO credential_counts (organisation_id, number)
    SELECT organisation_id, count(*) FROM credentials GROUP BY organisation_id
"""


@attrs.frozen
class Copied:
    """The n-th copy: identifiers as ULIDs are."""

    number: int

    @property
    def id(self) -> str:
        return f"2A{self.number:024}"

    @property
    def credential_id(self) -> str:
        return f"2B{self.number:024}"


async def populate(stage: Stage, tenant: Tenant, *, rows: int, secrets_of: Sequence[Copied] | None = None) -> None:
    """Have so many connections beside those that are there, with the secrets of all or of those."""
    original = await tenant.connection()
    await asyncio.to_thread(_copy_rows, stage, original["id"], original["credentialId"], rows)
    of = [Copied(number) for number in range(rows)] if secrets_of is None else secrets_of
    await copy_secrets(stage, tenant, original["credentialId"], of)


def zipf(count: int, *, draws: int, seed: int) -> list[Copied]:
    """Draws from so many copies, the n-th of them with a weight of 1/n; the same for the same seed."""
    chance = random.Random(seed)
    weights = [1 / (number + 1) for number in range(count)]
    return [Copied(number) for number in chance.choices(range(count), weights, k=draws)]


def _copy_rows(stage: Stage, connection_id: str, credential_id: str, rows: int) -> None:
    with psycopg.connect(stage.superuser_dsn.reveal(), autocommit=True) as connection, connection.transaction():
        # The copies refer to each other as their originals do: to check a million of them takes ten minutes.
        connection.execute("SET LOCAL session_replication_role = replica")
        for table, of in zip(_TABLES, (connection_id, credential_id), strict=True):
            named = sql.Identifier(table)
            whole = sql.SQL("COPY (SELECT * FROM {} WHERE id = {}) TO STDOUT").format(named, sql.Literal(of))
            with connection.cursor().copy(whole) as taken:
                line = b"".join(bytes(data) for data in taken).decode()
            with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(named)) as copy:
                for block in _lines(line, connection_id, credential_id, rows):
                    copy.write(block)
        connection.execute(_RECOUNT.encode())
    with psycopg.connect(stage.superuser_dsn.reveal(), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _lines(line: str, connection_id: str, credential_id: str, rows: int) -> Iterator[str]:
    for first in range(0, rows, _LINES_A_BLOCK):
        block = map(Copied, range(first, min(first + _LINES_A_BLOCK, rows)))
        yield "".join(
            line.replace(connection_id, copied.id).replace(credential_id, copied.credential_id) for copied in block
        )


async def copy_secrets(stage: Stage, tenant: Tenant, credential_id: str, of: Sequence[Copied]) -> None:
    """A document for each, like the original's but with tokens of its own. Raises RuntimeError for one not taken."""
    vault = stage.vault
    below = f"{vault.mount}/data/{tenant.organisation_id}/credentials"
    status, answer = await vault.as_root("GET", f"{below}/{credential_id}")
    if status != httpx.codes.OK:
        raise RuntimeError(f"the original's document: {status}")
    document = answer["data"]["data"]
    left = iter(of)

    async def write() -> None:
        for copied in left:
            own = document | {
                "access_token": secrets.token_urlsafe(200),
                "refresh_token": secrets.token_urlsafe(32),
            }
            path = f"{below}/{copied.credential_id}"
            body = {"data": own, "options": {"cas": 0}}
            wrote, told = await ask(vault.session, vault.address, "POST", path, json=body, token=vault.root_token)
            if wrote != httpx.codes.OK:
                raise RuntimeError(f"{path}: {wrote} {told}")

    await asyncio.gather(*(write() for _ in range(_AT_ONCE)))
