"""Credentials of an organisation."""

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.http.identifiers import read_id
from app.http.lists import Asked
from app.http.openapi import refusals
from app.http.wire.credentials import CreateCredentialBody, CredentialBody, ReplaceCredentialBody
from app.http.wire.deleted import DeletedBody
from app.http.wire.pages import PageBody
from app.use_cases.create_credential import CreateCredential
from app.use_cases.delete_credential import DeleteCredential
from app.use_cases.read_credential import ListCredentials, ReadCredential
from app.use_cases.replace_credential import ReplaceCredential
from domain.access import Principal
from domain.errors import ManagedByConnection, NotFound, PayloadTooLarge
from domain.ids import CredentialId, OrganisationId

_ALL = "/organisations/{organisation_id:str}/credentials"
_ONE = "/organisations/{organisation_id:str}/credentials/{credential_id:str}"


@post(
    _ALL,
    status_code=201,
    summary="Create a credential that no connection owns",
    responses=refusals(NotFound, PayloadTooLarge, has_body=True),
)
async def create_credential(
    organisation_id: FromPath[str],
    data: JSONBody[CreateCredentialBody],
    principal: NamedDependency[Principal],
    create_credential: NamedDependency[CreateCredential],
) -> CredentialBody:
    credential = await create_credential(
        principal, read_id(organisation_id, OrganisationId), data.terms(), data.members()
    )
    return CredentialBody.of(credential)


@get(_ALL, summary="List credentials, redacted", responses=refusals(NotFound))
async def list_credentials(
    organisation_id: FromPath[str],
    principal: NamedDependency[Principal],
    list_credentials: NamedDependency[ListCredentials],
    asked_page: Asked,
) -> PageBody[CredentialBody]:
    page = await list_credentials(principal, read_id(organisation_id, OrganisationId), asked_page.query)
    return asked_page.body(page, CredentialBody.of, sorted_by=lambda credential: credential)


@get(_ONE, summary="Read a credential, redacted", responses=refusals(NotFound))
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


@put(
    _ONE,
    summary="Replace a credential; what is never returned is kept where it is left out",
    responses=refusals(NotFound, ManagedByConnection, PayloadTooLarge, has_body=True),
)
async def replace_credential(
    organisation_id: FromPath[str],
    credential_id: FromPath[str],
    data: JSONBody[ReplaceCredentialBody],
    principal: NamedDependency[Principal],
    replace_credential: NamedDependency[ReplaceCredential],
) -> CredentialBody:
    organisation, credential = read_id(organisation_id, OrganisationId), read_id(credential_id, CredentialId)
    data.require_address(organisation, credential)
    return CredentialBody.of(
        await replace_credential(principal, organisation, credential, data.terms(), data.members())
    )


@delete(
    _ONE,
    status_code=200,
    summary="Delete a credential, and every version of its secret",
    responses=refusals(NotFound, ManagedByConnection),
)
async def delete_credential(
    organisation_id: FromPath[str],
    credential_id: FromPath[str],
    principal: NamedDependency[Principal],
    delete_credential: NamedDependency[DeleteCredential],
) -> DeletedBody:
    credential = read_id(credential_id, CredentialId)
    await delete_credential(principal, read_id(organisation_id, OrganisationId), credential)
    return DeletedBody(id=str(credential))
