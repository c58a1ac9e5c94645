"""What the readings that support an activity show, beside what the activity claims: facts for the rule book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from calculators import Estimate, MeterReading, Methodology, Readings, in_unit, metered_by


def readings_of(
    rule: Methodology, found: Estimate, shown: Sequence[Mapping[str, Any]], is_carried: bool
) -> Readings | None:
    """What a meter or an odometer shows of an activity, of which `found` is the estimate; None without readings.

    `shown` and `is_carried` are the answer of `evidence.readings`.
    """
    metered = metered_by(rule.id)
    if metered is None or not shown:
        return None
    values = found.working.data.values

    def amount(name: str | None) -> Decimal | None:
        value = values.get(name) if name else None
        return value if isinstance(value, Decimal) else None

    days = amount(metered.days)
    return Readings(
        shown=tuple(_read(one, metered.unit) for one in shown),
        unit=metered.unit,
        used=amount(metered.used),
        made=amount(metered.made),
        days=None if days is None else int(days),
        told=tuple(value for value in map(amount, metered.told) if value is not None),
        is_carried=is_carried,
    )


def _read(said: Mapping[str, Any], unit: str) -> MeterReading:
    return MeterReading(in_unit(Decimal(said["value"]), said["unit"], unit), datetime.fromisoformat(said["read_at"]))
