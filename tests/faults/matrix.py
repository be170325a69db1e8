"""The fault matrix: each step of a callback and of a refresh, met by each fault, and what becomes of the grant.

One table for both: the tests walk it on real processes, and ``docs/reference/faults.md`` is written from it. The steps
are K1 to K9 of a callback and R1 to R10 of a refresh; which of them are none says ``NO_STEP``.
"""

from collections.abc import Iterator, Mapping
from enum import Enum, StrEnum

import attrs


class Fault(StrEnum):
    """What happens, in the words of the page. ``before`` and ``after`` are a step's effect."""

    KILL_BEFORE = "kill -9 before"
    KILL_AFTER = "kill -9 after"
    STOP_BEFORE = "SIGSTOP before, until another replica took over"
    STOP_AFTER = "SIGSTOP after, until another replica took over"
    TERMINATE = "SIGTERM before"
    DEFECT_BEFORE = "unexpected error before"
    DEFECT_AFTER = "unexpected error after"
    TIMEOUT_BEFORE = "time-out before the effect"
    TIMEOUT_AFTER = "time-out after the effect"
    VAULT_DOWN = "Vault down"
    POSTGRES_DOWN = "Postgres down"
    CANCEL_BEFORE = "caller gone before"
    CANCEL_AFTER = "caller gone after"


class End(Enum):
    """What has become of the grant once all is well again, and how it is told."""

    UNTOUCHED = "nothing was used up: the same request again succeeds"
    KEPT = "kept: in Vault and recorded"
    UNSENT = "`interrupted`: the code was never sent, and is not sent any more"
    FAILED = "`failed`: nothing was granted"
    LOST_ANSWER = "`failed`: the provider's answer never came (the window)"
    LOST = "`interrupted`: granted, and lost with the process (the window)"
    REPEATED = "kept: the token is sent once more, which this provider forgives; another may end the grant (the window)"

    @property
    def word(self) -> str:
        """As the page's tables say it."""
        return self.name.lower().replace("_", " ")


@attrs.frozen
class Step:
    """One call of a port.

    Attributes:
        name: As security.md's matrix and our tests name it.
        call: The failpoint.
        ends: What each fault comes to.
        gate: The faults that the gate tries; the others are for `make faults`.
        led_to_by: A call that is refused first, where the step is one of a request that comes to nothing.

    """

    name: str
    does: str
    call: str
    ends: Mapping[Fault, End]
    gate: frozenset[Fault]
    led_to_by: str | None = None


@attrs.frozen
class Case:
    step: Step
    fault: Fault
    end: End

    @property
    def in_gate(self) -> bool:
        return self.fault in self.step.gate

    @property
    def id(self) -> str:
        return f"{self.step.name}-{self.step.call}-{self.fault.name.lower()}"


def _ends(usual: End, **unlike: End) -> Mapping[Fault, End]:
    return {fault: unlike.get(fault.name, usual) for fault in Fault}


CALLBACK = (
    Step(
        "K1",
        "know who asks",
        "api_keys.find",
        _ends(End.UNTOUCHED),
        frozenset({Fault.DEFECT_BEFORE}),
    ),
    Step(
        "K2",
        "find and judge the flow",
        "flows.find_by_state",
        _ends(End.UNTOUCHED),
        frozenset({Fault.TIMEOUT_BEFORE, Fault.POSTGRES_DOWN}),
    ),
    Step(
        "K3",
        "read the client secret",
        "vault_secrets.read",
        _ends(End.UNTOUCHED),
        frozenset({Fault.DEFECT_BEFORE, Fault.TIMEOUT_BEFORE, Fault.CANCEL_AFTER}),
    ),
    Step(
        "K4",
        "know that Vault takes writes",
        "vault_secrets.ready",
        _ends(End.UNTOUCHED),
        frozenset({Fault.TIMEOUT_BEFORE, Fault.VAULT_DOWN}),
    ),
    Step(
        "K4",
        "claim the flow",
        "flows.claim",
        _ends(
            End.KEPT,
            KILL_BEFORE=End.UNTOUCHED,
            KILL_AFTER=End.UNSENT,
            DEFECT_BEFORE=End.UNTOUCHED,
            DEFECT_AFTER=End.UNSENT,
            TIMEOUT_BEFORE=End.UNTOUCHED,
            TIMEOUT_AFTER=End.UNSENT,
            POSTGRES_DOWN=End.UNTOUCHED,
        ),
        frozenset({Fault.KILL_AFTER, Fault.STOP_AFTER, Fault.TIMEOUT_AFTER, Fault.CANCEL_AFTER}),
    ),
    Step(
        "K5",
        "send the code",
        "exchanger.send",
        _ends(
            End.KEPT,
            KILL_BEFORE=End.UNSENT,
            KILL_AFTER=End.LOST,
            DEFECT_BEFORE=End.UNSENT,
            DEFECT_AFTER=End.LOST,
            TIMEOUT_BEFORE=End.FAILED,
            TIMEOUT_AFTER=End.LOST_ANSWER,
        ),
        frozenset({Fault.KILL_AFTER, Fault.STOP_AFTER, Fault.TERMINATE, Fault.VAULT_DOWN, Fault.TIMEOUT_AFTER}),
    ),
    Step(
        "K7",
        "write the grant",
        "vault_secrets.write",
        _ends(End.KEPT, KILL_BEFORE=End.LOST),
        frozenset(
            {
                Fault.KILL_AFTER,
                Fault.STOP_AFTER,
                Fault.TIMEOUT_AFTER,
                Fault.VAULT_DOWN,
                Fault.POSTGRES_DOWN,
                Fault.CANCEL_BEFORE,
            }
        ),
    ),
    Step(
        "K8",
        "record the connection",
        "flows.record_connected",
        _ends(End.KEPT),
        frozenset({Fault.KILL_BEFORE, Fault.DEFECT_BEFORE, Fault.POSTGRES_DOWN, Fault.TIMEOUT_AFTER}),
    ),
    Step(
        "K9",
        "answer",
        "apps.learn_auth_style",
        _ends(End.KEPT),
        frozenset({Fault.KILL_AFTER, Fault.DEFECT_AFTER}),
    ),
)


_UNTIL_SENT = _ends(End.UNTOUCHED)

REFRESH = (
    Step(
        "R1",
        "read the connection",
        "connections.get",
        _UNTIL_SENT,
        frozenset({Fault.TIMEOUT_BEFORE}),
    ),
    Step(
        "R2",
        "take the lease",
        "leases.take",
        _UNTIL_SENT,
        frozenset({Fault.STOP_AFTER, Fault.POSTGRES_DOWN}),
    ),
    Step(
        "R3",
        "read the grant",
        "vault_secrets.read",
        _UNTIL_SENT,
        frozenset({Fault.TIMEOUT_BEFORE, Fault.CANCEL_BEFORE}),
    ),
    Step(
        "R4",
        "drain what waits sealed",
        "sealed_grants.of",
        _UNTIL_SENT,
        frozenset({Fault.TIMEOUT_AFTER, Fault.DEFECT_BEFORE}),
    ),
    Step(
        "R4",
        "know that Vault takes writes",
        "vault_secrets.ready",
        _UNTIL_SENT,
        frozenset({Fault.VAULT_DOWN, Fault.TIMEOUT_BEFORE}),
    ),
    Step(
        "R4",
        "journal that it is sent",
        "leases.journal",
        _ends(End.UNTOUCHED, STOP_AFTER=End.REPEATED),
        frozenset({Fault.KILL_AFTER, Fault.TIMEOUT_AFTER, Fault.POSTGRES_DOWN}),
    ),
    Step(
        "R5",
        "send the refresh token",
        "exchanger.send",
        _ends(
            End.KEPT,
            KILL_BEFORE=End.UNTOUCHED,
            KILL_AFTER=End.REPEATED,
            STOP_BEFORE=End.REPEATED,
            STOP_AFTER=End.REPEATED,
            DEFECT_BEFORE=End.UNTOUCHED,
            DEFECT_AFTER=End.REPEATED,
            TIMEOUT_AFTER=End.REPEATED,
        ),
        frozenset(
            {
                Fault.KILL_AFTER,
                Fault.STOP_BEFORE,
                Fault.TIMEOUT_AFTER,
                Fault.VAULT_DOWN,
                Fault.POSTGRES_DOWN,
                Fault.CANCEL_AFTER,
            }
        ),
    ),
    Step(
        "R7",
        "write the grant",
        "vault_secrets.write",
        _ends(End.KEPT, KILL_BEFORE=End.REPEATED, STOP_BEFORE=End.REPEATED),
        frozenset({Fault.KILL_AFTER, Fault.STOP_BEFORE, Fault.TIMEOUT_AFTER, Fault.VAULT_DOWN}),
    ),
    Step(
        "R8",
        "record it, and release the lease",
        "leases.record",
        _ends(End.KEPT),
        frozenset({Fault.KILL_BEFORE, Fault.STOP_BEFORE, Fault.DEFECT_AFTER, Fault.TIMEOUT_BEFORE}),
    ),
    Step(
        "R10",
        "release the lease of a refresh that spent nothing",
        "leases.release",
        _UNTIL_SENT,
        frozenset({Fault.TIMEOUT_BEFORE}),
        led_to_by="vault_secrets.ready",
    ),
)

NO_STEP = {
    "K1": "of a browser, whose cookie is compared with the flow in K2: nothing is looked up before. The column is a "
    "relay's.",
    "K6": "reads the provider's answer: it waits for nothing and reaches nothing, so that a fault before it is one "
    "after K5, and a fault after it is one before K7.",
    "R6": "likewise stands between R5 and R7.",
    "R9": "is no deed of ours: the mount keeps one version (`max_versions` 1), so that R7's write leaves no older one, "
    "and `/readyz` says so where it keeps more. That there is none is looked at after each of these faults.",
    "R10": "of a refresh that brought a token is R8: one statement records it and releases the lease. The hint that "
    "follows is no promise: whoever waits looks again by itself.",
}
"""What security.md's matrix has and a fault cannot fall on by itself, and why."""


def cases(steps: tuple[Step, ...]) -> Iterator[Case]:
    """Every step with every fault."""
    for step in steps:
        for fault, end in step.ends.items():
            yield Case(step, fault, end)
