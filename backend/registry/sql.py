"""The registry's statements, built once: what follows a retirement upstream, and what its invariants compare."""

from __future__ import annotations

from sqlalchemy import bindparam, case, func, select, update

from backend.registry.models import CertificateRow, HoldRow, LotMovement, LotRow, RetirementRow, SerialDue
from backend.registry.models.retirements import ASKED, CONFIRMED, DUE
from offsets import MOVEMENTS

_OF_LOT = SerialDue.lot_id == bindparam("of_lot")
_ONE_DUE = (_OF_LOT, SerialDue.from_unit == bindparam("of_unit"))

# Serials upstream: due, asked for, confirmed.
LIST_DUES = (
    select(SerialDue)
    .where(SerialDue.state == bindparam("in_state"))
    .order_by(SerialDue.lot_id, SerialDue.from_unit)
    .limit(bindparam("most"))
)
ASK = (
    update(SerialDue)
    .where(*_ONE_DUE, SerialDue.state == DUE)
    .values(state=ASKED, asked_at=bindparam("instant"))
    .returning(SerialDue.lot_id)
)
CONFIRM = (
    update(SerialDue)
    .where(*_ONE_DUE, SerialDue.state.in_((DUE, ASKED)))
    .values(state=CONFIRMED, registry_reference=bindparam("reference"), confirmed_at=bindparam("instant"))
    .returning(SerialDue.lot_id)
)
# How far the dues of a lot reach, and the first that is in one of some states.
FIRST_IN_STATES_AND_END = select(
    func.min(SerialDue.from_unit).filter(SerialDue.state.in_(bindparam("states", expanding=True))),
    func.max(SerialDue.from_unit + SerialDue.units),
).where(_OF_LOT)

# What the invariants compare.
LOTS = select(LotRow).order_by(LotRow.lot_id)
LOTS_BY_BLOCK = select(LotRow).order_by(LotRow.registry_id, LotRow.series, LotRow.first_unit)
DUES_OF_LOT = select(SerialDue).where(_OF_LOT).order_by(SerialDue.from_unit)
HELD_OF_LOT = select(func.coalesce(func.sum(HoldRow.grams), 0)).where(HoldRow.lot_id == bindparam("of_lot"))
RETIREMENTS_OF_LOT = (
    select(RetirementRow).where(RetirementRow.lot_id == bindparam("of_lot")).order_by(RetirementRow.start_g)
)
CERTIFICATES = select(CertificateRow).order_by(CertificateRow.number)
# What a gram of each kind of movement does to available, held and retired; and the number of the last movement.
MOVED_OF_LOT = select(
    *(
        func.coalesce(
            func.sum(
                LotMovement.grams * case({kind: by[place] for kind, by in MOVEMENTS.items()}, value=LotMovement.kind)
            ),
            0,
        )
        for place in range(3)
    ),
    func.coalesce(func.max(LotMovement.number), 0),
).where(LotMovement.lot_id == bindparam("of_lot"))
