import pytest

from domain.oauth.client import AuthStyle
from domain.oauth.client_authentication import other_style, style_of
from domain.secret import Secret
from tests.unit.domain.examples import an_oauth_client

SECRET = Secret("the-secret")


@pytest.mark.parametrize(
    ("methods", "style"),
    [
        ((), AuthStyle.HEADER),  # RFC 8414 §2: omitted, the default is client_secret_basic
        (("client_secret_basic",), AuthStyle.HEADER),
        (("client_secret_post", "client_secret_basic"), AuthStyle.HEADER),
        (("client_secret_post",), AuthStyle.BODY),
        (("private_key_jwt", "client_secret_post"), AuthStyle.BODY),
        (("none",), AuthStyle.BODY),
    ],
)
def test_rfc8414_2_auto_is_what_the_metadata_allows(methods: tuple[str, ...], style: AuthStyle) -> None:
    assert style_of(an_oauth_client(auth_methods=methods), SECRET) is style


@pytest.mark.parametrize("style", [AuthStyle.HEADER, AuthStyle.BODY, AuthStyle.NONE])
def test_a_style_that_is_set_goes_before_the_metadata(style: AuthStyle) -> None:
    client = an_oauth_client(auth_style=style, auth_methods=("client_secret_post",))
    assert style_of(client, SECRET) is style
    assert other_style(client, SECRET) is None


@pytest.mark.parametrize("style", AuthStyle)
def test_without_a_secret_there_is_nothing_to_authenticate_with(style: AuthStyle) -> None:
    client = an_oauth_client(auth_style=style)
    assert style_of(client, None) is AuthStyle.NONE
    assert other_style(client, None) is None


@pytest.mark.parametrize(("methods", "other"), [((), AuthStyle.BODY), (("client_secret_post",), AuthStyle.HEADER)])
def test_what_was_not_tried_comes_next_and_then_nothing(methods: tuple[str, ...], other: AuthStyle) -> None:
    client = an_oauth_client(auth_methods=methods)
    second = other_style(client, SECRET)
    assert second is not None
    assert style_of(second, SECRET) is other
    assert other_style(second, SECRET) is None
