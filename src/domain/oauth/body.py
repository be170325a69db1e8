"""A provider's answer as an object of members: JSON, or form-encoded where it says so."""

import json
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from domain.errors import ProviderProtocolError
from domain.oauth.http import ProviderResponse

_FORM = "application/x-www-form-urlencoded"
_MOST_MEMBERS = 1000


def read_object(response: ProviderResponse) -> Mapping[str, object]:
    """The members of the body. Raises ProviderProtocolError for what is no object, or repeats a member (RFC 6749 §5.1).

    Whatever is not declared as a form is read as JSON, whatever its type: some providers send JSON as text.
    """
    text = response.body.reveal()
    try:
        if response.content_type.partition(";")[0].strip() == _FORM:
            return _distinct(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_MEMBERS))
        members = json.loads(text, object_pairs_hook=_distinct, parse_constant=_refuse)
    except (ValueError, RecursionError):
        # The cause is left out: a parser's message may quote the body.
        raise ProviderProtocolError("The provider's answer is neither JSON nor a form.") from None
    if not isinstance(members, dict):
        raise ProviderProtocolError("The provider's answer is no JSON object.")
    return members


def _distinct(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is repeated")
    return members


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")
