"""Following up in the registry that issued the units: what is due there, what was asked for, what is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Update
from sqlalchemy.orm import Session

from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch
from backend.platform.privacy import audit
from backend.registry import sql
from backend.registry.domain import ASKED, DUE, SerialsDue
from offsets import Retirement, UpstreamState, upstream_state


def list_serial_dues(session: Session, state: str = DUE, limit: int = 200) -> list[SerialsDue]:
    """Serials in `state` (due, asked, confirmed), oldest first within their lot."""
    return fetch(session, sql.dues_in_state(state, limit)).all()


def ask_upstream(session: Session, lot_id: str, from_unit: int, *, who: str, reason: str) -> None:
    """Note that the upstream registry was asked to retire these serials; raise `registry.not_due`."""
    _step(session, sql.ASK, {"of_lot": lot_id, "of_unit": from_unit, "instant": clock.database_now(session)})
    audit.record(session, who=who, action="serials.asked", subject=f"{lot_id}:{from_unit}", reason=reason)


def confirm_upstream(
    session: Session, lot_id: str, from_unit: int, registry_reference: str, *, who: str, reason: str
) -> None:
    """Note the upstream registry's own reference for the retirement; raise `registry.not_due`."""
    instant = clock.database_now(session)
    _step(
        session,
        sql.CONFIRM,
        {"of_lot": lot_id, "of_unit": from_unit, "instant": instant, "reference": registry_reference},
    )
    audit.record(
        session,
        who=who,
        action="serials.confirmed",
        subject=f"{lot_id}:{from_unit}",
        reason=reason,
        registry_reference=registry_reference,
    )


def states_of(session: Session, retirements: Sequence[Retirement]) -> list[UpstreamState]:
    """How far the upstream registries have followed each of `retirements`."""
    return [
        upstream_state(
            retirement.interval,
            _units_before_first(session, retirement.lot_id, (DUE,)),
            _units_before_first(session, retirement.lot_id, (DUE, ASKED)),
        )
        for retirement in retirements
    ]


def _units_before_first(session: Session, lot_id: str, states: tuple[str, ...]) -> int:
    """How many units from the start of the lot have left `states` behind, without a gap."""
    first, last = session.execute(sql.FIRST_IN_STATES_AND_END, {"of_lot": lot_id, "states": states}).one()
    return first if first is not None else last or 0


def _step(session: Session, step: Update, due: dict[str, str | int | datetime]) -> None:
    if session.execute(step, due).one_or_none() is None:
        raise Refusal("registry.not_due", lot_id=due["of_lot"], from_unit=due["of_unit"])
