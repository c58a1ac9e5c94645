"""The level at which a reduction is credited, and what a figure's range means: figures of the house policy.

Promise: a policy is complete and consistent or refused; `record` and `read_lower_bound` are inverse, so that a stored
working holds every number that its credit was computed with. Source of the level: `library/policy.toml`. Touches
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

from calculators.errors import TableRefused
from calculators.rounding import ONE, ZERO

METHOD = "lower_bound"
_TEXTS = ("publisher", "document", "mark")


@dataclass(frozen=True, slots=True)
class LowerBound:
    """A credit is the difference's quantile `credit_share` from the top; a range holds `range_share` of it.

    `credit_quantile` and `range_quantile` are the two of the standard normal distribution, in standard deviations.
    A difference whose skewness and excess kurtosis lie within the three bounds is near symmetric: its quantiles follow
    from its moments. `publisher`, `document` and `mark` say where the level is from.
    """

    credit_share: Decimal
    credit_quantile: Decimal
    range_share: Decimal
    range_quantile: Decimal
    most_skewness: Decimal
    least_excess: Decimal
    most_excess: Decimal
    publisher: str
    document: str
    mark: str

    def record(self) -> dict[str, str]:
        """It as JSON-able data."""
        return {
            name: format(value, "f") if isinstance(value, Decimal) else value for name, value in asdict(self).items()
        }


def read_lower_bound(given: Mapping[str, Any]) -> LowerBound:
    """The level in a policy or a record. Raises TableRefused, naming what is missing or cannot be."""
    try:
        texts = {name: str(given[name]) for name in _TEXTS}
        numbers = {one.name: Decimal(given[one.name]) for one in fields(LowerBound) if one.name not in texts}
    except (KeyError, TypeError, ArithmeticError) as error:
        raise TableRefused(f"lower_bound: {error}") from error
    found = LowerBound(**numbers, **texts)  # type: ignore[arg-type]  # the names are those of the fields
    if not (ZERO < found.credit_share < ONE and ZERO < found.range_share < ONE):
        raise TableRefused("lower_bound: a share lies between 0 and 1")
    if not (ZERO < found.credit_quantile < found.range_quantile and found.least_excess < ZERO < found.most_excess):
        raise TableRefused("lower_bound: the quantiles and the bounds are not in order")
    return found
