from adapters.vault.client import VaultClient
from adapters.vault.sealing import KEY_NAME
from adapters.vault.setup import KV_AS_NEEDED
from domain.ports import Dependency, SecretStoreUnavailable


class VaultHealth(Dependency):
    """Whether Vault is open, takes our token, keeps no old versions, and has what grants are sealed to."""

    name = "vault"

    def __init__(self, client: VaultClient, *, mount: str, transit_mount: str) -> None:
        self._client = client
        self._mount = mount
        self._transit_mount = transit_mount

    async def check(self) -> None:
        """Raises SecretStoreUnavailable."""
        await self._check_node()
        await self._client.look_up_own_token()
        if await self._client.kv_configuration(self._mount) != KV_AS_NEEDED:
            raise SecretStoreUnavailable(
                f"The mount {self._mount}/ keeps old versions of secrets, or lets them be overwritten unseen. Run "
                "`switchboard vault bootstrap`."
            )
        await self._client.public_key(self._transit_mount, KEY_NAME)

    async def _check_node(self) -> None:
        status = await self._client.seal_status()
        if not status.initialised:
            raise SecretStoreUnavailable(
                "Vault is not initialised. Initialise it (vault operator init), and unseal it."
            )
        if status.sealed:
            raise SecretStoreUnavailable("Vault is sealed. Unseal it (vault operator unseal).")
        if status.standby:
            raise SecretStoreUnavailable(
                "A standby answers. Set SWITCHBOARD_VAULT_ADDR to the active node, or to a load balancer that finds it."
            )
