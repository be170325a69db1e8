"""The API's own names in the document that Litestar writes, whose schemas and paths are named as our classes are."""

import inspect
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

Part: TypeAlias = dict[str, Any]

_SCHEMAS = "#/components/schemas/"


def renamed(written: Part) -> Part:
    """The document: ``AppBody`` is ``App``, ``app_id`` is ``appId``, and a schema says what its class says."""
    told: Part = _renamed(written)
    told["paths"] = {_camel_path(path): item for path, item in told["paths"].items()}
    told["components"]["schemas"] = {
        _schema_name(name): _described(schema) for name, schema in told["components"]["schemas"].items()
    }
    return told


def camel(name: str) -> str:
    """``app_id`` is ``appId``."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def schemas_in(part: object) -> Iterator[str]:
    """The schemas to which a part of the document refers."""
    match part:
        case {"$ref": str(reference)} if reference.startswith(_SCHEMAS):
            yield reference.removeprefix(_SCHEMAS)
        case dict():
            for member in part.values():
                yield from schemas_in(member)
        case list():
            for item in part:
                yield from schemas_in(item)


def _renamed(part: Any) -> Any:
    match part:
        case {"$ref": str(reference)}:
            return {"$ref": _SCHEMAS + _schema_name(reference.removeprefix(_SCHEMAS))}
        case dict():
            return {name: _renamed(member) for name, member in part.items()}
        case list():
            return [_renamed(item) for item in part]
    return part


def _schema_name(name: str) -> str:
    page = re.fullmatch(r"PageBody_(?:.*\.)?(\w+?)Body_", name)
    return f"{page[1]}Page" if page else name.rpartition("_")[2].removesuffix("Body")


def _camel_path(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: f"{{{camel(found[1])}}}", path)


def _described(schema: Part) -> Part:
    kind = next((kind for kind in _structs(msgspec.Struct) if kind.__name__ == schema.get("title")), None)
    words = inspect.cleandoc(kind.__doc__).replace("``", "`") if kind is not None and kind.__doc__ else None
    untitled = {name: member for name, member in schema.items() if name != "title"}
    return untitled if words is None else untitled | {"description": words}


def _structs(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _structs(inner)
