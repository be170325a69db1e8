"""Where an app's configs send a browser and the client's secrets, and whether a change would send them elsewhere."""

from collections.abc import Mapping

from domain.auth_configs import AuthConfig, UnusableConfig
from domain.urls import origin_of

_MEMBERS = {
    "authorizationEndpoint": "authorization_endpoint",
    "tokenEndpoint": "token_endpoint",
    "refreshEndpoint": "refresh_endpoint",
    "revocationEndpoint": "revocation_endpoint",
    "discoveryUrl": "discovery_url",
}


def endpoints_of(config: AuthConfig) -> Mapping[str, str]:
    """The config's addresses, by the API's names; of one that cannot work, those that it would have."""
    if isinstance(config, UnusableConfig):
        said = {member: config.data.get(member) for member in _MEMBERS}
    else:
        said = {member: getattr(config, name, None) for member, name in _MEMBERS.items()}
    return {member: url for member, url in said.items() if isinstance(url, str) and url}


def moved_endpoint(before: AuthConfig, after: AuthConfig) -> str | None:
    """The first of the endpoints that is at another origin than it was; None where all stay.

    One that was not there before stays where any of the others was.
    """
    old = {member: origin_of(url) for member, url in endpoints_of(before).items()}
    for member, url in endpoints_of(after).items():
        known = {old[member]} if member in old else set(old.values())
        if origin_of(url) not in known:
            return member
    return None


def leaves_provider(shared: AuthConfig, config: AuthConfig) -> bool:
    """Whether a config is at the shared one's provider, and at another host besides.

    So would one be that sends users to a provider with somebody else's registration, and their codes to a host of its
    own (draft-ietf-oauth-security-topics-update, cross-tool account takeover).
    """
    theirs = {origin_of(url) for url in endpoints_of(shared).values()}
    ours = {origin_of(url) for url in endpoints_of(config).values()}
    return bool(ours & theirs) and not ours <= theirs
