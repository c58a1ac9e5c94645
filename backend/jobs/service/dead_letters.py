"""Dead letters: rows put aside with a reason, so that the next one proceeds, until somebody sends them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy.orm import Session

from backend.jobs.domain import DeadLetter, Row
from backend.jobs.service.outbox_rows import remove
from backend.jobs.sql import dead_letters as sql
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.ops import outbox
from backend.platform.privacy import audit


def record_dead_letter(session: Session, row: Row, reason: str) -> bool:
    """Put `row` aside; False when it is no longer as it was read."""
    if not remove(session, row):
        return False
    died_at = clock.database_now(session)
    letter = DeadLetter(row.user_id, row.id, row.topic, row.lane, row.facts, row.attempts, reason, died_at)
    session.execute(sql.INSERT, asdict(letter))
    return True


def list_dead_letters(session: Session, limit: int = 100) -> list[DeadLetter]:
    """Dead letters, the latest first."""
    return [sql.to_letter(row) for row in session.execute(sql.LATEST, {"most": limit}).mappings()]


def count_dead_letters(session: Session) -> int:
    """How many dead letters there are."""
    return session.execute(sql.COUNT).scalar_one()


def list_people_with_dead_letters(session: Session, topic: str, user_ids: Sequence[str], rest: timedelta) -> set[str]:
    """Those of `user_ids` who have a dead letter of `topic` younger than `rest`; the older ones are dropped.

    For a job that looks again and again: what failed is tried anew once it has rested, so that no dead letter keeps
    a person out for ever, and there is one letter at most.
    """
    asked = {"people": list(user_ids), "of_topic": topic}
    session.execute(sql.DROP_SETTLED, asked | {"before": clock.database_now(session) - rest})
    return set(session.scalars(sql.PEOPLE_WITH_LETTERS, asked))


def forget(session: Session, user_id: str) -> None:
    """Drop the dead letters of one person: whoever is erased has nothing left to be done."""
    session.execute(sql.FORGET, {"of_user": user_id})


def redrive(session: Session, letter_id: str, *, who: str, reason: str) -> None:
    """Put a dead letter back into the outbox with all its attempts ahead of it; raise `Refusal("not_found")`."""
    row = session.execute(sql.LOCK_ONE, {"of_id": letter_id}).mappings().one_or_none()
    if row is None:
        raise Refusal("not_found", kind="dead letter", id=letter_id)
    letter = sql.to_letter(row)
    outbox.enqueue_again(session, letter.user_id, letter.id, letter.topic, letter.facts, lane=letter.lane)
    session.execute(sql.DROP_ONE, {"of_user": letter.user_id, "of_id": letter.id})
    audit.record(
        session,
        who=who,
        action="dead_letter.redriven",
        subject=letter_id,
        reason=reason,
        about=letter.user_id,
        topic=letter.topic,
    )
