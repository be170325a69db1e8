"""The service renews its own token."""

from adapters.vault.login import GivenToken
from tests.support.vault import VaultMount


async def test_the_services_token_is_renewed_for_its_whole_period(vault: VaultMount) -> None:
    seconds = await vault.client().renew_own_token()
    assert seconds is not None
    assert seconds > 29 * 24 * 3600


async def test_a_token_that_cannot_be_renewed_is_told_apart(vault: VaultMount) -> None:
    assert await vault.client(GivenToken(vault.root_token)).renew_own_token() is None
