"""Leases on slots, and the dead letters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.jobs.domain import SlotState
from backend.platform.data.columns import Document, Id, UtcInstant
from backend.platform.data.table_kinds import local_table
from backend.platform.data.transactions import Base
from backend.platform.ops import outbox

_STATES = ", ".join(f"'{state.value}'" for state in SlotState)


class SlotRow(Base):
    """One slot of one job and who runs it, a slot being the database's clock floored to the job's period."""

    __tablename__ = "job_runs"

    job: Mapped[str] = mapped_column(String(80), primary_key=True)
    slot: Mapped[datetime] = mapped_column(UtcInstant, primary_key=True)
    # grows with every takeover; a holder whose token is no longer this one may not write
    fencing_token: Mapped[int] = mapped_column(Integer)
    holder: Mapped[str] = mapped_column(String(120))  # host and process, for the person on call
    lease_until: Mapped[datetime] = mapped_column(UtcInstant)  # database's clock; renewed by every write of the job
    state: Mapped[str] = mapped_column(String(10))
    started_at: Mapped[datetime] = mapped_column(UtcInstant)
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    items: Mapped[int] = mapped_column(Integer)  # how many it has dealt with
    reason: Mapped[str] = mapped_column(Text)  # why it failed; empty otherwise

    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        Index(None, "ended_at"),
        local_table("which slot of which job was run, for the whole installation"),
    )


class DeadLetterRow(Base):
    """An outbox row put aside after its last attempt, with the reason; `flask jobs redrive` sends it again."""

    __tablename__ = "dead_letters"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)  # the outbox row's own
    topic: Mapped[str] = mapped_column(String(80))
    lane: Mapped[str] = mapped_column(String(outbox.LONGEST_LANE), server_default=outbox.LOCAL)  # where it goes back to
    facts: Mapped[dict[str, Any]] = mapped_column(Document)
    attempts: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text)  # the last error's kind and place, not its words: they may be personal
    died_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (Index(None, "died_at"),)
