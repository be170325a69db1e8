"""Whom a server runs as."""

import os
import pwd

import attrs

from adapters.embedded.errors import EmbeddedServerFailed


@attrs.frozen
class Account:
    """A user of this machine, with its own group and no others."""

    name: str
    uid: int
    gid: int


def account_for_postgres() -> Account | None:
    """None: ours will do. Postgres refuses to run as root, so for root it is `nobody`, who owns nothing else.

    Raises EmbeddedServerFailed if we are root and there is no such user.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise EmbeddedServerFailed(
            "Postgres refuses to run as root, and this machine has no user `nobody` to run it as. Use another user."
        ) from error
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)
