"""OPTIONS says all that an address takes, where Litestar lists what its first handler takes."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from app.http.request_id import is_http


async def list_all_methods(message: Message, scope: Scope) -> None:
    """A hook before anything is sent."""
    if message["type"] != "http.response.start" or not is_http(scope) or scope["method"] != "OPTIONS":
        return
    here = [route for route in scope["litestar_app"].routes if route.path_format == scope.get("path_template")]
    methods = {method for route in here for method in route.methods}
    if methods:
        MutableScopeHeaders.from_message(message)["Allow"] = ", ".join(sorted(methods))
