"""Dead letters: rows put aside with a reason, so that the next one proceeds, until somebody sends them again."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.jobs.models import DeadLetter
from backend.jobs.service.outbox_rows import Row, remove
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.ops.outbox import OutboxRow
from backend.platform.privacy import audit


def bury(session: Session, row: Row, reason: str) -> bool:
    """Put `row` aside for good; False when it is no longer as it was read."""
    if not remove(session, row):
        return False
    letter = DeadLetter(
        user_id=row.user_id,
        id=row.id,
        topic=row.topic,
        facts=row.facts,
        attempts=row.attempts,
        reason=reason,
        died_at=clock.database_now(session),
    )
    session.add(letter)
    session.flush()
    return True


def list_dead(session: Session, limit: int = 100) -> list[DeadLetter]:
    """Dead letters, the latest first."""
    return list(session.scalars(select(DeadLetter).order_by(DeadLetter.died_at.desc(), DeadLetter.id).limit(limit)))


def count_dead(session: Session) -> int:
    """How many letters lie dead."""
    return session.execute(select(func.count()).select_from(DeadLetter)).scalar_one()


def forget(session: Session, user_id: str) -> None:
    """Drop the dead letters of one person: whoever is erased has nothing left to be done."""
    session.execute(DeadLetter.__table__.delete().where(DeadLetter.user_id == user_id))


def redrive(session: Session, letter_id: str, *, who: str, reason: str) -> None:
    """Put a dead letter back into the outbox with all its attempts ahead of it; raise `Refusal("not_found")`."""
    letter = session.scalars(select(DeadLetter).where(DeadLetter.id == letter_id).with_for_update()).one_or_none()
    if letter is None:
        raise Refusal("not_found", kind="dead letter", id=letter_id)
    now = clock.database_now(session)
    revived = OutboxRow(
        user_id=letter.user_id,
        id=letter.id,
        topic=letter.topic,
        facts=letter.facts,
        due_at=now,
        not_before=now,
        attempts=0,
    )
    session.add(revived)
    session.delete(letter)
    session.flush()
    audit.record(
        session,
        who=who,
        action="dead_letter.redriven",
        subject=letter_id,
        reason=reason,
        about=letter.user_id,
        topic=letter.topic,
    )
