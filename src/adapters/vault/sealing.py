"""Grants sealed to a transit key: Vault alone opens them, and sealing one asks nobody.

A fresh AES-256-GCM key for each, and that key to the public half of an RSA key by OAEP with SHA-256 (RFC 8017, section
7.1), as transit decrypts it. The public half comes from Vault itself and is kept in this process's memory alone: who
could replace it elsewhere could read what is sealed (docs/decisions/0009). It is asked for before anything is spent
that brings a grant, and again every few minutes, so that a rotated key is soon the one that is sealed to.
"""

import base64
import json
import math
import os
import time
from collections.abc import Mapping
from contextlib import suppress

import attrs
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from adapters.vault.client import VaultClient
from adapters.vault.single_flight import SingleFlight
from domain.ids import AttemptId
from domain.ports import SealedGrant, Sealer, SecretPath, SecretStoreUnavailable, Unsealable
from domain.secret import Secret

KEY_NAME = "sealed-grants"
KEY_KIND = "rsa-4096"

_KEY_BITS = 256
_NONCE_BYTES = 12
_SECONDS_FRESH = 300.0
_PADDING = OAEP(mgf=MGF1(algorithm=SHA256()), algorithm=SHA256(), label=None)


@attrs.frozen
class _Key:
    version: int
    public: RSAPublicKey


class VaultSealer(Sealer):
    """Seals to the newest version of the key ``sealed-grants`` of a transit mount; Vault opens those before, too."""

    def __init__(self, client: VaultClient, *, mount: str, seconds_fresh: float = _SECONDS_FRESH) -> None:
        self._client = client
        self._mount = mount
        self._seconds_fresh = seconds_fresh
        self._fetch = SingleFlight(self._fetch_key)
        self._key: _Key | None = None
        self._asked_at = -math.inf

    async def ready(self) -> None:
        if self._key is None:
            await self._fetch()
        elif time.monotonic() - self._asked_at >= self._seconds_fresh:
            with suppress(SecretStoreUnavailable):  # the one in hand opens, too
                await self._fetch()

    def seal(
        self, path: SecretPath, document: Mapping[str, Secret], *, version: int, attempt: AttemptId
    ) -> SealedGrant:
        if self._key is None:
            raise SecretStoreUnavailable
        key, nonce = AESGCM.generate_key(_KEY_BITS), os.urandom(_NONCE_BYTES)
        plain = json.dumps({name: value.reveal() for name, value in document.items()}).encode()
        sealed_key = base64.b64encode(self._key.public.encrypt(key, _PADDING)).decode()
        return SealedGrant(
            path=path,
            version=version,
            attempt=attempt,
            sealed_key=f"vault:v{self._key.version}:{sealed_key}",
            ciphertext=nonce + AESGCM(key).encrypt(nonce, plain, _place(path, version, attempt)),
        )

    async def open(self, sealed: SealedGrant) -> Mapping[str, Secret]:
        key = await self._client.decrypt(self._mount, KEY_NAME, sealed.sealed_key)
        place = _place(sealed.path, sealed.version, sealed.attempt)
        nonce, ciphertext = sealed.ciphertext[:_NONCE_BYTES], sealed.ciphertext[_NONCE_BYTES:]
        try:
            plain = AESGCM(key).decrypt(nonce, ciphertext, place)
        except (InvalidTag, ValueError) as error:  # not for this place; a key or nonce of no such length
            raise Unsealable from error
        return {name: Secret(value) for name, value in json.loads(plain).items()}

    async def _fetch_key(self) -> None:
        self._asked_at = time.monotonic()
        found = await self._client.public_key(self._mount, KEY_NAME)
        self._key = _Key(found.version, self._public_half(found.pem))

    def _public_half(self, pem: str) -> RSAPublicKey:
        with suppress(ValueError, UnsupportedAlgorithm):
            if isinstance(public := load_pem_public_key(pem.encode()), RSAPublicKey):
                return public
        raise SecretStoreUnavailable(
            f"Vault's transit key {self._mount}/{KEY_NAME} is not of type {KEY_KIND}. Give us a mount of our own: set "
            "SWITCHBOARD_VAULT_TRANSIT_MOUNT, and run `switchboard vault bootstrap`."
        )


def _place(path: SecretPath, version: int, attempt: AttemptId) -> bytes:
    """What a sealed grant is bound to; no part of it can hold a line's end."""
    return "\n".join(
        ("switchboard sealed grant", path.organisation_id, path.kind, path.id, f"{version}", attempt)
    ).encode()
