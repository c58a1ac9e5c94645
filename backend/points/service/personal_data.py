"""What points keep of one person, for their export; there is nothing personal that erasure would have to empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.points.sql import GRANTS, MOVEMENTS

EXPORTED_AT_ONCE = 500


def export(session: Session, user_id: str, after: str = "") -> Iterator[Mapping[str, Any]]:
    """Every grant of one person behind the id `after`, oldest first, with what left it by which entry of the ledger."""
    of_person = select(GRANTS).where(GRANTS.c.user_id == user_id).order_by(GRANTS.c.id).limit(EXPORTED_AT_ONCE)
    last = after
    while rows := session.execute(of_person.where(GRANTS.c.id > last)).mappings().all():
        left = _movements(session, user_id, [row["id"] for row in rows])
        for row in rows:
            yield {**row, "movements": left[row["id"]]}
        last = rows[-1]["id"]


def forget(session: Session, user_id: str) -> None:
    """Change nothing: a grant says how many points, from which activity and until when, and whose only by an id that
    leads to nobody once the account is erased. Every sum must stay, as the ledger's do.
    """


def _movements(session: Session, user_id: str, grant_ids: list[str]) -> dict[str, list[Mapping[str, Any]]]:
    wanted = (
        select(MOVEMENTS.c.grant_id, MOVEMENTS.c.entry_id, MOVEMENTS.c.amount)
        .where(MOVEMENTS.c.user_id == user_id, MOVEMENTS.c.grant_id.in_(grant_ids))
        .order_by(MOVEMENTS.c.grant_id, MOVEMENTS.c.entry_id)
    )
    found: dict[str, list[Mapping[str, Any]]] = {grant_id: [] for grant_id in grant_ids}
    for row in session.execute(wanted):
        found[row.grant_id].append({"entry_id": row.entry_id, "amount": row.amount})
    return found
