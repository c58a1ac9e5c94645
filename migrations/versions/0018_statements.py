"""Statements as they were issued, and the directory of their numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, UtcInstant
from migrations.triggers import changed, forget_functions, refuse

revision = "0018"
down_revision = "0017"

VALID = sa.text("state = 'valid'")
SIGNED = ("user_id", "id", "number", "period", "revision", "sha256", "issued_at")


def upgrade() -> None:
    """Create the tables; what was signed is kept as it was written."""
    op.create_table(
        "statements",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("sealed_file", sa.LargeBinary(), nullable=False),
        sa.Column("shows_name", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("because", sa.String(40)),
        sa.Column("issued_at", UtcInstant(), nullable=False),
        sa.Column("closed_at", UtcInstant()),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_statements"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_statements_user_id_users"),
        sa.UniqueConstraint("user_id", "period", "revision", name="uq_statements_user_id_period_revision"),
        sa.CheckConstraint("state IN ('valid', 'replaced', 'revoked')", name="ck_statements_state"),
        sa.CheckConstraint("(state = 'valid') = (closed_at IS NULL)", name="ck_statements_closed"),
        sa.CheckConstraint("(state = 'revoked') = (because IS NOT NULL)", name="ck_statements_says_why"),
    )
    op.create_index(
        "uq_statements_valid",
        "statements",
        ["user_id", "period"],
        unique=True,
        sqlite_where=VALID,
        postgresql_where=VALID,
    )
    op.create_table(
        "statement_numbers",
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("statement_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_statement_numbers"),
        sa.ForeignKeyConstraint(
            ["user_id", "statement_id"],
            ["statements.user_id", "statements.id"],
            name="fk_statement_numbers_user_id_statement_id_statements",
        ),
    )
    refuse("statements", "DELETE")
    refuse("statements", "UPDATE", when=changed(*SIGNED), name="signed")
    refuse("statements", "UPDATE", when="OLD.state = 'revoked' AND NEW.state <> 'revoked'", name="unrevoke")


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("statement_numbers")
    op.drop_table("statements")
    forget_functions("statements")
