"""A flow's secrets at rest: nothing in a row finishes a flow.

``state``, ``ticket`` and cookie are kept as their SHA-256 alone. Two ciphertexts stand beside them: the verifier, which
only ``state`` opens, and ``state``, which only ``ticket`` opens, for the start page to rebuild the authorisation URL.
AES-256-GCM under a key derived from the one that opens it (HKDF-SHA-256, RFC 5869), bound to the flow and the purpose.
State and ticket are 128 random bits or more, so no slow derivation is needed.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.ids import FlowId
from domain.secret import Secret

_VERIFIER = b"switchboard flow: verifier under state"
_STATE = b"switchboard flow: state under ticket"
_KEY_BYTES = 32
_NONCE_BYTES = 12


class FlowSecretsDamaged(Exception):
    """A ciphertext of this row was not made for this flow: the row was changed by somebody else."""


def seal_verifier(code_verifier: Secret, *, state: Secret, flow_id: FlowId) -> bytes:
    return _seal(code_verifier, _key(state, _VERIFIER), flow_id)


def open_verifier(sealed: bytes, *, state: Secret, flow_id: FlowId) -> Secret:
    """Raises FlowSecretsDamaged."""
    return _open(sealed, _key(state, _VERIFIER), flow_id)


def seal_state(state: Secret, *, ticket: Secret, flow_id: FlowId) -> bytes:
    return _seal(state, _key(ticket, _STATE), flow_id)


def open_state(sealed: bytes, *, ticket: Secret, flow_id: FlowId) -> Secret:
    """Raises FlowSecretsDamaged."""
    return _open(sealed, _key(ticket, _STATE), flow_id)


def _key(opener: Secret, purpose: bytes) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(opener.reveal().encode())
    return AESGCM(derived)


def _seal(secret: Secret, key: AESGCM, flow_id: FlowId) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + key.encrypt(nonce, secret.reveal().encode(), flow_id.encode())


def _open(sealed: bytes, key: AESGCM, flow_id: FlowId) -> Secret:
    try:
        opened = key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], flow_id.encode())
    except InvalidTag as error:
        raise FlowSecretsDamaged from error
    return Secret(opened.decode())
