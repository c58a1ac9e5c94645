"""Methodology versions, frozen as they are submitted and decided once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Document, Id, UtcInstant
from migrations.triggers import changed, forget_functions, refuse

revision = "0003"
down_revision = "0002"

TABLE = "methodology_versions"
CONTENT = (
    "id", "methodology_id", "version", "content_sha256", "document", "figures", "submitted_by", "authors", "created_at",
)  # fmt: skip
APPROVAL = ("effective_on", "approved_by", "approved_sha256", "approved_at")
CLOSING = ("ended_on", "closed_by", "closed_at", "closing_reason")


def upgrade() -> None:
    """Create the table and what keeps it frozen."""
    op.create_table(
        TABLE,
        sa.Column("id", Id, nullable=False),
        sa.Column("methodology_id", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("submitted_by", Id, nullable=False),
        sa.Column("authors", Document, nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("effective_on", sa.Date()),
        sa.Column("ended_on", sa.Date()),
        sa.Column("approved_by", Id),
        sa.Column("approved_sha256", sa.String(64)),
        sa.Column("approved_at", UtcInstant()),
        sa.Column("closed_by", Id),
        sa.Column("closed_at", UtcInstant()),
        sa.Column("closing_reason", sa.String(500)),
        sa.PrimaryKeyConstraint("id", name="pk_methodology_versions"),
        sa.UniqueConstraint("methodology_id", "version", name="uq_methodology_versions_methodology_id_version"),
        sa.CheckConstraint(
            "status IN ('draft', 'approved', 'rejected', 'withdrawn')", name="ck_methodology_versions_status"
        ),
        sa.CheckConstraint("approved_by <> submitted_by", name="ck_methodology_versions_four_eyes"),
        sa.CheckConstraint("approved_sha256 = content_sha256", name="ck_methodology_versions_approved_what_was_read"),
        sa.CheckConstraint(
            "(status IN ('draft', 'rejected')) = (approved_by IS NULL)"
            " AND (approved_by IS NULL) = (approved_sha256 IS NULL)"
            " AND (approved_by IS NULL) = (approved_at IS NULL)"
            " AND (approved_by IS NULL) = (effective_on IS NULL)",
            name="ck_methodology_versions_approval_is_whole",
        ),
        sa.CheckConstraint(
            "(status IN ('draft', 'approved')) = (closed_by IS NULL)"
            " AND (closed_by IS NULL) = (closed_at IS NULL)"
            " AND (closed_by IS NULL) = (closing_reason IS NULL)"
            " AND (status = 'withdrawn') = (ended_on IS NOT NULL)",
            name="ck_methodology_versions_closing_is_whole",
        ),
        sa.CheckConstraint("ended_on >= effective_on", name="ck_methodology_versions_ends_after_it_began"),
    )
    op.create_index(
        "uq_methodology_versions_effective_on",
        TABLE,
        ["methodology_id", "effective_on"],
        unique=True,
        sqlite_where=sa.text("status = 'approved'"),
        postgresql_where=sa.text("status = 'approved'"),
    )
    refuse(TABLE, "DELETE")
    refuse(TABLE, "INSERT", when="NEW.status <> 'draft'")
    refuse(TABLE, "UPDATE", name="content", when=changed(*CONTENT))
    refuse(
        TABLE,
        "UPDATE",
        name="move",
        when="OLD.status <> NEW.status AND NOT (OLD.status = 'draft' AND NEW.status IN ('approved', 'rejected'))"
        " AND NOT (OLD.status = 'approved' AND NEW.status = 'withdrawn')",
    )
    refuse(TABLE, "UPDATE", name="approval", when=f"OLD.status <> 'draft' AND ({changed(*APPROVAL)})")
    refuse(TABLE, "UPDATE", name="closing", when=f"OLD.status IN ('rejected', 'withdrawn') AND ({changed(*CLOSING)})")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table(TABLE)
    forget_functions(TABLE)
