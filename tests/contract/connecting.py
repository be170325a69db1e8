"""A connection as a test needs it, made as every connection is: by a flow."""

from datetime import datetime

from domain.access import Organisation
from domain.apps import App
from domain.connections import Connection
from domain.credentials import CredentialType
from domain.flows import FlowStatus
from tests.contract.flow_steps import KeptFlow
from tests.contract.stores import Stores
from tests.support.domain_examples import a_connection, a_new_connection, a_relay_flow


async def connect(
    stores: Stores, organisation: Organisation, app: App, *, expires_at: datetime | None = None, **members: object
) -> Connection:
    """A connection of the app, as a flow records it."""
    flow = await stores.flows.add(a_relay_flow(organisation, app), seconds_to_live=600)
    await KeptFlow(stores.flows, flow).claim()
    new = a_new_connection(
        flow,
        connection=a_connection(flow, **members),
        credential_type=CredentialType.OAUTH2_REFRESH if expires_at is None else CredentialType.RAW,
        credential_expires_at=expires_at,
    )
    await stores.flows.record_connected(flow.id, new)
    assert (await stores.flows.get(organisation.id, flow.id)).status is FlowStatus.CONNECTED
    return new.connection
