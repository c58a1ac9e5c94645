"""Trees in equal shares, as whole numbers: who co-plants has some of the shares of one tree.

Promise: the shares of a tree sum to it, those of neighbours neither overlap nor leave a gap, and what belongs to all
shares is divided so that the parts sum to the whole, whoever asks and in whatever order. Touches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_SHARES_PER_TREE = 100


@dataclass(frozen=True, slots=True)
class ShareInterval:
    """Shares `start` up to, not including, `end` of a pool; tree k of it is the k-th run of `shares_per_tree`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError("an interval holds at least one share")

    @property
    def shares(self) -> int:
        """How many shares it holds."""
        return self.end - self.start

    def within(self, other: ShareInterval) -> ShareInterval | None:
        """What it has in common with another; None where that is nothing."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return ShareInterval(start, end) if start < end else None


def part_of(total: int, whole: ShareInterval, own: ShareInterval) -> int:
    """The part of `total` that falls on `own`, which lies in `whole`.

    Cut at the whole numbers below the proportion that ends there, so neighbours' parts sum to the total exactly and
    each is within one of its proportion.
    """
    if own.within(whole) != own:
        raise ValueError("a part lies within the whole")
    before, after = own.start - whole.start, own.end - whole.start
    return total * after // whole.shares - total * before // whole.shares


def trees_behind(own: ShareInterval, shares_per_tree: int) -> range:
    """The trees that an interval touches, the outer two perhaps only in part, counted from 0 in the pool."""
    return range(own.start // shares_per_tree, -(-own.end // shares_per_tree))
