"""Importing what a registry exports: every block of it that is not known becomes a lot, or nothing does.

The same export again adds nothing: a block that is known as it stands is passed over, one that only shares units with
a known one is a fault of its row.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.platform.core import clock, context
from backend.platform.core.actor import OperatorAct
from backend.platform.core.errors import refuse_register, refuse_rows
from backend.platform.data.batch import read_rows
from backend.platform.privacy import audit
from backend.registry import sql
from backend.registry.domain import ImportedLot, Lot, LotImport
from backend.registry.service.lot_import import import_block
from backend.registry.service.projects import list_documents
from offsets import (
    BlockRow,
    ExportScope,
    RegisterRefused,
    RowFault,
    SerialBlock,
    read_registry_export,
    registries_of_one_name,
)


def import_lots(session: Session, registry_id: str, export: str, act: OperatorAct) -> LotImport:
    """Put the blocks of a registry's export on the shelf that are not there yet, all or none of them.

    Raises `request.invalid` with every fault by its row and column, `registry.block_overlaps` where somebody else
    imports the same units at this moment.
    """
    projects = {one.registry_project_id: one.project_id for one in list_documents(session, registry_id)}
    scope = ExportScope(projects, clock.database_now(session).date())
    try:
        rows = read_registry_export(registry_id, export, scope)
    except RegisterRefused as refused:
        raise refuse_register(refused) from refused
    fresh = _unknown(session, registry_id, rows)
    if not act.is_trial:
        _record(session, registry_id, fresh, act)
    lots = tuple(_imported(row) for row in fresh)
    return LotImport(registry_id, lots, len(rows) - len(fresh), act.is_trial)


def _place(row: BlockRow) -> tuple[str, int]:
    return row.offer.block.series, row.offer.block.first


def _unknown(session: Session, registry_id: str, rows: Sequence[BlockRow]) -> list[BlockRow]:
    """The rows whose block is not known; raises for those that share units with one that is."""
    known: dict[str, list[Lot]] = {}
    for lot in read_rows(session, sql.lots_of_registries(registries_of_one_name(registry_id)), sql.read_lot):
        known.setdefault(lot.series, []).append(lot)
    fresh, faults = [], []
    for row in rows:
        block = row.offer.block
        shared = [lot for lot in known.get(block.series, []) if _shares_units(lot, block)]
        if not shared:
            fresh.append(row)
        elif not _is_same(shared[0], row):
            facts = {"lot_id": shared[0].lot_id, "known": shared[0].serials}
            faults.append(RowFault(row.row, row.columns.serials, "export_overlap", facts))
        if row.offer.demonstration and context.settings().is_production:
            faults.append(RowFault(row.row, row.columns.serials, "export_demonstration"))
    if faults:
        raise refuse_rows(faults)
    return fresh


def _shares_units(lot: Lot, block: SerialBlock) -> bool:
    return lot.first_unit <= block.last and block.first <= lot.last_unit


def _is_same(lot: Lot, row: BlockRow) -> bool:
    block = row.offer.block
    of_row = (row.project_id, block.registry_id, block.first, block.last, row.offer.vintage)
    return of_row == (lot.project_id, lot.registry_id, lot.first_unit, lot.last_unit, lot.vintage)


def _record(session: Session, registry_id: str, fresh: Sequence[BlockRow], act: OperatorAct) -> None:
    for row in sorted(fresh, key=_place):  # two imports of the same series lock them in the same order
        import_block(session, row.project_id, row.offer, who=act.who)
    if fresh:
        units = sum(row.offer.block.units for row in fresh)
        audit.record(
            session,
            who=act.who,
            action="lots.imported",
            subject=registry_id,
            reason=act.reason,
            lots=len(fresh),
            units=units,
        )


def _imported(row: BlockRow) -> ImportedLot:
    offer = row.offer
    return ImportedLot(offer.lot_id, row.project_id, offer.vintage, offer.block.text, offer.block.units)
