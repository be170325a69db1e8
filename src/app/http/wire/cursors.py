"""Cursors: where a page's edge is, opaque to clients, and good for the list that answered it alone.

``base64url(MAC || JSON)``: the JSON is the position, the MAC is over it and over the list (whose it is, which, its
filters and its order). A cursor tells its holder nothing but what the page showed, and gives nothing but a place in a
list that the holder may read anyway: the MAC is there so that what we read is what we wrote.
"""

import base64
import hmac
from datetime import datetime

import attrs
import msgspec

from domain.errors import FieldError, InvalidRequest
from domain.lists import Edge, Order, Position, Side, SortField, SortValue
from domain.secret import Secret

_PURPOSE = "list cursor"
_MAC_BYTES = 32


@attrs.frozen
class Cursors:
    """The cursors of one list in one order."""

    key: Secret
    list_name: str
    order: Order

    def write(self, position: Position) -> str:
        payload = msgspec.json.encode([_text(value) for value in position])
        return base64.urlsafe_b64encode(self._mac(payload) + payload).rstrip(b"=").decode()

    def read(self, cursor: str, side: Side) -> Edge:
        """Raises InvalidRequest for what is no cursor of this list."""
        try:
            whole = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except ValueError:
            raise _refused(side) from None
        mac, payload = whole[:_MAC_BYTES], whole[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(payload)):
            raise _refused(side)
        values = msgspec.json.decode(payload, type=list[str])
        return Edge(side, tuple(_value(term.field, text) for term, text in zip(self.order, values, strict=True)))

    def _mac(self, payload: bytes) -> bytes:
        order = [(term.field, term.descending) for term in self.order]
        message = msgspec.json.encode((self.list_name, order, payload.decode("latin-1")))
        return bytes.fromhex(self.key.derive(_PURPOSE, message=message.decode()))


def _text(value: SortValue) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _value(field: SortField, text: str) -> SortValue:
    return datetime.fromisoformat(text) if field in {SortField.CREATED_AT, SortField.UPDATED_AT} else text


def _refused(side: Side) -> InvalidRequest:
    return InvalidRequest(fields=(FieldError(side, "is not a cursor that a page of this list answered"),))
