"""What many ask at once goes to Postgres as one statement: a round trip, a plan and a commit for all of them.

Nobody waits for company. Who asks while nothing is under way is asked for alone and at once; whoever comes meanwhile
goes with the others who came, as soon as that is answered. So the more there is to do, the less each of it costs.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Hashable, Mapping, Sequence
from contextvars import Context
from typing import Any, TypeAlias

import attrs
from psycopg import DataError, IntegrityError
from psycopg.types.json import Jsonb

from adapters.postgres.pool import Pool, Row, RowsLocked
from adapters.postgres.tenancy import ask_in_turn
from domain.ids import OrganisationId

MOST = 32
"""So many go together, as the statements' LIMIT says: more would wait long for a row that somebody else has."""

Answers: TypeAlias = Sequence[Sequence[Row]]
_Alike: TypeAlias = frozenset[tuple[str, Hashable]]


@attrs.define(eq=False)
class _Asked:
    id: str
    organisation_id: OrganisationId
    members: Mapping[str, Any] = attrs.field(repr=False)
    answers: "asyncio.Future[Answers]"

    def document(self) -> Mapping[str, Any]:
        return {"organisation_id": self.organisation_id, "id": self.id, **self.members}


@attrs.frozen(eq=False)
class Together:
    """Statements by key, in one transaction; one for a process, and a kind of work.

    They get what is asked for as ``asked``: a JSON array, ordered by ``id`` so that two never wait for each other's
    rows, in which no id is twice. Each of their rows says by ``id`` for whom it is. They append no audit event: what is
    done for many is no one's deed.
    """

    pool: Pool
    statements: Sequence[str]
    parameters: Mapping[str, Any] = attrs.field(factory=dict)
    _queues: dict[_Alike, deque[_Asked]] = attrs.field(factory=dict, init=False)
    _running: set[asyncio.Task[None]] = attrs.field(factory=set, init=False)

    async def __call__(
        self, organisation_id: OrganisationId, of: str, members: Mapping[str, Any] | None = None, **alike: Hashable
    ) -> Answers:
        """The rows that each statement has for the id ``of``. ``alike`` are parameters: only what is goes together.

        Raises as ``connected``.
        """
        asked = _Asked(of, organisation_id, members or {}, asyncio.get_running_loop().create_future())
        kind = frozenset(alike.items())
        if kind in self._queues:
            self._queues[kind].append(asked)
        else:
            self._queues[kind] = deque([asked])
            self._start(self._ask_all(kind))
        return await asked.answers

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, context=Context())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _ask_all(self, kind: _Alike) -> None:
        queue = self._queues[kind]
        try:
            while queue:
                if batch := _next(queue):
                    await self._ask(kind, batch)
        finally:
            del self._queues[kind]

    async def _ask(self, kind: _Alike, batch: Sequence[_Asked]) -> None:
        try:
            answers = await self._answers(kind, batch)
        except (DataError, IntegrityError, RowsLocked) as error:
            if len(batch) == 1:
                _fail(batch, error)
            else:  # which of them it is about is told by asking for each alone, while others go on
                for asked in batch:
                    self._start(self._ask(kind, [asked]))
        except Exception as error:  # noqa: BLE001 - whatever it is: it is theirs to raise who wait
            _fail(batch, error)
        else:
            for asked in batch:
                if not asked.answers.done():
                    asked.answers.set_result([rows.get(asked.id, ()) for rows in answers])

    async def _answers(self, kind: _Alike, batch: Sequence[_Asked]) -> Sequence[Mapping[str, Sequence[Row]]]:
        ordered = sorted(batch, key=lambda asked: asked.id)
        parameters = {
            "asked": Jsonb([asked.document() for asked in ordered]),
            **self.parameters,
            **dict(kind),
        }
        whose = frozenset(asked.organisation_id for asked in batch)
        answers = await ask_in_turn(self.pool, whose, self.statements, parameters, prepared=True)
        return [_by_id(answer.rows) for answer in answers]


def _next(queue: deque[_Asked]) -> Sequence[_Asked]:
    """What goes together next: those whose id is among them already stay where they are."""
    batch: dict[str, _Asked] = {}
    staying: list[_Asked] = []
    while queue and len(batch) < MOST:
        asked = queue.popleft()
        if asked.id in batch:
            staying.append(asked)
        elif not asked.answers.done():  # else its caller has gone
            batch[asked.id] = asked
    queue.extendleft(reversed(staying))
    return list(batch.values())


def _by_id(rows: Sequence[Row]) -> Mapping[str, Sequence[Row]]:
    of: dict[str, list[Row]] = {}
    for row in rows:
        of.setdefault(row["id"], []).append(row)
    return of


def _fail(batch: Sequence[_Asked], error: Exception) -> None:
    for asked in batch:
        if not asked.answers.done():
            asked.answers.set_exception(error)
