"""Request bodies: JSON that says so, in UTF-8, each member once, and read strictly ("1" is no number)."""

import json
import re
from collections import Counter
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException

from app.http.wire.fields import field_error, named
from domain.errors import FieldError, InvalidRequest

# An escaped U+0000: the only way to write one in JSON. Postgres keeps none in text.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class JsonRequest(Request[Any, Any, Any]):
    """A request of the API. Litestar would read any bytes as JSON, "1" as a number, and the last of two members."""

    async def json(self) -> Any:
        """The body as its route takes it.

        Raises a 415 for a body of another type (taken as JSON it would let a cross-site form speak for a browser), and
        InvalidRequest for one that is malformed or does not fit.
        """
        if self.content_type[0] != "application/json":
            raise HTTPException(status_code=415)
        wanted = self.route_handler.parsed_data_field
        return read_json(await self.body(), kind=Any if wanted is None else wanted.annotation)


def read_json(body: bytes, *, kind: Any) -> Any:
    """The body as a ``kind``. Raises InvalidRequest."""
    try:
        read = msgspec.json.decode(body, type=kind)
        json.loads(body, object_pairs_hook=_refuse_repeated, parse_int=str, parse_float=str)
    except msgspec.ValidationError as error:
        raise InvalidRequest(fields=(field_error(error),)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidRequest("The body is not JSON in UTF-8, or is nested too deep.") from None
    if _NUL.search(body):
        raise InvalidRequest("The body holds the character U+0000. Leave it out.")
    return read


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> None:
    # RFC 8259 §4: which of two would count is anybody's guess, and a proxy's may differ from ours.
    counted = Counter(name for name, _ in pairs)
    repeated = next((name for name, times in counted.items() if times > 1), None)
    if repeated is not None:
        raise InvalidRequest(fields=(FieldError(named(repeated), "is there more than once"),))
