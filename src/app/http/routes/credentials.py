"""Credentials of an organisation."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.http.identifiers import read_id
from app.http.openapi import refusals
from app.http.wire.credentials import CredentialBody
from app.use_cases.read_credential import ReadCredential
from domain.access import Principal
from domain.errors import NotFound
from domain.ids import CredentialId, OrganisationId


@get(
    "/organisations/{organisation_id:str}/credentials/{credential_id:str}",
    summary="Read a credential, redacted",
    responses=refusals(NotFound),
)
async def read_credential(
    organisation_id: FromPath[str],
    credential_id: FromPath[str],
    principal: NamedDependency[Principal],
    read_credential: NamedDependency[ReadCredential],
) -> CredentialBody:
    credential = await read_credential(
        principal, read_id(organisation_id, OrganisationId), read_id(credential_id, CredentialId)
    )
    return CredentialBody.of(credential)
