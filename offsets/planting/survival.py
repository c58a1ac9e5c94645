"""How many trees stand after a survey of sample plots, and how much of their growth is new.

Promise: what is granted is a lower bound of what lives, in whole trees and whole grams, the same digits on every
machine; what was granted once is never granted again. Touches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from calculators.rounding import EXACT, ONE, ZERO
from offsets.errors import OffsetRefused

# Years after planting at which trees are looked for.
SURVEY_AGES = (1, 3, 5)
# The normal quantile of a two-sided interval of 95 %.
# Wilson, E. B. (1927), Journal of the American Statistical Association 22(158), pages 209 to 212.
Z = Decimal("1.959963984540054")


@dataclass(frozen=True, slots=True)
class Sample:
    """What was found on sample plots: of `planted` trees, `sampled` were looked at and `alive` of them lived."""

    planted: int
    sampled: int
    alive: int

    def __post_init__(self) -> None:
        if not 0 <= self.alive <= self.sampled <= self.planted or self.sampled == 0:
            raise OffsetRefused("planting.sample", planted=self.planted, sampled=self.sampled, alive=self.alive)

    @property
    def survival(self) -> Decimal:
        """The lower bound of the share that lives, between 0 and 1."""
        return wilson_lower(self.alive, self.sampled)

    @property
    def standing(self) -> int:
        """Whole trees that stand: the lower bound of all that were planted, and no fewer than were seen alive."""
        bound = EXACT.multiply(self.survival, Decimal(self.planted))
        return max(self.alive, int(bound))


def wilson_lower(alive: int, sampled: int) -> Decimal:
    """The lower end of Wilson's score interval of 95 % for `alive` of `sampled`; zero when none lived."""
    if not 0 <= alive <= sampled or sampled == 0:
        raise OffsetRefused("planting.sample", planted=sampled, sampled=sampled, alive=alive)
    squared = EXACT.multiply(Z, Z)
    dead = EXACT.divide(Decimal(4 * alive * (sampled - alive)), Decimal(sampled))
    half_width = EXACT.multiply(Z, EXACT.sqrt(EXACT.add(squared, dead)))
    middle = EXACT.add(Decimal(2 * alive), squared)
    lower = EXACT.divide(
        EXACT.subtract(middle, half_width), EXACT.multiply(Decimal(2), EXACT.add(Decimal(sampled), squared))
    )
    return min(ONE, max(ZERO, lower))


def new_growth(stock_g: int, verified_g: int) -> int:
    """Grams of `stock_g` that no earlier survey verified.

    After a loss it is nothing until the stock exceeds what was verified before: no gram is verified twice.
    """
    return max(0, stock_g - verified_g)
