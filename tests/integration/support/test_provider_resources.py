"""The provider's user information and revocation (OpenID Connect Core §5.3, RFC 7009)."""

import httpx

from tests.integration.support.flow import Relation, relation
from tests.support.provider import Ledger, StrictProvider, fingerprint


def says(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


async def ledger_of(client: Relation) -> Ledger:
    return await client.provider.ledger(client.client.client_id)


async def test_user_information_is_for_a_live_token_in_the_header_alone(acme: Relation) -> None:
    await acme.provider.script(acme.client.client_id, access_token_lifetime_seconds=0)
    expired = (await acme.granted())["access_token"]
    at = acme.provider.userinfo_endpoint
    assert (await acme.http.get(at, headers={"Authorization": f"Bearer {expired}"})).status_code == 401
    assert (await acme.http.get(at)).status_code == 401
    assert (await acme.http.get(at, params={"access_token": expired})).status_code == 400


async def test_a_revoked_refresh_token_ends_its_grant_and_an_unknown_one_is_no_error(acme: Relation) -> None:
    refresh_token = (await acme.granted())["refresh_token"]
    assert (await acme.token({"token": "unknown"}, path="/revoke")).status_code == 200
    assert (await acme.token({"token": refresh_token}, path="/revoke")).status_code == 200
    assert says(await acme.refresh(refresh_token)) == (400, "invalid_grant")
    seen = (await ledger_of(acme)).revocation_requests
    assert [request.token_sha256 for request in seen] == [fingerprint("unknown"), fingerprint(refresh_token)]


async def test_revoking_an_access_token_leaves_the_grant(acme: Relation) -> None:
    granted = await acme.granted()
    await acme.token({"token": granted["access_token"]}, path="/revoke")
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    assert (await acme.http.get(acme.provider.userinfo_endpoint, headers=bearer)).status_code == 401
    assert (await acme.refresh(granted["refresh_token"])).status_code == 200


async def test_a_stranger_revokes_nothing(provider: StrictProvider, acme: Relation) -> None:
    refresh_token = (await acme.granted())["refresh_token"]
    async with relation(provider) as stranger:
        assert (await stranger.token({"token": refresh_token}, path="/revoke")).status_code == 400
    assert (await acme.refresh(refresh_token)).status_code == 200
