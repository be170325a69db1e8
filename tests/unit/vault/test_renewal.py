"""The service's token is kept from ending."""

import asyncio

import attrs
import pytest

from adapters.vault.renewal import keep_renewed
from domain.ports import SecretStoreUnavailable


@attrs.define
class Renewing:
    """Answers each renewal with the next of these, and then never."""

    answers: list[float | SecretStoreUnavailable | None]
    asked: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def renew_own_token(self) -> float | None:
        if not self.answers:
            self.asked.set()
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, SecretStoreUnavailable):
            raise answer
        return answer


@pytest.mark.parametrize(
    "answers", [[0.003, 0.003, 0.003], [SecretStoreUnavailable(), SecretStoreUnavailable(), 0.003]]
)
async def test_it_is_renewed_again_and_again_and_a_failure_does_not_end_it(
    answers: list[float | SecretStoreUnavailable | None],
) -> None:
    client = Renewing(answers)
    task = asyncio.create_task(keep_renewed(client, seconds_after_failure=0.003))
    async with asyncio.timeout(5):
        await client.asked.wait()
    task.cancel()
    await asyncio.wait({task})
