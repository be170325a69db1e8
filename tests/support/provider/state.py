"""All that one provider knows, and the key under which its routes find it."""

import time
from collections.abc import Callable

import attrs
from aiohttp import web

from tests.support.provider.clients import Clients
from tests.support.provider.grants import Grants
from tests.support.provider.holds import Holds
from tests.support.provider.identity import SigningKey
from tests.support.provider.ledger import Records
from tests.support.provider.pending import PendingConsents


@attrs.define
class Provider:
    """One authorisation server. `now` is its clock, in seconds since the epoch."""

    issuer: str
    now: Callable[[], float] = time.time
    clients: Clients = attrs.field(factory=Clients)
    grants: Grants = attrs.field(factory=Grants)
    consents: PendingConsents = attrs.field(factory=PendingConsents)
    records: Records = attrs.field(factory=Records)
    holds: Holds = attrs.field(factory=Holds)
    signing_key: SigningKey = attrs.field(factory=SigningKey)


PROVIDER = web.AppKey("provider", Provider)
