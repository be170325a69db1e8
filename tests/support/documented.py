"""Holds every answer that a test gets to the committed OpenAPI document: its status, and the code of a refusal."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx

_DOCUMENT = Path(__file__).parents[2] / "docs/reference/openapi.json"


async def hold_to_document(response: httpx.Response) -> None:
    """A hook for httpx. What no operation of the document takes (other addresses, other methods) is passed over."""
    told = _responses(response.request.method, response.request.url.path)
    if told is None:
        return
    assert str(response.status_code) in told, (response.request.url.path, response.status_code)
    if response.is_error:
        await response.aread()
        codes = told[str(response.status_code)]["content"]["application/json"]["examples"]
        assert response.json()["code"] in codes, (response.request.url.path, response.text)


def _responses(method: str, path: str) -> dict[str, Any] | None:
    document, addresses = _read()
    template = next((template for form, template in addresses if form.fullmatch(path)), "")
    operation = document["paths"].get(template, {}).get(method.lower())
    if operation is None:
        return None
    shared = document["components"]["responses"]
    return {
        status: shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
        for status, response in operation["responses"].items()
    }


@cache
def _read() -> tuple[dict[str, Any], list[tuple[re.Pattern[str], str]]]:
    """The document, and its API's addresses."""
    document: dict[str, Any] = json.loads(_DOCUMENT.read_bytes())
    return document, [
        (re.compile(re.sub(r"\{\w+\}", "[^/]+", template)), template)
        for template in document["paths"]
        if template.startswith("/v1alpha1/")
    ]
