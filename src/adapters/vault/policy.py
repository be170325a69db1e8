"""The service's policy, from the repository's ``vault/policies/service.hcl``."""

import re
from pathlib import Path

_MOUNT = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")


def service_policy(mount: str) -> str:
    """The policy for a mount of this name. Raises ValueError for a name that would change what the policy says."""
    if not _MOUNT.fullmatch(mount):
        raise ValueError("a mount's name is letters, digits, '.', '_', '-', and '/' between them")
    return _policy_file().read_text().replace('path "switchboard/', f'path "{mount}/')


def service_policy_name(mount: str) -> str:
    """One for each mount, so that two Switchboards in one Vault do not share what they may do."""
    return f"{mount.replace('/', '-')}-service"


def _policy_file() -> Path:
    """Beside us in an installed wheel, which carries a copy; in the repository where its readers look for it."""
    packaged = Path(__file__).parent / "policies" / "service.hcl"
    return packaged if packaged.is_file() else Path(__file__).parents[3] / "vault" / "policies" / "service.hcl"
