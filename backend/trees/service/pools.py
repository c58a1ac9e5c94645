"""Pools: the reviewed documents that trees are sold and earned from, opened and closed, and what they contract."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy.orm import Session

from backend.platform.core import clock, context
from backend.platform.core.actor import OperatorAct
from backend.platform.core.errors import InvalidFields, Refusal
from backend.platform.data.batch import fetch, read_rows
from backend.platform.data.paging import Page, SortKey, Window, text_field
from backend.platform.data.transactions import touched
from backend.platform.privacy import audit
from backend.trees.domain import Movement, Pool, PoolView
from backend.trees.service.claims import serve_line
from backend.trees.service.owner_notes import tell_contracted
from backend.trees.service.shares import move, record
from backend.trees.sql import pools as sql
from offsets import DocumentRefused, PlantingPool, get_species, list_pool_documents, read_pool

LISTED = SortKey((text_field("pool_id"),))


def record_pool(session: Session, name: str, text: str, act: OperatorAct) -> PlantingPool:
    """Keep a pool's document, open from the start, or in place of an earlier one, which may only have grown.

    A larger capacity is there to be had at once, first by those who wait. Raises `DocumentRefused` with every problem,
    `trees.pool_changed` for another species or other shares or less than before, and `trees.demonstration` in
    production.
    """
    document = read_document(name, text)
    if document.demonstration and context.settings().is_production:
        raise Refusal("trees.demonstration", pool_id=document.pool_id)
    known = fetch(session, sql.locked_pool(document.pool_id)).one_or_none()
    if known is None:
        _insert(session, document, text, act)
    elif known.document_sha256 != document.sha256:
        _replace(session, known, document, text, act)
    return document


def record_document(session: Session, text: str, act: OperatorAct) -> PlantingPool:
    """The same for a document that was sent: its problems come as faults of the field, each with its line."""
    try:
        return record_pool(session, "document", text, act)
    except DocumentRefused as refused:
        raise InvalidFields(
            [{"field": f"document:{one.line}", "message": f"{one.path}: {one.message}"} for one in refused.problems]
        ) from refused


def import_library(session: Session, *, who: str = "library") -> int:
    """Record the shipped pools, all of them invented: none in production. Returns how many."""
    if context.settings().is_production:
        return 0
    documents = list_pool_documents()
    for name, text in documents.items():
        record_pool(session, name, text, OperatorAct(who, "the shipped pools"))
    return len(documents)


def set_open(session: Session, pool_id: str, act: OperatorAct, *, is_open: bool) -> PoolView:
    """Let a pool be bought and earned from, or no more; what is held, paid or earned already is not touched."""
    if touched(session, sql.SET_OPEN, {"pool": pool_id, "open": is_open}) != 1:
        raise Refusal("not_found.pool", pool_id=pool_id)
    action = "pool.opened" if is_open else "pool.closed"
    audit.record(session, who=act.who, action=action, subject=pool_id, reason=act.reason)
    return get_pool(session, pool_id)


def contract(session: Session, pool_id: str, trees: int, act: OperatorAct) -> PoolView:
    """Note that the partner has undertaken to plant so many more of the funded trees; their owners are told.

    Raises `trees.not_funded` when fewer whole trees are paid for.
    """
    before = lock_pool(session, pool_id)
    if touched(session, sql.CONTRACT, {"pool": pool_id, "trees": trees}) != 1:
        funded = before.funded_shares // before.shares_per_tree
        raise Refusal("trees.not_funded", trees=trees, left=funded - before.contracted_trees)
    audit.record(session, who=act.who, action="trees.contracted", subject=pool_id, reason=act.reason, trees=trees)
    tell_contracted(session, before, trees)
    return get_pool(session, pool_id)


def lock_pool(session: Session, pool_id: str) -> Pool:
    """A pool that nobody else changes until the end of the transaction; raise `not_found.pool`."""
    pool = fetch(session, sql.locked_pool(pool_id)).one_or_none()
    if pool is None:
        raise Refusal("not_found.pool", pool_id=pool_id)
    return pool


def get_pool(session: Session, pool_id: str) -> PoolView:
    """One pool with its document; raise `not_found.pool`."""
    pool = fetch(session, sql.pool(pool_id)).one_or_none()
    if pool is None:
        raise Refusal("not_found.pool", pool_id=pool_id)
    return view_pool(session, pool)


def list_pools(session: Session, window: Window) -> Page[PoolView]:
    """Open pools, by id."""
    page = sql.page_of_pools(window.after(LISTED), window.limit + 1)
    return window.cut([view_pool(session, pool) for pool in read_rows(session, page, sql.read_pool)], LISTED)


def list_owners(session: Session, pool_id: str) -> list[str]:
    """Everybody who has a share of a pool."""
    return list(session.scalars(sql.OWNERS_OF_POOL, {"pool": pool_id}))


def view_pool(session: Session, pool: Pool) -> PoolView:
    """A pool with what its document says."""
    document = read_document(pool.pool_id, pool.document)
    species = get_species(document.species_id)
    today = clock.database_now(session).date()
    return PoolView(pool, document, species, species.shows_kilograms(today))


@lru_cache(maxsize=256)
def read_document(name: str, text: str) -> PlantingPool:
    """The document of a pool, read once."""
    return read_pool(name, text)


def _insert(session: Session, document: PlantingPool, text: str, act: OperatorAct) -> None:
    at = clock.database_now(session)
    pool = Pool(
        pool_id=document.pool_id,
        document=text,
        document_sha256=document.sha256,
        is_open=True,
        shares_per_tree=document.shares_per_tree,
        capacity_shares=document.capacity_shares,
        available_shares=document.capacity_shares,
        held_shares=0,
        funded_shares=0,
        contracted_trees=0,
        planted_trees=0,
        reserve_trees=document.reserve_trees,
        claims=0,
        served_claims=0,
        movements=1,
        recorded_at=at,
    )
    session.execute(sql.INSERT_POOL, vars(pool))
    record(session, 1, Movement(pool.pool_id, "open", pool.capacity_shares, act.who, at))
    audit.record(session, who=act.who, action="pool.recorded", subject=pool.pool_id, reason=act.reason)


def _replace(session: Session, known: Pool, document: PlantingPool, text: str, act: OperatorAct) -> None:
    before = read_document(known.pool_id, known.document)
    more_shares = document.capacity_shares - before.capacity_shares
    more_reserve = document.reserve_trees - before.reserve_trees
    is_same = (before.species_id, before.shares_per_tree) == (document.species_id, document.shares_per_tree)
    if not is_same or bool(before.sponsor) != bool(document.sponsor) or more_shares < 0 or more_reserve < 0:
        raise Refusal("trees.pool_changed", pool_id=known.pool_id)
    replaced = {"pool": known.pool_id, "text": text, "sha256": document.sha256, "more_reserve": more_reserve}
    session.execute(sql.REPLACE_DOCUMENT, replaced)
    if more_shares:
        move(session, known.pool_id, "open", more_shares, act.who, clock.database_now(session))
    audit.record(session, who=act.who, action="pool.replaced", subject=known.pool_id, reason=act.reason)
    serve_line(session, known.pool_id)
