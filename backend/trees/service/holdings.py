"""Trees become somebody's: held shares are funded, or one is granted to whoever earned it. Never undone."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import enqueue_write
from backend.platform.privacy import vault
from backend.platform.privacy.vault import the_vault
from backend.trees.domain import Grant, Holding, Origin, TreeHold
from backend.trees.service.owner_notes import tell_funded
from backend.trees.service.shares import move, take_hold
from backend.trees.sql import pools as sql
from offsets import ENTROPY_BYTES, clean_name, make_number

PURPOSE = "tree_certificate"


def fund(session: Session, grant: Grant, at: datetime) -> Holding:
    """What is held for a paid order becomes the next shares of its pool, for ever; its owner is told.

    A second call returns the first one's holding. Raises `trees.nothing_held`.
    """
    held = take_hold(session, grant.user_id, grant.reference)
    if held is not None:
        return _keep(session, grant, held, "fund", at)
    known = find_holding(session, grant.user_id, grant.reference)
    if known is None:
        raise Refusal("trees.nothing_held", reference=grant.reference)
    return known


def grant_tree(session: Session, grant: Grant, tree: TreeHold, at: datetime) -> Holding:
    """One tree of a sponsor becomes the next of its pool for whoever earned it."""
    return _keep(session, grant, tree, "grant", at)


def find_holding(session: Session, user_id: str, reference: str) -> Holding | None:
    """What an order or a claim became."""
    return fetch(session, sql.holding_of_order(user_id, reference)).one_or_none()


def read_beneficiary(session: Session, holding: Holding) -> str | None:
    """The name that trees are made out to; None once its owner was erased."""
    if not holding.sealed_beneficiary:
        return None
    try:
        return the_vault().unseal(session, holding.user_id, PURPOSE, holding.sealed_beneficiary).decode()
    except vault.KeyErased:
        return None


def _keep(session: Session, grant: Grant, held: TreeHold, kind: str, at: datetime) -> Holding:
    moved = move(session, held.pool_id, kind, held.shares, grant.reference, at)
    if moved is None:
        raise Refusal("internal.hold_not_backed", lot_id=held.pool_id)
    holding = Holding(
        user_id=grant.user_id,
        id=ids.new_id("tree_holding"),
        reference=grant.reference,
        pool_id=held.pool_id,
        start_share=moved.funded_shares - held.shares,
        end_share=moved.funded_shares,
        origin=Origin(grant.origin).value,
        number=make_number(secrets.token_bytes(ENTROPY_BYTES)),
        sealed_beneficiary=_seal(session, grant),
        shows_name=grant.shows_name,
        funded_at=at,
    )
    enqueue_write(session, sql.INSERT_HOLDING, vars(holding))
    leads_to = {"number": holding.number, "user_id": holding.user_id, "holding_id": holding.id}
    enqueue_write(session, sql.INSERT_NUMBER, leads_to)
    tell_funded(session, holding)
    return holding


def _seal(session: Session, grant: Grant) -> bytes:
    """The name for its owner's eyes; nothing without one, or when they were erased while money was on its way."""
    if not grant.beneficiary:
        return b""
    try:
        name = clean_name(grant.beneficiary).encode()
        return the_vault().seal(session, grant.user_id, PURPOSE, name)
    except vault.KeyErased:
        return b""
