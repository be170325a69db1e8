"""Proof Key for Code Exchange (RFC 7636), S256 alone."""

import base64
import hashlib

from domain.secret import Secret


def code_challenge(code_verifier: Secret) -> str:
    """BASE64URL(SHA256(ASCII(code_verifier))) without padding (RFC 7636 §4.2)."""
    digest = hashlib.sha256(code_verifier.reveal().encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
