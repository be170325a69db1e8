"""A value that never prints itself.

Wrapped at the byte it enters; revealed in an adapter, in ``domain.oauth``, and where a wire body is built.
"""

import hashlib
import hmac
from typing import NoReturn, final


@final
class Secret:
    """A secret string. Its repr, str and format say only that there is one; it cannot be pickled."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def fingerprint(self) -> str:
        """The value's SHA-256 in lower-case hex: what is stored or compared in place of the value."""
        return hashlib.sha256(self._value.encode()).hexdigest()

    def derive(self, purpose: str, *, message: str = "") -> str:
        """HMAC-SHA-256 in lower-case hex under this secret, for one purpose alone (RFC 2104)."""
        key = hmac.digest(self._value.encode(), purpose.encode(), "sha256")
        return hmac.new(key, message.encode(), "sha256").hexdigest()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Secret is not pickled: reveal it where it leaves the process.")
