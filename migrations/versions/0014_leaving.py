"""Leaving: who asked to be erased, what the audit trail says about people kept apart, hashes without an owner."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, UtcInstant
from migrations.checks import replace_check

revision = "0014"
down_revision = "0013"

BEFORE = "standing IN ('active', 'suspended', 'awaiting_guardian', 'merged', 'erased')"
AFTER = "standing IN ('active', 'suspended', 'awaiting_guardian', 'merged', 'leaving', 'erased')"


def upgrade() -> None:
    """Add the standing and its instant, the details of audit entries, and directory rows that lead to nobody."""
    replace_check("users", "ck_users_standing", BEFORE, AFTER)
    op.add_column("users", sa.Column("leaving_at", UtcInstant()))
    op.create_index("ix_users_leaving_at", "users", ["leaving_at"])
    op.create_table(
        "audit_details",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_audit_details"),
    )
    op.create_index("ix_audit_details_recorded_at", "audit_details", ["recorded_at"])
    with op.batch_alter_table("evidence_references") as references:
        references.alter_column("user_id", existing_type=Id, nullable=True)
        references.alter_column("evidence_id", existing_type=Id, nullable=True)


def downgrade() -> None:
    """Take it back; hashes that lead to nobody are lost."""
    op.execute("DELETE FROM evidence_references WHERE user_id IS NULL")
    with op.batch_alter_table("evidence_references") as references:
        references.alter_column("user_id", existing_type=Id, nullable=False)
        references.alter_column("evidence_id", existing_type=Id, nullable=False)
    op.drop_table("audit_details")
    op.drop_index("ix_users_leaving_at", "users")
    op.drop_column("users", "leaving_at")
    replace_check("users", "ck_users_standing", AFTER, BEFORE)
