"""Projects: the reviewed documents we sell from, and what each of them has to offer now."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data.paging import Page, SortKey, Window, text_field
from backend.registry.domain import Offer, Stock
from backend.registry.models import LotRow, ProjectRow
from offsets import (
    DocumentRefused,
    LotOffer,
    OffsetRefused,
    Project,
    check_vintage,
    get_registry,
    parse_block,
    read_project,
)

LISTED = SortKey((text_field("project_id"),))

_log = structlog.get_logger("registry")


def record_project(session: Session, name: str, text: str) -> Project:
    """Keep a project's document, in place of an earlier one; raise `DocumentRefused` naming every problem.

    A new document goes on sale; one that replaces another stays on or off sale as it was. Lots are imported apart.
    """
    project = _read(name, text)
    # asked before the row is made: the question would flush it half filled
    recorded_at = clock.database_now(session)
    row = session.get(ProjectRow, project.project_id)
    if row is None:
        row = ProjectRow(project_id=project.project_id, is_on_sale=True)
        session.add(row)
    if row.document_sha256 != project.sha256:
        row.document, row.document_sha256 = text, project.sha256
        row.recorded_at = recorded_at
    session.flush()
    return project


def set_on_sale(session: Session, project_id: str, is_on_sale: bool) -> None:
    """Let a project be bought, or no more; what is held or paid already is not touched."""
    _get_row(session, project_id).is_on_sale = is_on_sale
    session.flush()


def get_project(session: Session, project_id: str) -> Project:
    """The document of one project; raise `not_found.project`."""
    row = _get_row(session, project_id)
    return _read(row.project_id, row.document)


def get_offer(session: Session, project_id: str) -> Offer:
    """One project with its stock; raise `not_found.project`, `registry.not_on_sale` when its document is unreadable."""
    offers = _offers(session, [_get_row(session, project_id)])
    if not offers:
        raise Refusal("registry.not_on_sale", project_id=project_id)
    return offers[0]


def list_offers(session: Session, window: Window) -> Page[Offer]:
    """Projects on sale, by id."""
    query = select(ProjectRow).where(ProjectRow.is_on_sale).order_by(ProjectRow.project_id).limit(window.limit + 1)
    after = window.after(LISTED)
    if after is not None:
        query = query.where(ProjectRow.project_id > after[0])
    return window.cut(_offers(session, list(session.scalars(query))), LISTED)


def offer_of(row: LotRow) -> LotOffer:
    """A lot in the words of the rule book; raise `OffsetRefused` when its registry's pattern no longer fits."""
    block = parse_block(get_registry(row.registry_id), row.serials)
    return LotOffer(lot_id=row.lot_id, vintage=row.vintage, block=block, demonstration=row.is_demonstration)


def find_lot_refusal(row: LotRow, at: datetime) -> OffsetRefused | None:
    """Why a lot could not be retired from at `at`, so that nobody sells from it; None when it could."""
    try:
        check_vintage(offer_of(row), at)
    except OffsetRefused as refused:
        return refused
    return None


def _offers(session: Session, rows: list[ProjectRow]) -> list[Offer]:
    at = clock.database_now(session)
    lots = session.scalars(
        select(LotRow)
        .where(LotRow.project_id.in_([row.project_id for row in rows]))
        .order_by(LotRow.vintage, LotRow.lot_id)
        # the columns, not a copy this session may have kept from before a conditional update
        .execution_options(populate_existing=True)
    )
    stock: dict[str, list[Stock]] = {}
    for lot in lots:
        stock.setdefault(lot.project_id, []).append(_stock(lot, at))
    return [
        Offer(project, row.is_on_sale, tuple(stock.get(row.project_id, ())))
        for row in rows
        if (project := _find_readable(row)) is not None
    ]


def _stock(lot: LotRow, at: datetime) -> Stock:
    return Stock(
        lot_id=lot.lot_id,
        vintage=lot.vintage,
        available_g=lot.available_g,
        issued_g=lot.issued_g,
        is_demonstration=lot.is_demonstration,
        refusal=find_lot_refusal(lot, at),
    )


def _find_readable(row: ProjectRow) -> Project | None:
    """The document of a row, if the rule book still accepts it; nothing is sold from one it does not."""
    try:
        return _read(row.project_id, row.document)
    except DocumentRefused as refused:
        _log.error("unreadable project", project=row.project_id, problems=str(refused))
        return None


def _get_row(session: Session, project_id: str) -> ProjectRow:
    row = session.get(ProjectRow, project_id)
    if row is None:
        raise Refusal("not_found.project", project_id=project_id)
    return row


@lru_cache(maxsize=256)
def _read(name: str, text: str) -> Project:
    return read_project(name, text)
