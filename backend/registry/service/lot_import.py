"""Importing blocks: a block that shares one unit with a known one is refused, however it is spelled or timed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.platform.core import clock, context
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch
from backend.registry import sql
from backend.registry.domain import Lot, Movement
from backend.registry.service.lot_movements import record
from backend.registry.service.projects import get_project, record_project
from offsets import LotOffer, SerialBlock, check_vintage, list_project_documents, list_projects, registries_of_one_name


def import_block(session: Session, project_id: str, offer: LotOffer, *, who: str) -> None:
    """Put a block of whole units on the shelf: everything available.

    Raises `registry.block_overlaps` when a unit of it is known already, `registry.lot_known` for a lot id in use,
    `registry.demonstration` for an invented block in production, `retirement.future_vintage`, `not_found.project`.
    """
    project = get_project(session, project_id)
    if offer.demonstration and context.settings().is_production:
        raise Refusal("registry.demonstration", lot_id=offer.lot_id)
    if offer.block.registry_id != project.registry_id:
        raise Refusal("registry.other_registry", lot_id=offer.lot_id, registry=project.registry_id)
    imported_at = clock.database_now(session)
    check_vintage(offer, imported_at)
    lock_series(session, offer.block)
    refuse_overlap(session, offer.block)
    if _is_known(session, offer.lot_id):
        raise Refusal("registry.lot_known", lot_id=offer.lot_id)
    lot = Lot(
        lot_id=offer.lot_id,
        project_id=project_id,
        registry_id=offer.block.registry_id,
        series=offer.block.series,
        first_unit=offer.block.first,
        last_unit=offer.block.last,
        serials=offer.block.text,
        vintage=offer.vintage,
        is_demonstration=offer.demonstration,
        issued_g=offer.issued_g,
        available_g=offer.issued_g,
        held_g=0,
        retired_g=0,
        movements=1,
        imported_at=imported_at,
    )
    session.execute(sql.INSERT_LOT, vars(lot))
    record(session, 1, Movement(offer.lot_id, "issue", offer.issued_g, who, imported_at))


def import_library(session: Session, *, who: str = "library") -> int:
    """Record the shipped projects and import those of their lots that are not known yet; return how many lots.

    In production without the projects and lots that are invented.
    """
    sells_demonstrations = not context.settings().is_production
    return sum(
        len(import_document(session, name, text, who=who, with_demonstrations=sells_demonstrations))
        for name, text in list_project_documents().items()
        if sells_demonstrations or not list_projects()[name].demonstration
    )


def import_document(
    session: Session, name: str, text: str, *, who: str, with_demonstrations: bool = True
) -> list[LotOffer]:
    """Record a project's document and import those of its lots that are not known yet; return these.

    Raises `DocumentRefused` naming every problem and its line, and what `import_block` raises.
    """
    project = record_project(session, name, text)
    if project.demonstration and context.settings().is_production:
        raise Refusal("registry.demonstration", lot_id=project.project_id)
    fresh = [
        offer
        for offer in project.lots
        if not _is_known(session, offer.lot_id) and (with_demonstrations or not offer.demonstration)
    ]
    for offer in fresh:
        import_block(session, project.project_id, offer, who=who)
    return fresh


def lock_series(session: Session, block: SerialBlock) -> None:
    """Let no other transaction import a block of this series until this one has ended."""
    for registry_id in registries_of_one_name(block.registry_id):
        session.execute(sql.LOCK_SERIES, {"registry_id": registry_id, "series": block.series, "blocks": 1})


def refuse_overlap(session: Session, block: SerialBlock) -> None:
    """Raise `registry.block_overlaps` when a known block shares a unit with this one."""
    for registry_id in registries_of_one_name(block.registry_id):
        asked = sql.overlapping_lot(registry_id, block.series, block.first, block.last)
        known = fetch(session, asked).one_or_none()
        if known is not None:
            raise Refusal("registry.block_overlaps", serials=block.text, known=known.serials, lot_id=known.lot_id)


def _is_known(session: Session, lot_id: str) -> bool:
    return fetch(session, sql.lot(lot_id)).one_or_none() is not None
