"""Who may do what: every route, the roles that may, and a request that is right."""

from collections.abc import Mapping
from typing import Any

import attrs

from tests.integration.http.asking import A_PUBLIC_KEY, UNKNOWN, an_app

EMPTY = -200
UNSEEN = (404, 404, 404)
"""Of a connection, and all that is its own."""

ORGANISATION = "/v1alpha1/organisations/{organisation_id:str}"
READERS = frozenset({"viewer", "connector", "issuer", "editor", "owner"})
EDITORS = frozenset({"editor", "owner", "platform-admin"})
"""Who changes apps; the last those that are public."""
KEYHOLDERS = frozenset({"owner", "platform-admin"})
ROLES = (*sorted(READERS), "platform-admin")


@attrs.frozen
class Route:
    """One method of one path.

    Attributes:
        roles: Those that may; everybody else is told 403.
        answer: The status for those that may.
        body: What to send; ``{app_id}`` and the like stand for what the organisation has.
        outside: What an owner is told whose key is narrowed to another app, to another connection, to another end
            user; EMPTY is a list without anything in it, and in its total.
        success: The status of success, where the answer to what is asked here is a refusal.
        spared: What to ask for in place of what everybody shares, for whoever may would end it: that is a 404.

    """

    method: str
    path: str
    roles: frozenset[str]
    answer: int = 200
    body: Mapping[str, Any] | None = None
    query: str = ""
    outside: tuple[int, int, int] | None = None
    spared: Mapping[str, str] = {}
    success: int | None = None

    def url(self, ids: Mapping[str, str]) -> str:
        return self.path.replace(":str}", "}").format(**ids) + self.query

    def json(self, ids: Mapping[str, str]) -> dict[str, Any] | None:
        return None if self.body is None else _filled(self.body, ids)


def _filled(body: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    return {name: value.format(**ids) if isinstance(value, str) else value for name, value in body.items()}


ROUTES = (
    Route(
        "POST",
        "/v1alpha1/organisations",
        frozenset({"platform-admin"}),
        201,
        {"name": "Initech"},
        outside=(403, 403, 403),
    ),
    Route("GET", "/v1alpha1/organisations", frozenset({"platform-admin"}), outside=(403, 403, 403)),
    Route("GET", ORGANISATION, READERS | {"platform-admin"}, outside=(200, 200, 200)),
    Route(
        "DELETE",
        ORGANISATION,
        frozenset({"platform-admin"}),
        200,
        outside=(403, 403, 403),
        spared={"organisation_id": UNKNOWN},
    ),
    Route(
        "POST",
        f"{ORGANISATION}/api-keys",
        KEYHOLDERS,
        201,
        {"name": "another", "roles": ["viewer"]},
        outside=(403, 403, 403),
    ),
    Route("GET", f"{ORGANISATION}/api-keys", KEYHOLDERS, outside=(200, 200, 200)),
    Route("GET", f"{ORGANISATION}/api-keys/{{key_id:str}}", KEYHOLDERS, outside=UNSEEN),
    Route(
        "DELETE",
        f"{ORGANISATION}/api-keys/{{key_id:str}}",
        KEYHOLDERS,
        200,
        outside=UNSEEN,
        spared={"key_id": UNKNOWN},
    ),
    Route(
        "POST",
        f"{ORGANISATION}/signing-keys",
        KEYHOLDERS,
        201,
        {"name": "another", "algorithm": "EdDSA", "publicKey": A_PUBLIC_KEY},
        outside=(403, 403, 403),
    ),
    Route("GET", f"{ORGANISATION}/signing-keys", KEYHOLDERS, outside=(EMPTY, EMPTY, EMPTY)),
    Route("GET", f"{ORGANISATION}/signing-keys/{{signing_key_id:str}}", KEYHOLDERS, outside=UNSEEN),
    Route(
        "DELETE",
        f"{ORGANISATION}/signing-keys/{{signing_key_id:str}}",
        KEYHOLDERS,
        200,
        outside=UNSEEN,
        spared={"signing_key_id": UNKNOWN},
    ),
    Route("GET", f"{ORGANISATION}/audit-events", KEYHOLDERS, outside=(403, 403, 403)),
    Route("POST", f"{ORGANISATION}/apps", frozenset({"editor", "owner"}), 200, an_app(), outside=(403, 403, 403)),
    Route("GET", f"{ORGANISATION}/apps", READERS, outside=(EMPTY, 200, 200)),
    Route("GET", f"{ORGANISATION}/apps/{{app_id:str}}", READERS, outside=(404, 200, 200)),
    # Without its configs an app is not valid: whoever may is told so, and it stays as it is for the others.
    Route(
        "PUT",
        f"{ORGANISATION}/apps/{{app_id:str}}",
        EDITORS,
        400,
        {"name": "Renamed", "public": False, "server": {"url": "https://api.provider.example"}},
        outside=(404, 403, 403),
        success=200,
    ),
    Route(
        "DELETE",
        f"{ORGANISATION}/apps/{{app_id:str}}",
        EDITORS,
        outside=(404, 403, 403),
        spared={"app_id": UNKNOWN},
    ),
    Route("GET", "/v1alpha1/apps", frozenset(ROLES), outside=(EMPTY, 200, 200)),
    # The organisation's app is not public: whoever may read those that are is told so.
    Route("GET", "/v1alpha1/apps/{app_id:str}", frozenset(ROLES), 404, outside=UNSEEN, success=200),
    Route(
        "POST",
        f"{ORGANISATION}/connection-init",
        frozenset({"connector", "owner"}),
        200,
        {"appId": "{app_id}", "authType": "oauth2"},
        outside=(404, 403, 403),
    ),
    Route(
        "GET",
        f"{ORGANISATION}/connection-init/{{flow_id:str}}",
        frozenset({"connector", "owner"}),
        outside=UNSEEN,
    ),
    Route("GET", f"{ORGANISATION}/connections", READERS, outside=(EMPTY, EMPTY, EMPTY)),
    Route("GET", f"{ORGANISATION}/connections/{{connection_id:str}}", READERS, outside=UNSEEN),
    # The app's flow needs a browser, and its grant takes no form: whoever may is told so.
    Route(
        "POST",
        f"{ORGANISATION}/connections",
        frozenset({"editor", "owner"}),
        400,
        {"name": "Mine", "appId": "{app_id}", "authType": "oauth2", "data": {}},
        outside=(404, 403, 403),
        success=201,
    ),
    Route(
        "PUT",
        f"{ORGANISATION}/connections/{{connection_id:str}}",
        frozenset({"editor", "owner"}),
        400,
        {"name": "Mine", "data": {"apiKey": "k"}},
        outside=UNSEEN,
        success=200,
    ),
    Route(
        "DELETE",
        f"{ORGANISATION}/connections/{{connection_id:str}}",
        frozenset({"editor", "owner"}),
        outside=UNSEEN,
        spared={"connection_id": UNKNOWN},
    ),
    Route(
        "POST",
        f"{ORGANISATION}/connections/{{connection_id:str}}/revoke",
        frozenset({"editor", "owner"}),
        outside=UNSEEN,
        spared={"connection_id": UNKNOWN},
    ),
    Route(
        "POST",
        f"{ORGANISATION}/connections/{{connection_id:str}}/headers",
        frozenset({"issuer", "owner"}),
        outside=UNSEEN,
    ),
    Route("GET", f"{ORGANISATION}/connected-apps", READERS, outside=(EMPTY, EMPTY, EMPTY)),
    Route(
        "POST",
        f"{ORGANISATION}/connections/{{connection_id:str}}/token",
        frozenset({"issuer", "owner"}),
        200,
        {"minimumValidity": 0},
        outside=UNSEEN,
    ),
    Route("GET", f"{ORGANISATION}/credentials/{{credential_id:str}}", READERS, outside=UNSEEN),
    Route(
        "POST",
        f"{ORGANISATION}/credentials",
        frozenset({"editor", "owner"}),
        201,
        {"name": "a key", "type": "Raw", "data": {"raw": "c2VjcmV0"}},
        outside=(403, 403, 403),
    ),
    Route("GET", f"{ORGANISATION}/credentials", READERS, outside=(EMPTY, EMPTY, EMPTY)),
    # A connection owns this one: whoever may is told so.
    Route(
        "PUT",
        f"{ORGANISATION}/credentials/{{credential_id:str}}",
        frozenset({"editor", "owner"}),
        409,
        {"name": "a key", "type": "Raw", "data": {"raw": "c2VjcmV0"}},
        outside=UNSEEN,
        success=200,
    ),
    Route(
        "DELETE",
        f"{ORGANISATION}/credentials/{{credential_id:str}}",
        frozenset({"editor", "owner"}),
        409,
        outside=UNSEEN,
        success=200,
    ),
    # No flow is waiting for this state: whoever may is told so.
    Route(
        "GET",
        "/v1alpha1/connections/oauth2/callback",
        frozenset({"connector", "owner"}),
        400,
        query=f"?state={UNKNOWN}&code=c",
        outside=(400, 400, 400),
    ),
)

PUBLIC = frozenset(
    {
        ("GET", "/connect"),
        ("POST", "/connect"),
        ("GET", "/connect/{flow_id:str}"),
        ("GET", "/oauth2/callback/{callback_id:str}"),
        ("GET", "/livez"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
        ("GET", "/docs"),
        ("GET", "/schema"),
        ("GET", "/schema/openapi.json"),
        ("GET", "/schema/{path:str}"),  # Litestar's own: whatever else is below is a 404
    }
)
"""What takes no key: pages that a browser sees, and what says nothing of any organisation."""
