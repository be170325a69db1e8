"""Credentials that no connection owns, as a test needs them."""

from typing import Any

import attrs

from domain.access import Organisation
from domain.credentials import CredentialTerms, CredentialType
from domain.ids import CredentialId
from domain.ports import CredentialRecord, CredentialStore
from tests.support.domain_examples import an_id

SECONDS = 60.0


def some_terms(**members: Any) -> CredentialTerms:
    return attrs.evolve(
        CredentialTerms(name="Ünïcode ✓", type=CredentialType.DEFAULT, redact_fields=("z", "a")), **members
    )


async def keep(store: CredentialStore, organisation: Organisation, **members: Any) -> CredentialRecord:
    """A credential that readers find."""
    credential_id = an_id(CredentialId)
    await store.add(organisation.id, credential_id, some_terms(**members), seconds=SECONDS)
    return await store.settle(organisation.id, credential_id, version=1)
