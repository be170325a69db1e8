"""A request to a provider and its answer, as values: what an adapter sends and what it brings back."""

from collections.abc import Mapping
from enum import StrEnum

import attrs

from domain.secret import Secret


class Method(StrEnum):
    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    DELETE = "DELETE"
    PATCH = "PATCH"


@attrs.frozen(kw_only=True)
class ProviderRequest:
    """What to send.

    Attributes:
        headers: Their values may be secret (``Authorization``).
        form: The body as ``application/x-www-form-urlencoded``; absent for a GET.
        body: A body of another type, which ``Content-Type`` among the headers names; never beside a form.

    """

    method: Method
    url: str
    headers: Mapping[str, Secret] = attrs.field(factory=dict)
    form: Mapping[str, Secret] | None = None
    body: Secret | None = None


@attrs.frozen(kw_only=True)
class ProviderResponse:
    """What came back.

    Attributes:
        content_type: The header as sent, in lower case; empty when absent.
        body: The decoded body, of bounded length; it may hold tokens.
        retry_after: Seconds for which ``Retry-After`` asks not to be asked again; None when it does not say.
        max_age: Seconds for which ``Cache-Control`` allows the answer to be kept; None when it does not say.

    """

    status: int
    content_type: str
    body: Secret
    max_age: int | None = None
    retry_after: float | None = None
