"""The tables of points: grants, and what was taken out of each.

The ledger says how many points lie on an account; grants say which points they are, so that each can lapse or
expire on its own day. The two agree at all times (`service.verify`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Id, UtcInstant, WholeNumber
from backend.platform.data.transactions import Base

_OPEN = text("remaining > 0")


class GrantRow(Base):
    """Points with one expiry. A row only ever shrinks; more points are another grant.

    Written with the entry that brought it: no key leads there, the invariants look for one without (ADR 0121).
    """

    __tablename__ = "grants"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    entry_id: Mapped[str] = mapped_column(Id)  # the ledger's entry that brought the points
    activity_id: Mapped[str | None] = mapped_column(Id)  # None for a gift and for what was not spent after all
    methodology_id: Mapped[str | None] = mapped_column(String(80))  # whose issuance they go back to
    zone: Mapped[str] = mapped_column(String(64))  # whose midnights end it
    state: Mapped[str] = mapped_column(String(10))
    amount: Mapped[int] = mapped_column(WholeNumber)  # as granted
    remaining: Mapped[int] = mapped_column(WholeNumber)  # still on the account that `state` names
    taken_back: Mapped[int] = mapped_column(WholeNumber)  # by corrections of its activity, wherever it was by then
    lost: Mapped[int] = mapped_column(WholeNumber)  # lapsed or expired, and not taken back since
    matures_at: Mapped[datetime] = mapped_column(UtcInstant)  # may be collected from then on
    ends_at: Mapped[datetime] = mapped_column(UtcInstant)  # lapses then while pending, expires then once collected
    noticed_at: Mapped[datetime | None] = mapped_column(UtcInstant)  # when its owner was told of `ends_at`
    extended_at: Mapped[datetime | None] = mapped_column(UtcInstant)  # a grant is given more time once

    __table_args__ = (
        CheckConstraint("state IN ('held', 'pending', 'collected', 'lapsed', 'expired')", name="state"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("remaining BETWEEN 0 AND amount", name="remaining"),
        CheckConstraint("taken_back BETWEEN 0 AND amount", name="taken_back"),
        CheckConstraint("lost BETWEEN 0 AND amount - remaining", name="lost"),
        CheckConstraint("state IN ('held', 'pending', 'collected') OR remaining = 0", name="ended_is_empty"),
        Index(None, "user_id", "activity_id"),
        # what a person has; and what ends next, for the jobs
        Index("ix_grants_open", "user_id", "ends_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_grants_ending", "ends_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )


class GrantMovementRow(Base):
    """Points that left a grant by an entry. Append-only: which points were spent, lost or taken back."""

    __tablename__ = "grant_movements"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    grant_id: Mapped[str] = mapped_column(Id, primary_key=True)
    entry_id: Mapped[str] = mapped_column(Id, primary_key=True)
    amount: Mapped[int] = mapped_column(WholeNumber)

    __table_args__ = (
        ForeignKeyConstraint(["user_id", "grant_id"], ["grants.user_id", "grants.id"]),
        ForeignKeyConstraint(["user_id", "entry_id"], ["ledger_entries.user_id", "ledger_entries.id"]),
        CheckConstraint("amount > 0", name="amount"),
        Index(None, "user_id", "entry_id"),
    )
