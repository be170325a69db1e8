"""A database role that row security does not hold: it serves, and says so when it starts."""

from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from domain.secret import Secret
from tests.support.served import served
from tests.support.servers import PostgresServer
from tests.support.vault import VaultMount

_WARNING = "the database's role is a superuser or has BYPASSRLS"


def test_a_role_that_escapes_row_security_is_warned_of_and_the_owner_is_not(
    postgres_server: PostgresServer, vault_mount: VaultMount, tmp_path: Path
) -> None:
    with postgres_server.database() as dsn:
        superusers = make_conninfo(postgres_server.dsn.reveal(), dbname=conninfo_to_dict(dsn.reveal())["dbname"])
        for each, warns in ((dsn, False), (Secret(superusers), True)):
            with served(each, vault_mount, tmp_path) as running:
                said = " ".join(running.output().split())
            assert (_WARNING in said) is warns
