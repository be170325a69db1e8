"""A grant that was secured and not recorded: whoever had claimed its flow has stopped.

No data version is ever made at the path allotted to a flow but the grant itself, so that "a version exists" means "the
grant is there".
"""

import attrs

from app.use_cases.client_secret import ReadClientSecret
from app.use_cases.record_connection import Connected, RecordConnection
from domain.errors import FlowInterrupted
from domain.flows import AuthorizationFlow, FlowStatus
from domain.ports import FlowStore, SecretKind, SecretMissing, SecretPath, SecretStore
from domain.tokens import TokenGrant


@attrs.frozen(kw_only=True)
class AdoptGrant:
    """Record what is at the path allotted to the flow; where no grant is, the flow is interrupted. Twice is as once."""

    flows: FlowStore
    secrets: SecretStore
    client_secret: ReadClientSecret
    record: RecordConnection

    async def __call__(self, flow: AuthorizationFlow) -> Connected:
        """The connection that it makes.

        Raises FlowInterrupted and FlowFailed's leaves, each recorded; StorageUnavailable: nothing is known, and nothing
        has changed.
        """
        path = SecretPath(flow.organisation_id, SecretKind.CREDENTIAL, flow.credential_id)
        try:
            stored = await self.secrets.read(path)
        except SecretMissing:
            raise await self._interrupted(flow) from None
        grant = TokenGrant.from_document(stored.document)
        if not isinstance(grant, TokenGrant):
            raise await self._interrupted(flow)
        client_secret = await self.client_secret(flow.app_organisation_id, flow.app_id, flow.auth_type)
        return await self.record(flow, grant, version=stored.version, client=flow.client, client_secret=client_secret)

    async def _interrupted(self, flow: AuthorizationFlow) -> FlowInterrupted:
        if flow.status is FlowStatus.FINISHING:
            await self.flows.record_interrupted(flow.organisation_id, flow.id)
        return FlowInterrupted()
