"""What was decided about a guest's activity, and what was said about it, come along into the account.

What people wrote is sealed under its owner's key, so it is opened with the guest's and sealed anew with the account's:
an operator still sees an open appeal, and the account reads why somebody decided. What was said before a correction
moves as it is. Decisions are never changed, so the
guest's own stay, under a key that goes with the guest; an appeal moves, as nobody answers it there any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from backend.activities.sql import corrections
from backend.activities.sql import decisions as sql
from backend.platform.data.batch import read_rows
from backend.platform.data.transactions import enqueue_writes
from backend.platform.privacy.vault import KeyErased, the_vault

WORDS, REASON = "activities.appeal", "activities.decision"


def transfer(session: Session, guest_id: str, user_id: str, activity_ids: Sequence[str]) -> None:
    """Give an account the decisions on the activities that have joined it, and the appeals against them; queued."""
    if not activity_ids:
        return
    for statement in corrections.pass_on(guest_id, user_id, activity_ids):
        session.execute(statement)
    decisions = read_rows(session, sql.stored_decisions_on(guest_id, activity_ids), sql.read_decision)
    appeals = read_rows(session, sql.appeals_about(guest_id, activity_ids), sql.read_appeal)
    for decision in decisions:
        reason = _sealed_anew(session, guest_id, user_id, REASON, decision.sealed_reason)
        moved = replace(decision, user_id=user_id, sealed_reason=reason)
        enqueue_writes(session, [sql.insert_decision(moved)])
    for appeal in appeals:
        words = _sealed_anew(session, guest_id, user_id, WORDS, appeal.sealed_words)
        moved_appeal = replace(appeal, user_id=user_id, sealed_words=words)
        enqueue_writes(session, [sql.insert_appeal(moved_appeal), sql.delete_appeal(guest_id, appeal.activity_id)])


def _sealed_anew(session: Session, guest_id: str, user_id: str, purpose: str, sealed: bytes | None) -> bytes | None:
    if sealed is None:
        return None
    try:
        plain = the_vault().unseal(session, guest_id, purpose, sealed)
    except KeyErased:
        return None
    return the_vault().seal(session, user_id, purpose, plain)
