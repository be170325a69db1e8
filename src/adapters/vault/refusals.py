"""What Vault's refusals and silences mean, in our words: what is wrong, and what to do.

Vault's own words stay in the cause. They are for an operator's log, not for whoever called our API.
"""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

import aiohttp

from adapters.vault.aiohttp_adapter import UnusableAnswer, VaultRefusal
from domain.ports import SecretStoreUnavailable

_BY_STATUS: Mapping[int, str] = {
    HTTPStatus.FORBIDDEN: "Vault refuses our token, or its policy does not allow this. Check SWITCHBOARD_VAULT_TOKEN "
    "or the login's settings, and run `switchboard vault bootstrap`.",
    HTTPStatus.NOT_FOUND: "Vault has no KV version 2 engine at our mount. Run `switchboard vault bootstrap`, or check "
    "SWITCHBOARD_VAULT_KV_MOUNT and SWITCHBOARD_VAULT_NAMESPACE.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The document is larger than Vault takes. Sending it again does not help.",
    HTTPStatus.TOO_MANY_REQUESTS: "Vault's rate limit is reached. Send the same request again in some seconds, or "
    "raise the quota.",
    HTTPStatus.NOT_IMPLEMENTED: "Vault is not initialised. Initialise it (vault operator init), and unseal it.",
}
_OTHERWISE = "Vault refused or failed; its log says why. Send the same request again in some seconds."
_BEHIND = (
    "The Vault node that answers is behind the others. Send the same request again in some seconds, or set "
    "SWITCHBOARD_VAULT_ADDR to the active node."
)
_REDIRECTED = (
    "A standby answers that cannot reach the active node. Set SWITCHBOARD_VAULT_ADDR to the active node or to a load "
    "balancer that finds it, or wait until a new leader is elected."
)
NO_TRANSIT_KEY = (
    "Vault has no transit key of ours, which tokens are sealed to while Vault does not take them. Run "
    "`switchboard vault bootstrap`, or check SWITCHBOARD_VAULT_TRANSIT_MOUNT and SWITCHBOARD_VAULT_NAMESPACE."
)
_SEALED = "Vault is sealed. Unseal it (vault operator unseal)."
_NOT_VAULT = "What answers is not Vault, or not all of its answer came. Check SWITCHBOARD_VAULT_ADDR."
_UNTRUSTED = "Vault's certificate is not trusted. Check SWITCHBOARD_VAULT_CACERT and SWITCHBOARD_VAULT_ADDR."
_UNREACHABLE = "Vault cannot be reached. Check SWITCHBOARD_VAULT_ADDR, and that Vault runs."
_SILENT = "Vault did not answer in time. Check that it runs, and that its audit devices can be written."
_BROKEN_OFF = "The connection to Vault broke off before the answer came. Send the same request again in some seconds."


@contextmanager
def told_as_unavailable() -> Iterator[None]:
    """Raise SecretStoreUnavailable from whatever the adapter's ``request`` raises."""
    try:
        yield
    except VaultRefusal as refusal:
        raise SecretStoreUnavailable(_meaning(refusal)) from refusal
    except UnusableAnswer as error:
        raise SecretStoreUnavailable(_NOT_VAULT) from error
    except TimeoutError as error:
        raise SecretStoreUnavailable(_SILENT) from error
    except (aiohttp.ClientSSLError, ssl.SSLError) as error:
        raise SecretStoreUnavailable(_UNTRUSTED) from error
    except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
        raise SecretStoreUnavailable(_UNREACHABLE) from error
    except (aiohttp.ClientError, OSError) as error:
        raise SecretStoreUnavailable(_BROKEN_OFF) from error


def is_refused_token(refusal: VaultRefusal) -> bool:
    """An expired token, or a denied policy: Vault does not tell them apart."""
    return refusal.status == HTTPStatus.FORBIDDEN


def is_not_there_yet(refusal: VaultRefusal) -> bool:
    """The node is some milliseconds behind, and did nothing: the same again is right.

    OpenBao's 429 without words, where a quota's has some; Vault Enterprise's 412; a KV engine just mounted.
    """
    match refusal.status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            return not refusal.errors
        case HTTPStatus.PRECONDITION_FAILED:
            return True
        case HTTPStatus.BAD_REQUEST:
            return any("Upgrading from non-versioned" in error for error in refusal.errors)
    return False


def is_conflict(refusal: VaultRefusal) -> bool:
    """The check-and-set failed: a 400 like many, told by its message."""
    return refusal.status == HTTPStatus.BAD_REQUEST and any("did not match the current" in e for e in refusal.errors)


def is_missing(refusal: VaultRefusal) -> bool:
    """Nothing was ever there, or it was destroyed, or deleted (with metadata). A 404 with words is a missing mount."""
    return refusal.status == HTTPStatus.NOT_FOUND and not refusal.errors


def is_junk(refusal: VaultRefusal) -> bool:
    """Transit never opens this: no ciphertext, another key's (a 500), or its key, or that key's version, is gone."""
    return any(
        words in error
        for words in ("invalid ciphertext", "decryption error", "disallowed by policy", "encryption key not found")
        for error in refusal.errors
    )


def _meaning(refusal: VaultRefusal) -> str:
    if HTTPStatus.MULTIPLE_CHOICES <= refusal.status < HTTPStatus.BAD_REQUEST:
        return _REDIRECTED
    if is_not_there_yet(refusal):
        return _BEHIND
    if any("sealed" in error for error in refusal.errors):
        return _SEALED
    if any("too large" in error for error in refusal.errors):
        return _BY_STATUS[HTTPStatus.REQUEST_ENTITY_TOO_LARGE]
    return _BY_STATUS.get(refusal.status, _OTHERWISE)
