"""The faults: what goes wrong, and at which message.

A fault fires once. `before` means the server never sees the message; `after` means the server has done everything the
message asked for and its answer gets lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tests.faults.messages import ASKS_FOR_AN_ANSWER, Message


class Effect(Enum):
    """What happens to the worker and its connection."""

    KILL_BEFORE = "the worker is killed, the message is lost"
    KILL_AFTER = "the server performs, the worker is killed before it hears of it"
    CUT_BEFORE = "the connection breaks, the message is lost"
    CUT_AFTER = "the server performs, the connection breaks before the answer"
    DELAY = "the message arrives late"


@dataclass(frozen=True)
class Fault:
    """`effect` at the `number`-th message (from 1) among those that `counts`."""

    effect: Effect
    number: int
    seconds: float = 0.0

    def counts(self, message: Message) -> bool:
        """Whether `message` is one of those that are numbered; here every one is."""
        return bool(message.kind)


class AtAnswer(Fault):
    """Counts the messages that ask for an answer: one per round trip."""

    def counts(self, message: Message) -> bool:
        return message.kind in ASKS_FOR_AN_ANSWER


class AtCommit(Fault):
    """Counts the commits."""

    def counts(self, message: Message) -> bool:
        return message.is_commit


def killed_before(number: int) -> Fault:
    """The worker dies as it sends its `number`-th message."""
    return Fault(Effect.KILL_BEFORE, number)


def killed_after(number: int) -> Fault:
    """The worker dies when the server has performed its `number`-th round trip."""
    return AtAnswer(Effect.KILL_AFTER, number)


def commit_lost(number: int) -> Fault:
    """The connection breaks as the `number`-th COMMIT is sent: nothing was committed, and nobody knows."""
    return AtCommit(Effect.CUT_BEFORE, number)


def commit_answer_lost(number: int) -> Fault:
    """The connection breaks when the `number`-th COMMIT is done: everything was committed, and nobody knows."""
    return AtCommit(Effect.CUT_AFTER, number)


def late(number: int, seconds: float) -> Fault:
    """The `number`-th message arrives `seconds` late."""
    return Fault(Effect.DELAY, number, seconds)
