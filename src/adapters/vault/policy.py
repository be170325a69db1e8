"""The policies of the repository's ``vault/policies``, for a mount of any name."""

import re
from enum import StrEnum
from pathlib import Path

_MOUNT = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")


class Policy(StrEnum):
    """Whom a policy is for: the name of its file."""

    SERVICE = "service"
    INSPECTOR = "inspector"
    OPERATOR = "operator"


def policy_text(policy: Policy, mount: str, *, transit_mount: str) -> str:
    """The policy for mounts of these names. Raises ValueError for a name that would change what the policy says."""
    if not (_MOUNT.fullmatch(mount) and _MOUNT.fullmatch(transit_mount)):
        raise ValueError("a mount's name is letters, digits, '.', '_', '-', and '/' between them")
    text = _file(policy).read_text().replace('path "switchboard-transit/', f'path "{transit_mount}/')
    return text.replace('path "switchboard/', f'path "{mount}/')


def policy_name(policy: Policy, mount: str) -> str:
    """One for each mount, so that two Switchboards in one Vault do not share what they may do."""
    return f"{mount.replace('/', '-')}-{policy}"


def _file(policy: Policy) -> Path:
    """Beside us in an installed wheel, which carries a copy; in the repository where its readers look for it."""
    packaged = Path(__file__).parent / "policies" / f"{policy}.hcl"
    return packaged if packaged.is_file() else Path(__file__).parents[3] / "vault" / "policies" / f"{policy}.hcl"
