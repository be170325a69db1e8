"""What `switchboard dev` sets up over the API, once: an organisation, its key, and an app at the demo provider."""

import secrets
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from app.cli.api import Api, ApiRefused, api_at
from domain.ports.local_servers import Servers
from domain.secret import Secret

ORGANISATION = "demo"
BELOW = f"/organisations/{ORGANISATION}"
_API_KEY = "api-key"
_APP = "Demo provider"
_REFUSED_KEY = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


def ensure_api_key(servers: Servers, *, url: str, admin_key: Secret) -> Secret:
    """An owner's key of the organisation: the kept one, or a new one if that is no longer taken. Raises ApiError."""
    kept = servers.kept(_API_KEY)
    if kept is not None and _is_taken(url, kept):
        return kept
    with api_at(url, admin_key) as admin:
        _ensure_organisation(admin)
        made = admin.post(f"{BELOW}/api-keys", {"name": "switchboard dev", "roles": ["owner"]})
    key = Secret(made["key"])
    servers.keep(_API_KEY, key)
    return key


def ensure_demo_app(api: Api, issuer: str) -> str:
    """The id of the app at this provider. A provider that got another port is another one. Raises ApiError."""
    for app in _apps(api):
        if app["name"] == _APP and _discovery_url(issuer) in _discovery_urls(app):
            return str(app["id"])
    return str(create_app(api, name=_APP, issuer=issuer)["id"])


def create_app(api: Api, *, name: str, issuer: str) -> dict[str, Any]:
    """A new app at the demo provider, which takes any client. Raises ApiError."""
    data = {
        "discoveryUrl": _discovery_url(issuer),
        "clientId": "switchboard",
        "clientSecret": secrets.token_urlsafe(24),
        "scopes": {"openid": "Sign in", "profile": "Name", "email": "E-mail address"},
    }
    configs = [{"type": "oidc", "data": data}]
    return api.post(f"{BELOW}/apps", {"name": name, "public": False, "server": {"url": issuer}, "authConfigs": configs})


def init_connection(api: Api, app_id: str) -> dict[str, Any]:
    """A flow that waits for a browser. Raises ApiError."""
    return api.post(f"{BELOW}/connection-init", {"appId": app_id, "authType": "oidc"})


def _ensure_organisation(admin: Api) -> None:
    try:
        admin.post("/organisations", {"id": ORGANISATION, "name": "Demo"})
    except ApiRefused as refused:
        if refused.status != HTTPStatus.CONFLICT:
            raise


def _is_taken(url: str, key: Secret) -> bool:
    with api_at(url, key) as api:
        try:
            api.get(f"{BELOW}/apps", first=1)
        except ApiRefused as refused:
            if refused.status in _REFUSED_KEY:
                return False
            raise
    return True


def _apps(api: Api) -> Iterator[dict[str, Any]]:
    page = api.get(f"{BELOW}/apps", first=100)
    yield from page["items"]
    while "next" in page:
        page = api.get(f"{BELOW}/apps", first=100, after=page["next"])
        yield from page["items"]


def _discovery_url(issuer: str) -> str:
    return f"{issuer}/.well-known/openid-configuration"


def _discovery_urls(app: dict[str, Any]) -> set[str]:
    return {config["data"].get("discoveryUrl", "") for config in app["supportedAuthConfigs"]}
