"""What people hand in: its file, what it shows, and the marks by which a copied track is known again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, UtcInstant

revision = "0015"
down_revision = "0014"

DIRECTORIES = ("evidence_references", "trace_marks")


def upgrade() -> None:
    """Add the columns and the directory."""
    with op.batch_alter_table("evidence") as evidence:
        evidence.add_column(sa.Column("media", sa.String(40)))
        evidence.add_column(sa.Column("size", sa.Integer()))
        evidence.add_column(sa.Column("content_hash", sa.String(64)))
        evidence.add_column(sa.Column("sealed_for", Id))
        evidence.add_column(sa.Column("sealed_facts", sa.LargeBinary()))
        evidence.add_column(sa.Column("kept_at", UtcInstant()))
        evidence.add_column(sa.Column("coarsened_at", UtcInstant()))
        evidence.create_check_constraint("ck_evidence_file", "(media IS NULL) = (content_hash IS NULL)")
    op.create_table(
        "trace_marks",
        sa.Column("mark_hash", sa.String(64), nullable=False),
        sa.Column("user_id", Id),
        sa.Column("evidence_id", Id),
        sa.PrimaryKeyConstraint("mark_hash", name="pk_trace_marks"),
        sa.ForeignKeyConstraint(
            ["user_id", "evidence_id"],
            ["evidence.user_id", "evidence.id"],
            name="fk_trace_marks_user_id_evidence_id_evidence",
        ),
    )
    for table in DIRECTORIES:
        op.create_index(f"ix_{table}_user_id_evidence_id", table, ["user_id", "evidence_id"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_evidence_references_user_id_evidence_id", "evidence_references")
    op.drop_table("trace_marks")
    with op.batch_alter_table("evidence") as evidence:
        evidence.drop_constraint("ck_evidence_file", type_="check")
        for column in ("coarsened_at", "kept_at", "sealed_facts", "sealed_for", "content_hash", "size", "media"):
            evidence.drop_column(column)
