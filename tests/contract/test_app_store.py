import asyncio
import json

import pytest

from domain.access import Organisation
from domain.apps import App
from domain.auth_configs import (
    ApiKeyConfig,
    AuthType,
    BasicAuthConfig,
    DirectGrantConfig,
    FlowType,
    HttpRefreshConfig,
    JwtBearerConfig,
    Location,
    OAuth2Config,
    OidcConfig,
    UnusableConfig,
)
from domain.errors import CallbackUrlTaken, NotFound
from domain.ids import AppId
from domain.lists import ListQuery
from domain.oauth.client import AuthStyle, PkceMethod
from domain.ports import AppStore
from tests.support.domain_examples import an_app, an_id, an_oauth2_config

OIDC = OidcConfig(
    discovery_url="https://provider.example",
    client_id="client-of-acme",
    scopes={"openid": "", "email": "Your address"},
    auth_style=AuthStyle.BODY,
    pkce=PkceMethod.NONE,
    additional_authorize_parameters={"prompt": "login", "audience": "https://api.example"},
    additional_token_parameters={"resource": "https://api.example"},
)
OAUTH2 = an_oauth2_config(
    issuer="https://provider.example",
    refresh_endpoint="https://provider.example/refresh",
    revocation_endpoint="https://provider.example/revoke",
    additional_authorize_parameters={"access_type": "offline"},
    additional_token_parameters={"audience": "https://api.example"},
    refresh_token_idle_lifetime=7_776_000,
    refresh_token_absolute_lifetime=31_536_000,
)
UNUSABLE = UnusableConfig(
    type=AuthType.OAUTH2,
    data={"clientId": None, "scopes": {"z": "last\u0000", "a": ["first", 1.5, True]}},
    reason="It has no clientId.",
)
KEYS = (
    ApiKeyConfig(name="X-Api-Key", location=Location.HEADER),
    BasicAuthConfig(user="default"),
    JwtBearerConfig(algorithm="ES256", payload={"z": "\u0000", "a": [1.5]}, prefix="JWT", lifetime_seconds=90),
    HttpRefreshConfig(
        token_endpoint="https://provider.example/token",
        method="POST",
        token_ttl_seconds=600,
        secret_in="header",
        header_destination="X-Secret",
        headers={"X-Z": ("2", "1"), "X-A": ()},
        selector="result.tok",
        name="access_token",
        location=Location.QUERY,
    ),
)
DIRECT = DirectGrantConfig(
    flow_type=FlowType.RESOURCE_OWNER_PASSWORD,
    token_endpoint="https://provider.example/token",
    username="default",
    scopes={"z": "", "a": ""},
)
FOREIGN = {"schemaId": "01H", "schema": {"z": [1, {"deep": None}], "a": "\u0000 😀"}, "schemaMetadata": []}


@pytest.fixture
async def relay(app_store: AppStore, organisation: Organisation) -> App:
    await app_store.add(app := an_app(organisation, relay_callback_url="https://Front.example:443/Callback"))
    return app


async def test_an_app_reads_back_as_it_was_added(app_store: AppStore, organisation: Organisation) -> None:
    app = an_app(
        organisation,
        configs=(OAUTH2, OIDC, UNUSABLE, DIRECT, *KEYS),
        image_url="https://provider.example/logo.png",
        relay_callback_url="https://front.example/callback",
        return_urls=("https://acme.example/z", "https://acme.example/a"),
        foreign=FOREIGN,
    )
    await app_store.add(app)
    assert await app_store.get(organisation.id, app.id) == app


async def test_what_was_sent_in_an_order_keeps_it(app_store: AppStore, organisation: Organisation) -> None:
    await app_store.add(app := an_app(organisation, configs=(OAUTH2, OIDC, UNUSABLE), foreign=FOREIGN))
    kept = await app_store.get(organisation.id, app.id)
    oauth2, oidc, unusable = kept.configs
    assert isinstance(oauth2, OAuth2Config)
    assert isinstance(oidc, OidcConfig)
    assert isinstance(unusable, UnusableConfig)
    assert list(oauth2.scopes.items()) == list(OAUTH2.scopes.items())
    assert list(oidc.additional_authorize_parameters) == ["prompt", "audience"]
    assert json.dumps(unusable.data) == json.dumps(UNUSABLE.data)
    assert json.dumps(kept.foreign) == json.dumps(FOREIGN)


async def test_an_unknown_app_is_not_found(app_store: AppStore, organisation: Organisation) -> None:
    with pytest.raises(NotFound):
        await app_store.get(organisation.id, an_id(AppId))


async def test_another_organisations_app_is_not_found(
    app_store: AppStore, app: App, other_organisation: Organisation
) -> None:
    with pytest.raises(NotFound):
        await app_store.get(other_organisation.id, app.id)


@pytest.mark.parametrize(
    "url", ["https://Front.example:443/Callback", "https://front.example/Callback", "HTTPS://FRONT.EXAMPLE/Callback"]
)
async def test_a_relay_callback_url_in_use_is_refused_also_to_another_organisation(
    app_store: AppStore, relay: App, organisation: Organisation, other_organisation: Organisation, url: str
) -> None:
    for owner in (organisation, other_organisation):
        rival = an_app(owner, relay_callback_url=url)
        with pytest.raises(CallbackUrlTaken):
            await app_store.add(rival)
        with pytest.raises(NotFound):
            await app_store.get(owner.id, rival.id)
    assert await app_store.get(organisation.id, relay.id) == relay


@pytest.mark.parametrize(
    "url",
    ["https://front.example/callback", "https://front.example:8443/Callback", "https://front.example/Callback/2", None],
)
async def test_another_relay_callback_url_is_free(
    app_store: AppStore, relay: App, organisation: Organisation, url: str | None
) -> None:
    await app_store.add(app := an_app(organisation, relay_callback_url=url))
    assert (await app_store.get(organisation.id, app.id)).relay_callback_url == url
    assert (await app_store.get(organisation.id, relay.id)).relay_callback_url == relay.relay_callback_url


async def test_apps_without_a_relay_are_no_rivals(app_store: AppStore, app: App, organisation: Organisation) -> None:
    await app_store.add(another := an_app(organisation))
    assert (await app_store.list(organisation.id, ListQuery(first=10))).total == 2
    assert await app_store.get(organisation.id, another.id) == another
    assert await app_store.get(organisation.id, app.id) == app


async def test_of_many_apps_that_take_a_callback_url_at_once_one_gets_it(
    app_store: AppStore, organisation: Organisation
) -> None:
    apps = [an_app(organisation, relay_callback_url="https://front.example/callback") for _ in range(20)]
    answers = await asyncio.gather(*(app_store.add(app) for app in apps), return_exceptions=True)
    assert [type(answer) for answer in answers if answer is not None] == [CallbackUrlTaken] * 19
    assert (await app_store.list(organisation.id, ListQuery(first=100))).total == 1


async def test_an_auth_style_is_learnt_where_the_config_says_auto(
    app_store: AppStore, organisation: Organisation
) -> None:
    auto = an_oauth2_config(auth_style=AuthStyle.AUTO)
    await app_store.add(app := an_app(organisation, configs=(UNUSABLE, OIDC, auto)))
    await app_store.learn_auth_style(organisation.id, app.id, AuthType.OAUTH2, AuthStyle.HEADER)
    learnt = await app_store.get(organisation.id, app.id)
    assert learnt.configs == (UNUSABLE, OIDC, an_oauth2_config(auth_style=AuthStyle.HEADER))
    assert learnt.updated_at == app.updated_at


async def test_what_the_config_says_itself_or_has_learnt_before_stays(
    app_store: AppStore, organisation: Organisation
) -> None:
    await app_store.add(app := an_app(organisation, configs=(an_oauth2_config(), OIDC)))
    await app_store.learn_auth_style(organisation.id, app.id, AuthType.OAUTH2, AuthStyle.BODY)
    before = await app_store.get(organisation.id, app.id)
    await app_store.learn_auth_style(organisation.id, app.id, AuthType.OAUTH2, AuthStyle.HEADER)
    await app_store.learn_auth_style(organisation.id, app.id, AuthType.OIDC, AuthStyle.HEADER)
    assert await app_store.get(organisation.id, app.id) == before


async def test_one_apps_auth_style_is_no_other_apps(app_store: AppStore, app: App, organisation: Organisation) -> None:
    await app_store.add(another := an_app(organisation))
    await app_store.learn_auth_style(organisation.id, another.id, AuthType.OAUTH2, AuthStyle.BODY)
    await app_store.learn_auth_style(organisation.id, an_id(AppId), AuthType.OAUTH2, AuthStyle.BODY)
    assert await app_store.get(organisation.id, app.id) == app
