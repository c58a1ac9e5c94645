"""Following up in the registry that issued the units: what is due there, what was asked for, what is confirmed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.privacy import audit
from backend.registry.models import SerialDue
from backend.registry.models.retirements import ASKED, CONFIRMED, DUE
from offsets import Retirement, UpstreamState, upstream_state


def list_serial_dues(session: Session, state: str = DUE, limit: int = 200) -> list[SerialDue]:
    """Serials in `state` (due, asked, confirmed), oldest first within their lot."""
    query = select(SerialDue).where(SerialDue.state == state).order_by(SerialDue.lot_id, SerialDue.from_unit)
    return list(session.scalars(query.limit(limit)))


def ask_upstream(session: Session, lot_id: str, from_unit: int, *, who: str, reason: str) -> None:
    """Note that the upstream registry was asked to retire these serials; raise `registry.not_due`."""
    _step(session, lot_id, from_unit, (DUE,), state=ASKED, asked_at=clock.database_now(session))
    _audit(session, "serials.asked", lot_id, from_unit, who, reason)


def confirm_upstream(
    session: Session, lot_id: str, from_unit: int, registry_reference: str, *, who: str, reason: str
) -> None:
    """Note the upstream registry's own reference for the retirement; raise `registry.not_due`."""
    _step(
        session,
        lot_id,
        from_unit,
        (DUE, ASKED),
        state=CONFIRMED,
        registry_reference=registry_reference,
        confirmed_at=clock.database_now(session),
    )
    _audit(session, "serials.confirmed", lot_id, from_unit, who, reason, registry_reference=registry_reference)


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
    first, last = session.execute(
        select(
            func.min(SerialDue.from_unit).filter(SerialDue.state.in_(states)),
            func.max(SerialDue.from_unit + SerialDue.units),
        ).where(SerialDue.lot_id == lot_id)
    ).one()
    return first if first is not None else last or 0


def _step(session: Session, lot_id: str, from_unit: int, before: tuple[str, ...], **values: object) -> None:
    changed = session.execute(
        update(SerialDue)
        .where(SerialDue.lot_id == lot_id, SerialDue.from_unit == from_unit, SerialDue.state.in_(before))
        .values(**values)
        .returning(SerialDue.lot_id)
    )
    if changed.one_or_none() is None:
        raise Refusal("registry.not_due", lot_id=lot_id, from_unit=from_unit)


def _audit(session: Session, action: str, lot_id: str, from_unit: int, who: str, reason: str, **facts: str) -> None:
    audit.record(session, who=who, action=action, subject=f"{lot_id}:{from_unit}", reason=reason, **facts)
