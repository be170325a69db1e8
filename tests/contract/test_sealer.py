"""Every sentence of ``Sealer``, for each adapter. What Vault does to its key meanwhile: tests/integration/vault."""

import base64
import re
from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest

from adapters.memory.sealer import MemorySealer
from domain.ids import AttemptId, CredentialId, OrganisationId
from domain.ports import SealedGrant, Sealer, SecretKind, SecretPath, Unsealable
from domain.secret import Secret
from tests.support.domain_examples import an_id
from tests.support.servers import VaultServer
from tests.support.vault import a_vault_mount

DOCUMENT = {
    "access_token": Secret('ÄÖ "quoted" \n\x00 😀'),
    "empty": Secret(""),
    "refresh_token": Secret("a refresh token" * 5000),
}
PATH = SecretPath(OrganisationId("acme"), SecretKind.CREDENTIAL, an_id(CredentialId))


@pytest.fixture(params=["memory", "vault"])
async def sealer(request: pytest.FixtureRequest) -> AsyncIterator[Sealer]:
    if request.param == "memory":
        yield MemorySealer()
        return
    server: VaultServer = request.getfixturevalue("vault_server")
    async with a_vault_mount(server.address, server.token) as vault:
        yield vault.sealer()


@pytest.fixture
async def sealed(sealer: Sealer) -> SealedGrant:
    await sealer.ready()
    return sealer.seal(PATH, DOCUMENT, version=3, attempt=an_id(AttemptId))


async def test_what_was_sealed_opens_again(sealer: Sealer, sealed: SealedGrant) -> None:
    assert (sealed.path, sealed.version, sealed.set_aside) == (PATH, 3, None)
    assert await sealer.open(sealed) == DOCUMENT


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"path": attrs.evolve(PATH, organisation_id=OrganisationId("other"))},
        {"path": attrs.evolve(PATH, id=an_id(CredentialId))},
        {"version": 4},
        {"attempt": an_id(AttemptId)},
    ],
    ids=lambda elsewhere: next(iter(elsewhere)),
)
async def test_at_another_place_it_does_not_open(
    sealer: Sealer, sealed: SealedGrant, elsewhere: dict[str, Any]
) -> None:
    with pytest.raises(Unsealable):
        await sealer.open(attrs.evolve(sealed, **elsewhere))


@pytest.mark.parametrize("ciphertext", [b"", b"x", b"junk" * 100])
async def test_junk_does_not_open(sealer: Sealer, sealed: SealedGrant, ciphertext: bytes) -> None:
    with pytest.raises(Unsealable):
        await sealer.open(attrs.evolve(sealed, ciphertext=ciphertext))


@pytest.mark.parametrize(
    "sealed_key",
    [
        "junk",
        "vault:v1:",
        "vault:v1:%%%",
        "vault:vx:AAAA",
        "vault:v1:" + base64.b64encode(b"x" * 512).decode(),
        "vault:v999:" + base64.b64encode(b"x" * 512).decode(),
    ],
)
async def test_what_is_sealed_to_nothing_does_not_open(sealer: Sealer, sealed: SealedGrant, sealed_key: str) -> None:
    with pytest.raises(Unsealable):
        await sealer.open(attrs.evolve(sealed, sealed_key=sealed_key))


async def test_the_key_of_another_grant_does_not_open_it(sealer: Sealer, sealed: SealedGrant) -> None:
    other = sealer.seal(PATH, DOCUMENT, version=3, attempt=sealed.attempt)
    assert other.sealed_key != sealed.sealed_key
    with pytest.raises(Unsealable):
        await sealer.open(attrs.evolve(sealed, sealed_key=other.sealed_key))


async def test_nothing_of_it_prints_or_can_be_read(sealed: SealedGrant) -> None:
    written = sealed.ciphertext + sealed.sealed_key.encode() + repr(sealed).encode()
    assert b"a refresh token" not in written
    assert not re.search(r"vault:v\d", repr(sealed))
