"""What points keep of one person, for their export; there is nothing personal that erasure would have to empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.points.sql import EXPORTED, MOVEMENTS_OF

EXPORTED_AT_ONCE = 500


def export(session: Session, user_id: str, after: str = "") -> Iterator[Mapping[str, Any]]:
    """Every grant of one person behind the id `after`, oldest first, with what left it by which entry of the ledger."""
    last = after
    asked = {"owner": user_id, "most": EXPORTED_AT_ONCE}
    while rows := session.execute(EXPORTED, {**asked, "after": last}).mappings().all():
        left = _movements(session, user_id, [row["id"] for row in rows])
        for row in rows:
            yield {**row, "movements": left[row["id"]]}
        last = rows[-1]["id"]


def forget(session: Session, user_id: str) -> None:
    """Change nothing: a grant says how many points, from which activity and until when, and whose only by an id that
    leads to nobody once the account is erased. Every sum must stay, as the ledger's do.
    """


def _movements(session: Session, user_id: str, grant_ids: list[str]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {grant_id: [] for grant_id in grant_ids}
    for row in session.execute(MOVEMENTS_OF, {"owner": user_id, "grant_ids": grant_ids}):
        found[row.grant_id].append({"entry_id": row.entry_id, "amount": row.amount})
    return found
