"""Reading a token endpoint's answers."""

import json
from typing import Any

from domain.ids import AttemptId
from domain.oauth.token_response import read_token_response
from domain.tokens import TokenGrant
from tests.unit.domain.examples import NOW, ULID, an_answer

FORM = "application/x-www-form-urlencoded"
GOOD: dict[str, Any] = {"access_token": "the-access-token", "token_type": "Bearer"}


def read(body: str, *, requested: str = "read write", known_type: str | None = None, **answered: Any) -> TokenGrant:
    answer = an_answer(body, **answered)
    return read_token_response(
        answer, sent_at=NOW, requested_scope=requested, attempt=AttemptId(ULID), known_type=known_type
    )


def granted(*, requested: str = "read write", **members: Any) -> TokenGrant:
    return read(json.dumps(GOOD | members), requested=requested)
