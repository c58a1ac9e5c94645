"""Racing on purpose: n threads through one barrier, and what each of them got."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
BARRIER_PATIENCE_S = 30


@dataclass(frozen=True)
class Race(Generic[T]):
    """What came out: `results` of those that returned, `errors` of those that raised, in starting order."""

    results: list[T]
    errors: list[Exception]


def parallel(n: int, work: Callable[[int], T]) -> Race[T]:
    """Run `work(0) … work(n - 1)` in `n` threads that start at the same instant."""
    barrier = threading.Barrier(n)

    def run(index: int) -> T | Exception:
        barrier.wait(BARRIER_PATIENCE_S)
        try:
            return work(index)
        except Exception as error:  # handed to the test, which says what it expects
            return error

    with ThreadPoolExecutor(n) as threads:
        outcomes = list(threads.map(run, range(n)))
    return Race(
        results=[outcome for outcome in outcomes if not isinstance(outcome, Exception)],
        errors=[outcome for outcome in outcomes if isinstance(outcome, Exception)],
    )


def everyone_reads_first(n: int, read: Callable[..., T]) -> Callable[..., T]:
    """`read`, but each of `n` callers goes on only when all have read: the worst moment, for control runs.

    With the guard on it would wait for ever, as nobody reads before the one ahead has committed.
    """
    barrier = threading.Barrier(n)

    def read_and_wait(*arguments: object, **options: object) -> T:
        found = read(*arguments, **options)
        barrier.wait(BARRIER_PATIENCE_S)
        return found

    return read_and_wait
