"""Projects: the reviewed documents we sell from, and what each of them has to offer now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data.paging import Page, Window
from backend.registry.models import LotRow, ProjectRow
from offsets import LotOffer, Project, get_registry, parse_block, read_project


@dataclass(frozen=True)
class Stock:
    """One lot as buyers may see it: its vintage and what is left of it, in grams."""

    lot_id: str
    vintage: int
    available_g: int
    issued_g: int
    is_demonstration: bool


@dataclass(frozen=True)
class Offer:
    """A project and the lots behind it, oldest vintage first."""

    project: Project
    is_on_sale: bool
    lots: tuple[Stock, ...]

    @property
    def project_id(self) -> str:
        return self.project.project_id

    @property
    def available_g(self) -> int:
        """Grams that may be bought now."""
        return sum(lot.available_g for lot in self.lots) if self.is_on_sale else 0


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
    """One project with its stock; raise `not_found.project`."""
    return _offers(session, [_get_row(session, project_id)])[0]


def list_offers(session: Session, window: Window) -> Page[Offer]:
    """Projects on sale, by id."""
    query = select(ProjectRow).where(ProjectRow.is_on_sale).order_by(ProjectRow.project_id).limit(window.limit + 1)
    if window.after:
        query = query.where(ProjectRow.project_id > window.after[0])
    return window.cut(_offers(session, list(session.scalars(query))), "project_id")


def offer_of(row: LotRow) -> LotOffer:
    """A lot in the words of the rule book."""
    block = parse_block(get_registry(row.registry_id), row.serials)
    return LotOffer(lot_id=row.lot_id, vintage=row.vintage, block=block, demonstration=row.is_demonstration)


def _offers(session: Session, rows: list[ProjectRow]) -> list[Offer]:
    found = session.scalars(
        select(LotRow)
        .where(LotRow.project_id.in_([row.project_id for row in rows]))
        .order_by(LotRow.vintage, LotRow.lot_id)
        # the columns, not a copy this session may have kept from before a conditional update
        .execution_options(populate_existing=True)
    )
    stock: dict[str, list[Stock]] = {}
    for lot in found:
        stock.setdefault(lot.project_id, []).append(
            Stock(lot.lot_id, lot.vintage, lot.available_g, lot.issued_g, lot.is_demonstration)
        )
    return [
        Offer(_read(row.project_id, row.document), row.is_on_sale, tuple(stock.get(row.project_id, ()))) for row in rows
    ]


def _get_row(session: Session, project_id: str) -> ProjectRow:
    row = session.get(ProjectRow, project_id)
    if row is None:
        raise Refusal("not_found.project", project_id=project_id)
    return row


@lru_cache(maxsize=256)
def _read(name: str, text: str) -> Project:
    return read_project(name, text)
