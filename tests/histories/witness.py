"""Who sees all calls, and what the provider is shown: it knows what nobody may do, and what the window excuses."""

from collections.abc import Callable
from typing import Any

import attrs

from tests.histories.calls import Replica
from tests.support.provider.grants import Grant


@attrs.define
class Witness:
    """What was seen so far.

    Attributes:
        is_durable: Whether a grant's newest refresh token is in Vault, or sealed.
        answers: The refresh token to which an answer's object belongs.
        in_window: The refresh tokens that may be lost.
        forbidden: What was done that nobody may do.
        answered: The refresh tokens whose answer came, and to whom.
        durable_when_refused: The refresh tokens that were durable when one before them was shown.

    """

    is_durable: Callable[[Grant], bool]
    answers: dict[int, str]
    in_window: set[str | None] = attrs.field(factory=set)
    forbidden: list[str] = attrs.field(factory=list)
    answered: dict[str, Replica] = attrs.field(factory=dict)
    durable_when_refused: set[str | None] = attrs.field(factory=set)
    _calling: Replica | None = None
    _journalled_last: Replica | None = None
    _askers: dict[str, Replica | None] = attrs.field(factory=dict)
    _told_ready: set[Replica | None] = attrs.field(factory=set)

    def begins(self, replica: Replica) -> None:
        """A call of this replica is about to have its effect."""
        self._calling = replica

    def done(self, replica: Replica, step: str) -> None:
        """The call had its effect, whether or not that is heard of."""
        if step == "leases.journal":
            self._journalled_last = replica

    def heard(self, replica: Replica, step: str, answer: Any) -> None:
        """The answer came."""
        if step == "vault_secrets.ready":
            self._told_ready.add(replica)
        token = self.answers.get(id(answer))
        if token is not None:
            self.answered[token] = replica

    def excuse(self, *grants: Grant) -> None:
        """Which of these is nowhere yet may be lost from now on: it is in the window."""
        self.in_window.update(grant.refresh_token for grant in grants if not self.is_durable(grant))

    def asker(self, grant: Grant) -> Replica | None:
        """Who asked for it last."""
        return self._askers.get(grant.grant_id)

    def forget(self, replica: Replica) -> None:
        """It was killed: what it alone had heard, nobody knows."""
        self.answered = {token: by for token, by in self.answered.items() if by is not replica}

    def shown(self, grant: Grant, presented: str | None) -> None:
        """Judge what the provider is shown, as it is shown it; a code is None."""
        sender = self._askers[grant.grant_id] = self._calling
        if presented is None:
            return
        if sender not in self._told_ready:
            self.forbidden.append("a refresh token, by who had not been told that Vault takes writes")
        self._told_ready.discard(sender)
        is_old = grant.refresh_token != presented and self.is_durable(grant)
        if is_old:
            self.durable_when_refused.add(grant.refresh_token)
        if sender is not self._journalled_last:  # it was stopped beyond its lease after it had journalled
            self.in_window.add(grant.refresh_token)
        if grant.refresh_token in self.in_window:
            return
        if presented in self.answered:
            self.forbidden.append("a refresh token whose answer had come")
        if is_old:
            self.forbidden.append("an old refresh token, while a newer one is in Vault or sealed")
