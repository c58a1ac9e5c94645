"""What was decided about a guest's activity, and what was said about it, come along into the account.

What people wrote is sealed under its owner's key, so it is opened with the guest's and sealed anew with the account's:
an operator still sees an open appeal, and the account reads why somebody decided. Decisions are never changed, so the
guest's own stay, under a key that goes with the guest; an appeal moves, as nobody answers it there any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.activities.models import Appeal
from backend.activities.models import Decision as DecisionRow
from backend.platform.data.transactions import enqueue_write
from backend.platform.privacy.vault import KeyErased, the_vault

WORDS, REASON = "activities.appeal", "activities.decision"

_DECISIONS, _APPEALS = DecisionRow.__table__, Appeal.__table__
_OF_GUEST = {
    table: select(table).where(
        table.c.user_id == bindparam("guest"), table.c.activity_id.in_(bindparam("brought", expanding=True))
    )
    for table in (_DECISIONS, _APPEALS)
}
_INSERTS = {table: table.insert() for table in (_DECISIONS, _APPEALS)}
_LEAVE = _APPEALS.delete().where(
    _APPEALS.c.user_id == bindparam("guest"), _APPEALS.c.activity_id == bindparam("wanted")
)


def bring(session: Session, guest_id: str, user_id: str, activity_ids: Sequence[str]) -> None:
    """Give an account the decisions on the activities that have joined it, and the appeals against them; queued."""
    if not activity_ids:
        return
    named = {"guest": guest_id, "brought": list(activity_ids)}
    decisions, appeals = (
        [dict(row) for row in session.execute(_OF_GUEST[table], named).mappings()] for table in (_DECISIONS, _APPEALS)
    )
    for row in decisions:
        reason = _sealed_anew(session, guest_id, user_id, REASON, row["sealed_reason"])
        enqueue_write(session, _INSERTS[_DECISIONS], row | {"user_id": user_id, "sealed_reason": reason})
    for row in appeals:
        words = _sealed_anew(session, guest_id, user_id, WORDS, row["sealed_words"])
        enqueue_write(session, _INSERTS[_APPEALS], row | {"user_id": user_id, "sealed_words": words})
        enqueue_write(session, _LEAVE, {"guest": guest_id, "wanted": row["activity_id"]}, rows=1)


def _sealed_anew(session: Session, guest_id: str, user_id: str, purpose: str, sealed: Any) -> bytes | None:
    if sealed is None:
        return None
    try:
        plain = the_vault().unseal(session, guest_id, purpose, sealed)
    except KeyErased:
        return None
    return the_vault().seal(session, user_id, purpose, plain)
