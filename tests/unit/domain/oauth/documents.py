"""Reading a provider's metadata."""

import json
from typing import Any

from domain.oauth.metadata import ProviderMetadata, read_metadata
from tests.unit.domain.examples import ISSUER, an_answer

OIDC = ISSUER + "/.well-known/openid-configuration"
TENANT = ISSUER + "/tenant"
DOCUMENT: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": ISSUER + "/authorize",
    "token_endpoint": ISSUER + "/token",
}


def read(discovery_url: str = ISSUER, **members: Any) -> ProviderMetadata:
    document = {name: value for name, value in (DOCUMENT | members).items() if value is not None}
    return read_metadata(an_answer(json.dumps(document)), discovery_url=discovery_url)
