import asyncio

import pytest

from domain.errors import AlreadyExists, NotFound
from domain.ids import OrganisationId
from domain.ports import OrganisationStore
from tests.support.domain_examples import an_organisation


async def test_an_organisation_reads_back_as_it_was_added(organisation_store: OrganisationStore) -> None:
    await organisation_store.add(organisation := an_organisation(name="Ünïcode & Søns ✓"))
    assert await organisation_store.get(organisation.id) == organisation


async def test_an_unknown_organisation_is_not_found(organisation_store: OrganisationStore) -> None:
    with pytest.raises(NotFound):
        await organisation_store.get(OrganisationId("unknown"))


async def test_organisations_that_differ_in_case_are_two(organisation_store: OrganisationStore) -> None:
    await organisation_store.add(an_organisation(id=OrganisationId("acme"), name="The small"))
    await organisation_store.add(an_organisation(id=OrganisationId("ACME"), name="The great"))
    assert (await organisation_store.get(OrganisationId("acme"))).name == "The small"


async def test_an_identifier_in_use_is_refused_and_its_organisation_stays(
    organisation_store: OrganisationStore,
) -> None:
    await organisation_store.add(organisation := an_organisation(name="The first"))
    with pytest.raises(AlreadyExists):
        await organisation_store.add(an_organisation(id=organisation.id, name="The second"))
    assert await organisation_store.get(organisation.id) == organisation


async def test_of_many_that_take_an_identifier_at_once_one_gets_it(organisation_store: OrganisationStore) -> None:
    identifier = OrganisationId("acme")
    adding = (organisation_store.add(an_organisation(id=identifier)) for _ in range(20))
    answers = await asyncio.gather(*adding, return_exceptions=True)
    assert [type(answer) for answer in answers if answer is not None] == [AlreadyExists] * 19
