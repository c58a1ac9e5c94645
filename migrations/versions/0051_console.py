"""The operators' console: sign-ins by cookie, second factors, drafts in writing, and comments on lines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, UtcInstant

revision = "0051"
down_revision = "0037"


def upgrade() -> None:
    """Add the four tables."""
    op.create_table(
        "console_sessions",
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=False),
        sa.Column("opened_at", UtcInstant(), nullable=False),
        sa.Column("expires_at", UtcInstant(), nullable=False),
        sa.Column("second_factor_at", UtcInstant()),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_console_sessions")),
    )
    op.create_index("ix_console_sessions_user_id", "console_sessions", ["user_id"])
    op.create_index("ix_console_sessions_expires_at", "console_sessions", ["expires_at"])
    op.create_table(
        "second_factors",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("confirmed_at", UtcInstant()),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "working_drafts",
        sa.Column("id", Id, nullable=False),
        sa.Column("methodology_id", sa.String(80), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("written_by", Id, nullable=False),
        sa.Column("version", sa.Integer()),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("changed_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_drafts")),
        sa.CheckConstraint("state IN ('open', 'in_review', 'closed')", name=op.f("ck_working_drafts_state")),
        sa.CheckConstraint(
            "state <> 'in_review' OR version IS NOT NULL", name=op.f("ck_working_drafts_submitted_as_a_version")
        ),
    )
    op.create_index("ix_working_drafts_methodology_id_version", "working_drafts", ["methodology_id", "version"])
    op.create_index("ix_working_drafts_state", "working_drafts", ["state"])
    op.create_table(
        "line_comments",
        sa.Column("id", Id, nullable=False),
        sa.Column("methodology_id", sa.String(80), nullable=False),
        sa.Column("line_sha256", sa.String(64), nullable=False),
        sa.Column("line", sa.String(2000), nullable=False),
        sa.Column("words", sa.String(2000), nullable=False),
        sa.Column("written_by", Id, nullable=False),
        sa.Column("written_at", UtcInstant(), nullable=False),
        sa.Column("settled_by", Id),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_comments")),
    )
    op.create_index("ix_line_comments_methodology_id", "line_comments", ["methodology_id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("line_comments", "working_drafts", "second_factors", "console_sessions"):
        op.drop_table(table)
