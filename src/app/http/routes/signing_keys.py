"""Keys by which an organisation signs its own JWTs."""

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.http.identifiers import read_id
from app.http.lists import Asked
from app.http.openapi import refusals
from app.http.wire.deleted import DeletedBody
from app.http.wire.pages import PageBody
from app.http.wire.signing_keys import CreateSigningKeyBody, SigningKeyBody
from app.use_cases.manage_signing_keys import CreateSigningKey, DeleteSigningKey, ListSigningKeys, ReadSigningKey
from domain.access import Principal
from domain.errors import NotFound
from domain.ids import OrganisationId, SigningKeyId


@post(
    "/organisations/{organisation_id:str}/signing-keys",
    status_code=201,
    summary="Register a public key, whose JWTs are taken as `Authorization: JWT <token>`",
    responses=refusals(NotFound, has_body=True),
)
async def create_signing_key(
    organisation_id: FromPath[str],
    data: JSONBody[CreateSigningKeyBody],
    principal: NamedDependency[Principal],
    create_signing_key: NamedDependency[CreateSigningKey],
) -> SigningKeyBody:
    key = await create_signing_key(
        principal,
        read_id(organisation_id, OrganisationId),
        name=data.name,
        algorithm=data.algorithm,
        public_key=data.public_key,
    )
    return SigningKeyBody.of(key)


@get(
    "/organisations/{organisation_id:str}/signing-keys",
    summary="List signing keys",
    responses=refusals(NotFound),
)
async def list_signing_keys(
    organisation_id: FromPath[str],
    principal: NamedDependency[Principal],
    list_signing_keys: NamedDependency[ListSigningKeys],
    asked_page: Asked,
) -> PageBody[SigningKeyBody]:
    page = await list_signing_keys(principal, read_id(organisation_id, OrganisationId), asked_page.query)
    return asked_page.body(page, SigningKeyBody.of, sorted_by=lambda key: key)


@get(
    "/organisations/{organisation_id:str}/signing-keys/{signing_key_id:str}",
    summary="Read a signing key",
    responses=refusals(NotFound),
)
async def read_signing_key(
    organisation_id: FromPath[str],
    signing_key_id: FromPath[str],
    principal: NamedDependency[Principal],
    read_signing_key: NamedDependency[ReadSigningKey],
) -> SigningKeyBody:
    key = await read_signing_key(
        principal, read_id(organisation_id, OrganisationId), read_id(signing_key_id, SigningKeyId)
    )
    return SigningKeyBody.of(key)


@delete(
    "/organisations/{organisation_id:str}/signing-keys/{signing_key_id:str}",
    status_code=200,
    summary="Take a signing key back, at once",
    responses=refusals(NotFound),
)
async def delete_signing_key(
    organisation_id: FromPath[str],
    signing_key_id: FromPath[str],
    principal: NamedDependency[Principal],
    delete_signing_key: NamedDependency[DeleteSigningKey],
) -> DeletedBody:
    await delete_signing_key(principal, read_id(organisation_id, OrganisationId), read_id(signing_key_id, SigningKeyId))
    return DeletedBody(id=signing_key_id)
