"""Projects: the reviewed documents we sell from, and what each of them has to offer now."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

import structlog
from sqlalchemy.orm import Session

from backend.platform.core import clock, context
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch, read_rows
from backend.platform.data.paging import Page, SortKey, Window, text_field, whole_field
from backend.platform.data.transactions import touched
from backend.registry import sql
from backend.registry.domain import (
    Candidate,
    Lot,
    LotOfDocument,
    Offer,
    ProjectChoice,
    Stock,
    StoredProject,
    list_candidates,
)
from offsets import (
    DocumentRefused,
    LotOffer,
    OffsetRefused,
    Principles,
    Project,
    Reader,
    appraise,
    check_vintage,
    get_registry,
    list_principles,
    parse_block,
    read_project,
)

LISTED = SortKey((whole_field("lacking"), text_field("project_id")))

NOBODY_SAYS = Reader()

_log = structlog.get_logger("registry")


def record_project(session: Session, name: str, text: str) -> Project:
    """Keep a project's document, in place of an earlier one; raise `DocumentRefused` naming every problem.

    A new document goes on sale; one that replaces another stays on or off sale as it was. Lots are imported apart.
    """
    project = _read(name, text)
    row = {
        "project_id": project.project_id,
        "document": text,
        "document_sha256": project.sha256,
        "is_on_sale": True,
        "recorded_at": clock.database_now(session),
    }
    session.execute(sql.KEEP_PROJECT, row)
    return project


def set_on_sale(session: Session, project_id: str, is_on_sale: bool) -> None:
    """Let a project be bought, or no more; what is held or paid already is not touched."""
    if touched(session, sql.SET_ON_SALE, {"project": project_id, "on_sale": is_on_sale}) != 1:
        raise Refusal("not_found.project", project_id=project_id)


def get_project(session: Session, project_id: str) -> Project:
    """The document of one project; raise `not_found.project`."""
    stored = _get_stored(session, project_id)
    return _read(stored.project_id, stored.document)


def list_documents(session: Session, registry_id: str) -> list[Project]:
    """The readable documents of a registry's projects, on sale or not."""
    stored = read_rows(session, sql.ALL_PROJECTS, sql.read_project)
    read = (_find_readable(one) for one in stored)
    return [project for project in read if project is not None and project.registry_id == registry_id]


def read_document(lot: LotOfDocument) -> Project:
    """The document of a lot's project."""
    return _read(lot.lot.project_id, lot.document)


def get_offer(session: Session, project_id: str, reader: Reader = NOBODY_SAYS) -> Offer:
    """One project with its stock, as it stands for a reader.

    Raises `not_found.project`, `registry.not_on_sale` when its document is unreadable.
    """
    stored = _get_stored(session, project_id)
    project = _find_readable(stored)
    if project is None:
        raise Refusal("registry.not_on_sale", project_id=project_id)
    candidate = Candidate(project, appraise(project, reader), 0)
    return _offers(session, [candidate], is_on_sale=stored.is_on_sale)[0]


def list_offers(session: Session, choice: ProjectChoice, window: Window) -> Page[Offer]:
    """The projects on sale that are asked for, the best by the principle first, then by id."""
    stored = read_rows(session, sql.PROJECTS_ON_SALE, sql.read_project)
    projects = [project for one in stored if (project := _find_readable(one)) is not None]
    after = window.after(LISTED) or (-1, "")
    behind = [one for one in list_candidates(projects, choice) if (one.lacking, one.project_id) > after]
    return window.cut(_offers(session, behind[: window.limit + 1], is_on_sale=True), LISTED)


def list_questions() -> Principles:
    """What somebody who has never bought is asked, and the mistakes to look out for."""
    return list_principles()


def offer_of(lot: Lot) -> LotOffer:
    """A lot in the words of the rule book; raise `OffsetRefused` when its registry's pattern no longer fits."""
    block = parse_block(get_registry(lot.registry_id), lot.serials)
    return LotOffer(lot_id=lot.lot_id, vintage=lot.vintage, block=block, demonstration=lot.is_demonstration)


def find_lot_refusal(lot: Lot, at: datetime) -> OffsetRefused | None:
    """Why a lot could not be retired from at `at`, so that nobody sells from it; None when it could."""
    try:
        check_vintage(offer_of(lot), at)
    except OffsetRefused as refused:
        return refused
    return None


def _offers(session: Session, candidates: list[Candidate], *, is_on_sale: bool) -> list[Offer]:
    at, least_minor = clock.database_now(session), context.policy().checkout.least_charge_minor
    lots = read_rows(session, sql.lots_of_projects([one.project_id for one in candidates]), sql.read_lot)
    stock: dict[str, list[Stock]] = {}
    for lot in lots:
        stock.setdefault(lot.project_id, []).append(_stock(lot, at))
    return [
        Offer(one.project, is_on_sale, tuple(stock.get(one.project_id, ())), least_minor, one.appraisal, one.lacking)
        for one in candidates
    ]


def _stock(lot: Lot, at: datetime) -> Stock:
    return Stock(
        lot_id=lot.lot_id,
        vintage=lot.vintage,
        available_g=lot.available_g,
        issued_g=lot.issued_g,
        is_demonstration=lot.is_demonstration,
        refusal=find_lot_refusal(lot, at),
    )


def _find_readable(stored: StoredProject) -> Project | None:
    """The document of a project, if the rule book still accepts it; nothing is sold from one it does not."""
    try:
        return _read(stored.project_id, stored.document)
    except DocumentRefused as refused:
        _log.error("unreadable project", project=stored.project_id, problems=str(refused))
        return None


def _get_stored(session: Session, project_id: str) -> StoredProject:
    stored = fetch(session, sql.project(project_id)).one_or_none()
    if stored is None:
        raise Refusal("not_found.project", project_id=project_id)
    return stored


@lru_cache(maxsize=256)
def _read(name: str, text: str) -> Project:
    return read_project(name, text)
