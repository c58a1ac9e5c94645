"""The record of a retirement: which grams of which units, for whom, and how far the upstream registry has followed.

Promise: a record holds everything a buyer or auditor needs to find the units in their registry, and none is made that
could not be true. Touches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from offsets.catalogue import GRAMS_PER_UNIT, LotOffer, Project
from offsets.errors import OffsetRefused
from offsets.lots import GramInterval, serials_behind

# ISO 14068-1:2023 section 11: credits count for a period when retired within twelve months of its end.
_YEARS_OF_GRACE = 1


class UpstreamState(StrEnum):
    """How far the registry that issued the units has followed our books."""

    DUE = "due"  # sold by us, not yet asked for there
    ASKED = "asked"  # an operator has asked the registry
    CONFIRMED = "confirmed"  # the registry's own reference is recorded


@dataclass(frozen=True, slots=True)
class Retirement:
    """Grams used up for ever. `serials` is the block of every unit touched; units are of one tonne each."""

    registry_id: str
    registry_project_id: str
    project_id: str
    standard: str
    methodology: str
    country: str
    credit_type: str
    lot_id: str
    vintage: int
    serials: str
    interval: GramInterval
    retired_at: datetime
    purpose: str
    public_url: str
    corresponding_adjustment: bool
    demonstration: bool

    @property
    def grams(self) -> int:
        """How much was retired."""
        return self.interval.grams


def record_retirement(
    project: Project, lot: LotOffer, interval: GramInterval, retired_at: datetime, purpose: str
) -> Retirement:
    """The record for an interval of a lot; refuses one outside the lot or of a vintage that has not been yet."""
    if interval.end_g > lot.issued_g:
        raise OffsetRefused("retirement.outside_lot", lot=lot.lot_id, end_g=interval.end_g, issued_g=lot.issued_g)
    check_vintage(lot, retired_at)
    return Retirement(
        registry_id=project.registry_id,
        registry_project_id=project.registry_project_id,
        project_id=project.project_id,
        standard=project.standard,
        methodology=project.methodology,
        country=project.country,
        credit_type=project.credit_type,
        lot_id=lot.lot_id,
        vintage=lot.vintage,
        serials=serials_behind(lot.block, interval).text,
        interval=interval,
        retired_at=retired_at,
        purpose=purpose,
        public_url=project.public_url,
        corresponding_adjustment=project.corresponding_adjustment,
        demonstration=lot.demonstration,
    )


def check_vintage(lot: LotOffer, at: datetime) -> None:
    """Refuse a lot whose vintage has not been yet: what could not be retired is neither imported nor sold."""
    if lot.vintage > at.year:
        raise OffsetRefused("retirement.future_vintage", lot=lot.lot_id, vintage=lot.vintage)


def upstream_state(interval: GramInterval, asked_units: int, confirmed_units: int) -> UpstreamState:
    """Where an interval stands, given how many units from the lot's start the registry was asked for and confirmed."""
    needed = -(-interval.end_g // GRAMS_PER_UNIT)
    if confirmed_units >= needed:
        return UpstreamState.CONFIRMED
    return UpstreamState.ASKED if asked_units >= needed else UpstreamState.DUE


def counts_for(year: int, retired_on: date) -> bool:
    """Whether a retirement may be set against the footprint of a calendar year."""
    return date(year, 1, 1) <= retired_on <= date(year + _YEARS_OF_GRACE, 12, 31)
