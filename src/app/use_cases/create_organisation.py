"""Set an organisation up."""

import attrs

from app.use_cases.minting import Mint
from domain.access import Organisation, Permission, Principal
from domain.ids import OrganisationId, Ulid
from domain.ports import OrganisationStore


@attrs.frozen(kw_only=True)
class CreateOrganisation:
    """Add an organisation under the identifier that the platform chose, or a new one."""

    mint: Mint
    organisations: OrganisationStore

    async def __call__(
        self, principal: Principal, *, name: str, organisation_id: OrganisationId | None
    ) -> Organisation:
        """Raises AlreadyExists for an identifier in use."""
        principal.require(Permission.MANAGE_ORGANISATIONS)
        organisation = Organisation(
            id=organisation_id or OrganisationId(self.mint.ulid(Ulid)), name=name, created_at=self.mint.clock.now()
        )
        await self.organisations.add(organisation)
        return organisation
