"""Parameters as RFC 6749 has them: none twice, none empty, and secrets never in a URL."""

from urllib.parse import parse_qsl

from aiohttp import web

from tests.support.provider.refusal import Refusal, invalid_request

Parameters = dict[str, str]

_SECRET = frozenset(
    {
        "access_token",
        "client_assertion",
        "client_secret",
        "code_verifier",
        "id_token",
        "password",
        "refresh_token",
        "token",
    }
)


def read_query(request: web.Request) -> Parameters:
    """The parameters of an authorisation request (RFC 6749 §3.1)."""
    parameters = read_parameters(request.rel_url.raw_query_string)
    if parameters.keys() & _SECRET:
        raise invalid_request("secret_in_url")
    return parameters


async def read_form(request: web.Request) -> Parameters:
    """The parameters of a POST: form-urlencoded, and in the body alone (RFC 6749 §2.3.1, §3.2; RFC 7009 §2.1)."""
    query = request.rel_url.raw_query_string
    if query:
        secret = read_parameters(query).keys() & (_SECRET | {"code"})
        raise invalid_request("secret_in_url" if secret else "url_parameters")
    if request.content_type != "application/x-www-form-urlencoded":
        raise invalid_request("content_type")
    try:
        return read_parameters((await request.read()).decode("ascii"))
    except UnicodeDecodeError as error:
        raise invalid_request("malformed_body") from error


def read_parameters(encoded: str) -> Parameters:
    """Decode strictly. A parameter without a value counts as left out (RFC 6749 §3.1, §3.2)."""
    if not encoded:
        return {}
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise invalid_request("malformed_body") from error
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise invalid_request("repeated_parameter")
    return {name: value for name, value in parameters.items() if value}


def required(parameters: Parameters, name: str) -> str:
    if name not in parameters:
        raise Refusal("invalid_request", "parameter_missing")
    return parameters[name]
