"""Decisions on whether an activity is believed, appeals against them, and points that wait for one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Document, Id, UtcInstant
from migrations.checks import replace_check
from migrations.triggers import forget_functions, refuse

revision = "0021"
down_revision = "0020"

STATES = (
    "state IN ('pending', 'collected', 'lapsed', 'expired')",
    "state IN ('held', 'pending', 'collected', 'lapsed', 'expired')",
)
OPEN_STATES = (
    "state IN ('pending', 'collected') OR remaining = 0",
    "state IN ('held', 'pending', 'collected') OR remaining = 0",
)
HELD, UNANSWERED = sa.text("status = 'held'"), sa.text("answered_at IS NULL")


def upgrade() -> None:
    """Create both tables, and let a grant be held."""
    replace_check("grants", "ck_grants_state", *STATES)
    replace_check("grants", "ck_grants_ended_is_empty", *OPEN_STATES)
    op.create_index("ix_activities_held", "activities", ["id"], sqlite_where=HELD, postgresql_where=HELD)
    of_activity = (["user_id", "activity_id"], ["activities.user_id", "activities.id"])
    op.create_table(
        "decisions",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("activity_id", Id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("rule", sa.String(60), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("found", Document, nullable=False),
        sa.Column("decided_by", Id),
        sa.Column("sealed_reason", sa.LargeBinary()),
        sa.Column("decided_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "activity_id", "number", name="pk_decisions"),
        sa.ForeignKeyConstraint(*of_activity, name="fk_decisions_user_id_activity_id_activities"),
        sa.CheckConstraint("outcome IN ('accept', 'hold', 'refuse')", name="ck_decisions_outcome"),
        sa.CheckConstraint("(rule = 'operator') = (decided_by IS NOT NULL)", name="ck_decisions_decided"),
    )
    op.create_table(
        "appeals",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("activity_id", Id, nullable=False),
        sa.Column("sealed_words", sa.LargeBinary()),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("answered_at", UtcInstant()),
        sa.PrimaryKeyConstraint("user_id", "activity_id", name="pk_appeals"),
        sa.ForeignKeyConstraint(*of_activity, name="fk_appeals_user_id_activity_id_activities"),
    )
    op.create_index("ix_appeals_open", "appeals", ["created_at"], sqlite_where=UNANSWERED, postgresql_where=UNANSWERED)
    # words are unsealed by destroying the key, so no row ever needs to change
    refuse("decisions", "UPDATE")
    refuse("decisions", "DELETE")


def downgrade() -> None:
    """Drop them again; whatever is still held must be decided first."""
    op.drop_index("ix_appeals_open", "appeals")
    op.drop_table("appeals")
    op.drop_table("decisions")
    forget_functions("decisions")
    op.drop_index("ix_activities_held", "activities")
    replace_check("grants", "ck_grants_ended_is_empty", *reversed(OPEN_STATES))
    replace_check("grants", "ck_grants_state", *reversed(STATES))
