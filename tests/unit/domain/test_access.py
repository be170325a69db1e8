from itertools import product

import pytest

from domain.access import GRANTED, Permission, Principal, Role
from domain.errors import Forbidden, NotFound
from domain.ids import OrganisationId

ACME = OrganisationId("acme")
OTHER = OrganisationId("other")
ORGANISATIONS_ROLES = [role for role in Role if role is not Role.PLATFORM_ADMIN]

READ, CONNECT, ISSUE, EDIT = Permission.READ, Permission.CONNECT, Permission.ISSUE, Permission.EDIT
NAMED = Permission.READ_ORGANISATION
MANAGE_KEYS, MANAGE_ORGANISATIONS = Permission.MANAGE_KEYS, Permission.MANAGE_ORGANISATIONS
PUBLISH, AUDIT = Permission.PUBLISH, Permission.AUDIT

# api.md, Access: written out once more, so that a slip in the table shows.
ALLOWED = {
    Role.VIEWER: {NAMED, READ},
    Role.CONNECTOR: {NAMED, READ, CONNECT},
    Role.ISSUER: {NAMED, READ, ISSUE},
    Role.EDITOR: {NAMED, READ, EDIT},
    Role.OWNER: {NAMED, READ, CONNECT, ISSUE, EDIT, AUDIT, MANAGE_KEYS},
    Role.PLATFORM_ADMIN: {NAMED, AUDIT, MANAGE_KEYS, MANAGE_ORGANISATIONS, PUBLISH},
}


def a_principal(*roles: Role, organisation_id: OrganisationId | None = ACME) -> Principal:
    return Principal(id="key", name="a key", organisation_id=organisation_id, roles=frozenset(roles))


def platform_admin() -> Principal:
    return a_principal(Role.PLATFORM_ADMIN, organisation_id=None)


def test_every_role_stands_in_the_table() -> None:
    assert set(GRANTED) == set(Role) == set(ALLOWED)


@pytest.mark.parametrize(("role", "permission"), list(product(ORGANISATIONS_ROLES, Permission)))
def test_a_role_may_do_in_its_organisation_what_the_table_says(role: Role, permission: Permission) -> None:
    principal = a_principal(role)
    if permission in ALLOWED[role]:
        principal.require(permission, ACME)
    else:
        with pytest.raises(Forbidden):
            principal.require(permission, ACME)


@pytest.mark.parametrize("permission", Permission)
def test_a_platform_administrator_sets_organisations_up_and_sees_only_who_did_what_in_them(
    permission: Permission,
) -> None:
    if permission in {NAMED, AUDIT, MANAGE_KEYS, MANAGE_ORGANISATIONS, PUBLISH}:
        platform_admin().require(permission, ACME)
        platform_admin().require(permission)
    else:
        with pytest.raises(Forbidden):
            platform_admin().require(permission, ACME)


@pytest.mark.parametrize("role", ORGANISATIONS_ROLES)
def test_every_role_of_an_organisation_reads_what_a_viewer_reads(role: Role) -> None:
    a_principal(role).require(READ, ACME)


@pytest.mark.parametrize(("role", "permission"), list(product(Role, Permission)))
def test_what_is_another_organisations_is_not_found_whatever_the_role(role: Role, permission: Permission) -> None:
    with pytest.raises(NotFound):
        a_principal(role).require(permission, OTHER)


def test_roles_add_up() -> None:
    principal = a_principal(Role.CONNECTOR, Role.ISSUER)
    for permission in (READ, CONNECT, ISSUE):
        principal.require(permission, ACME)
    with pytest.raises(Forbidden):
        principal.require(EDIT, ACME)


@pytest.mark.parametrize("permission", Permission)
def test_without_a_role_nothing_is_allowed(permission: Permission) -> None:
    with pytest.raises(Forbidden):
        a_principal().require(permission, ACME)


@pytest.mark.parametrize(("role", "permission"), list(product(ORGANISATIONS_ROLES, Permission)))
def test_who_stands_in_no_organisation_has_no_organisations_role(role: Role, permission: Permission) -> None:
    with pytest.raises(Forbidden):
        a_principal(role, organisation_id=None).require(permission, ACME)


@pytest.mark.parametrize("permission", Permission)
def test_platform_admin_counts_for_nothing_within_an_organisation(permission: Permission) -> None:
    with pytest.raises(Forbidden):
        a_principal(Role.PLATFORM_ADMIN).require(permission, ACME)
    with pytest.raises(Forbidden):
        a_principal(Role.PLATFORM_ADMIN).require(permission)
