"""The clients that are registered, and the script each one is under."""

from typing import Any, Literal

import attrs
import msgspec

from tests.support.provider.behaviour import Behaviour

AuthenticationMethod = Literal["client_secret_basic", "client_secret_post", "none"]


@attrs.frozen
class ProviderClient:
    """A registration (RFC 7591 §2 has the words). `pkce_required` is off for clients of providers without PKCE.

    `direct_grants` allows client credentials and passwords; `passwords` has those of the owners.
    """

    client_id: str
    redirect_uris: tuple[str, ...]
    client_secret: str | None = attrs.field(default=None, repr=False)
    authentication: AuthenticationMethod = "client_secret_basic"
    scopes: tuple[str, ...] = ("openid", "offline_access", "read", "write")
    pkce_required: bool = True
    direct_grants: bool = False
    passwords: dict[str, str] = attrs.field(factory=dict, repr=False)

    def __attrs_post_init__(self) -> None:
        if (self.client_secret is None) != (self.authentication == "none"):
            raise ValueError("A client has a secret exactly where it authenticates with one.")


@attrs.define
class Clients:
    _registered: dict[str, ProviderClient] = attrs.field(factory=dict)
    _behaviours: dict[str, Behaviour] = attrs.field(factory=dict)

    def register(self, client: ProviderClient) -> None:
        """Add or replace a client; its script is the correct one again."""
        self._registered[client.client_id] = client
        self._behaviours[client.client_id] = Behaviour()

    def find(self, client_id: str | None) -> ProviderClient | None:
        return self._registered.get(client_id) if client_id is not None else None

    def behaviour(self, client_id: str | None) -> Behaviour:
        return self._behaviours.get(client_id, Behaviour()) if client_id is not None else Behaviour()

    def behaviour_at_token_request(self, client_id: str) -> Behaviour:
        """The script for this token request, which counts against `token_faults_left`."""
        behaviour = self.behaviour(client_id)
        self._behaviours[client_id] = behaviour.after_a_token_request()
        return behaviour

    def script(self, client_id: str, changes: dict[str, Any]) -> Behaviour:
        """Change what is named, keep the rest. KeyError: no such client. ValueError: no such member or type."""
        unknown = changes.keys() - {field.name for field in attrs.fields(Behaviour)}
        if unknown:
            raise ValueError(f"No such behaviour: {', '.join(sorted(unknown))}.")
        current = msgspec.to_builtins(self._behaviours[client_id])
        self._behaviours[client_id] = msgspec.convert({**current, **changes}, Behaviour)
        return self._behaviours[client_id]
