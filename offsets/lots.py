"""The arithmetic of a lot: what may be held, released and retired, and which serials stand behind the grams.

Promise: available + held + retired = issued after every act; retired intervals are handed out by a cursor, so they
neither overlap nor leave a gap; from any interval the serials behind it are known exactly. Touches nothing: the caller
does each act as one conditional UPDATE and keeps the movement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from offsets.catalogue import GRAMS_PER_UNIT
from offsets.errors import OffsetRefused
from offsets.serials import SerialBlock


@dataclass(frozen=True, slots=True)
class Lot:
    """A block of whole registry units and its grams. `retired_g` is also the cursor: the next interval starts there."""

    lot_id: str
    block: SerialBlock
    available_g: int
    held_g: int = 0
    retired_g: int = 0

    def __post_init__(self) -> None:
        amounts = (self.available_g, self.held_g, self.retired_g)
        if min(amounts) < 0 or sum(amounts) != self.issued_g:
            raise ValueError(f"lot {self.lot_id} does not add up: {amounts} of {self.issued_g} g")

    @property
    def issued_g(self) -> int:
        """Grams behind all its units."""
        return self.block.units * GRAMS_PER_UNIT


@dataclass(frozen=True, slots=True)
class GramInterval:
    """Grams `start_g` up to, not including, `end_g` of one lot."""

    start_g: int
    end_g: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_g < self.end_g:
            raise ValueError("an interval holds at least one gram")

    @property
    def grams(self) -> int:
        """How many grams it holds."""
        return self.end_g - self.start_g


@dataclass(frozen=True, slots=True)
class SerialShare:
    """The grams of one unit that belong to an interval; `serial` is the unit written as a block of one."""

    serial: str
    grams: int


@dataclass(frozen=True, slots=True)
class Portion:
    """Grams to take from one lot."""

    lot_id: str
    grams: int


# What one gram of a movement does to (available, held, retired): the columns of the conditional UPDATE.
MOVEMENTS = {
    "issue": (1, 0, 0),
    "hold": (-1, 1, 0),
    "release": (1, -1, 0),
    "retire": (0, -1, 1),
}


def open_lot(lot_id: str, block: SerialBlock) -> Lot:
    """A freshly imported block: everything available."""
    return Lot(lot_id, block, available_g=block.units * GRAMS_PER_UNIT)


def hold_grams(lot: Lot, grams: int) -> Lot:
    """Set grams aside for an order; refuses more than is available."""
    return _move(lot, "hold", grams)


def release_grams(lot: Lot, grams: int) -> Lot:
    """Give held grams back."""
    return _move(lot, "release", grams)


def retire_grams(lot: Lot, grams: int) -> tuple[Lot, GramInterval]:
    """Use up held grams for ever: the lot afterwards and the next contiguous interval."""
    return _move(lot, "retire", grams), GramInterval(lot.retired_g, lot.retired_g + grams)


def plan_hold(lots: Sequence[tuple[str, int]], grams: int) -> tuple[Portion, ...]:
    """What to hold from each of `lots` (lot id, available grams), in their order; refuses when they fall short."""
    _check_positive(grams)
    left, portions = grams, []
    for lot_id, available_g in lots:
        taken = min(left, available_g)
        if taken > 0:
            portions.append(Portion(lot_id, taken))
            left -= taken
    if left:
        raise OffsetRefused("lots.insufficient_stock", wanted_g=grams, available_g=grams - left)
    return tuple(portions)


def serials_behind(block: SerialBlock, interval: GramInterval) -> SerialBlock:
    """The block of every unit an interval touches, its first and last perhaps only in part."""
    first = interval.start_g // GRAMS_PER_UNIT
    last = (interval.end_g - 1) // GRAMS_PER_UNIT
    return block.part(first, last - first + 1)


def list_shares(block: SerialBlock, interval: GramInterval) -> Iterator[SerialShare]:
    """Unit by unit, the grams of an interval; they sum to it."""
    start = interval.start_g
    while start < interval.end_g:
        unit = start // GRAMS_PER_UNIT
        end = min((unit + 1) * GRAMS_PER_UNIT, interval.end_g)
        yield SerialShare(block.part(unit, 1).text, end - start)
        start = end


def serials_due(block: SerialBlock, retired_g: int, units_retired_upstream: int) -> SerialBlock | None:
    """The units sold, be it one gram of them, that the upstream registry has not yet been asked to retire.

    `units_retired_upstream` counts from the start of the block; None when nothing is due.
    """
    due = -(-retired_g // GRAMS_PER_UNIT) - units_retired_upstream
    return block.part(units_retired_upstream, due) if due > 0 else None


def _move(lot: Lot, movement: str, grams: int) -> Lot:
    _check_positive(grams)
    available, held, retired = MOVEMENTS[movement]
    if lot.available_g + available * grams < 0:
        raise OffsetRefused("lots.insufficient_stock", wanted_g=grams, available_g=lot.available_g)
    if lot.held_g + held * grams < 0:
        raise OffsetRefused("lots.not_held", wanted_g=grams, held_g=lot.held_g)
    return replace(
        lot,
        available_g=lot.available_g + available * grams,
        held_g=lot.held_g + held * grams,
        retired_g=lot.retired_g + retired * grams,
    )


def _check_positive(grams: int) -> None:
    if type(grams) is not int or grams <= 0:
        raise OffsetRefused("lots.not_an_amount", grams=str(grams))
