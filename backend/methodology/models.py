"""The table of methodology versions: shared reference data, frozen by the database itself.

What was submitted never changes; what was decided is written once. The triggers that hold this stand in the
migrations, for both engines; so does that the two approvers of a version are two people, of the same content.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Document, Id, UtcInstant
from backend.platform.data.table_kinds import reference_table
from backend.platform.data.transactions import Base

LONGEST_METHODOLOGY_ID = 80


class MethodologyVersion(Base):
    """One version of one methodology: the content somebody submitted and what became of it."""

    __tablename__ = "methodology_versions"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    methodology_id: Mapped[str] = mapped_column(String(LONGEST_METHODOLOGY_ID))  # transport.low_carbon_trip
    version: Mapped[int] = mapped_column(Integer)  # 1, 2, 3 … in the order of submission
    content_sha256: Mapped[str] = mapped_column(String(64))  # of document and figures: what an approval binds
    document: Mapped[str] = mapped_column(Text)  # TOML, canonical
    figures: Mapped[str] = mapped_column(Text)  # canonical JSON of every row the document can reach
    submitted_by: Mapped[str] = mapped_column(Id)  # a user's id, or `library` for a shipped document
    authors: Mapped[list[str]] = mapped_column(Document)  # everyone who wrote any of it; none of them may approve
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    status: Mapped[str] = mapped_column(String(10))
    effective_on: Mapped[date | None] = mapped_column(Date)  # first day it counts; the next one's first day ends it
    ended_on: Mapped[date | None] = mapped_column(Date)  # first day it no longer counts: an explicit withdrawal
    # the earlier one of two approvals, where one was not enough; until the later one the version is a draft
    first_approved_by: Mapped[str | None] = mapped_column(Id)
    first_approved_sha256: Mapped[str | None] = mapped_column(String(64))
    first_approved_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    exposure: Mapped[dict[str, Any] | None] = mapped_column(Document)  # what the last approver was shown of it
    approved_by: Mapped[str | None] = mapped_column(Id)
    approved_sha256: Mapped[str | None] = mapped_column(String(64))  # what the reviewer says to have read
    approved_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    closed_by: Mapped[str | None] = mapped_column(Id)  # who rejected or withdrew it
    closed_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    closing_reason: Mapped[str | None] = mapped_column(String(500))

    __table_args__ = (
        UniqueConstraint("methodology_id", "version"),
        CheckConstraint("status IN ('draft', 'approved', 'rejected', 'withdrawn')", name="status"),
        CheckConstraint("approved_by <> submitted_by", name="four_eyes"),
        CheckConstraint("approved_sha256 = content_sha256", name="approved_what_was_read"),
        CheckConstraint(
            "(status IN ('draft', 'rejected')) = (approved_by IS NULL)"
            " AND (approved_by IS NULL) = (approved_sha256 IS NULL)"
            " AND (approved_by IS NULL) = (approved_at IS NULL)"
            " AND (approved_by IS NULL) = (effective_on IS NULL)",
            name="approval_is_whole",
        ),
        CheckConstraint(
            "(status IN ('draft', 'approved')) = (closed_by IS NULL)"
            " AND (closed_by IS NULL) = (closed_at IS NULL)"
            " AND (closed_by IS NULL) = (closing_reason IS NULL)"
            " AND (status = 'withdrawn') = (ended_on IS NOT NULL)",
            name="closing_is_whole",
        ),
        CheckConstraint("ended_on >= effective_on", name="ends_after_it_began"),
        # two versions that began on one day would overlap
        Index(
            "uq_methodology_versions_effective_on",
            "methodology_id",
            "effective_on",
            unique=True,
            sqlite_where=text("status = 'approved'"),
            postgresql_where=text("status = 'approved'"),
        ),
        reference_table("the rule book, the same for everyone"),
    )
