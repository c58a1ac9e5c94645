"""Activities, their reductions, what supports them, and the totals that caps are measured against."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Document, Id, UtcInstant, WholeNumber
from migrations.triggers import changed, forget_functions, refuse

revision = "0007"
down_revision = "0006"

WRITTEN_ONCE = (
    "user_id", "id", "activity_id", "revision", "cause", "occurred_on", "methodology_id", "version", "version_id",
    "content_sha256", "baseline_g", "project_g", "reduction_g", "credited_g", "low_g", "high_g", "behaviour_points",
    "working", "created_at",
)  # fmt: skip


def upgrade() -> None:
    """Create the tables and what keeps reductions as they were written."""
    op.create_table(
        "activity_books",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("revision", WholeNumber, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_activity_books"),
    )
    op.create_table(
        "activities",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("client_id", sa.String(64)),
        sa.Column("methodology_id", sa.String(80), nullable=False),
        sa.Column("occurred_at", UtcInstant(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("duration_s", sa.Integer()),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("region", sa.String(40), nullable=False),
        sa.Column("given_region", sa.String(40)),
        sa.Column("inputs", Document, nullable=False),
        sa.Column("declared_alternative", sa.String(60)),
        sa.Column("evidence_tier", sa.String(40), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(60)),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("withdrawn_at", UtcInstant()),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_activities"),
        sa.UniqueConstraint("user_id", "client_id", name="uq_activities_user_id_client_id"),
        sa.CheckConstraint("status IN ('credited', 'held', 'uncredited', 'withdrawn')", name="ck_activities_status"),
        sa.CheckConstraint("(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="ck_activities_withdrawn"),
        sa.CheckConstraint("status NOT IN ('held', 'uncredited') OR reason IS NOT NULL", name="ck_activities_says_why"),
    )
    op.create_index("ix_activities_user_id_occurred_at_id", "activities", ["user_id", "occurred_at", "id"])
    op.create_table(
        "reductions",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("activity_id", Id, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(20), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("methodology_id", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("version_id", Id, nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("baseline_g", WholeNumber, nullable=False),
        sa.Column("project_g", WholeNumber, nullable=False),
        sa.Column("reduction_g", WholeNumber, nullable=False),
        sa.Column("credited_g", WholeNumber, nullable=False),
        sa.Column("low_g", WholeNumber, nullable=False),
        sa.Column("high_g", WholeNumber, nullable=False),
        sa.Column("behaviour_points", WholeNumber, nullable=False),
        sa.Column("working", sa.Text(), nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("superseded_at", UtcInstant()),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_reductions"),
        sa.ForeignKeyConstraint(
            ["user_id", "activity_id"],
            ["activities.user_id", "activities.id"],
            name="fk_reductions_user_id_activity_id_activities",
        ),
        sa.UniqueConstraint("user_id", "activity_id", "revision", name="uq_reductions_user_id_activity_id_revision"),
        sa.CheckConstraint("reduction_g = baseline_g - project_g", name="ck_reductions_signed"),
        sa.CheckConstraint("low_g <= reduction_g AND reduction_g <= high_g", name="ck_reductions_in_range"),
        sa.CheckConstraint(
            "credited_g = 0 OR credited_g BETWEEN 1 AND reduction_g", name="ck_reductions_credited_within"
        ),
        sa.CheckConstraint("behaviour_points >= 0", name="ck_reductions_points_not_negative"),
    )
    op.create_index(
        "uq_reductions_live",
        "reductions",
        ["user_id", "activity_id"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "day_totals",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("methodology_id", sa.String(80), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("credited", WholeNumber, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "methodology_id", "occurred_on", name="pk_day_totals"),
        sa.CheckConstraint("credited >= 0", name="ck_day_totals_not_negative"),
    )
    op.create_table(
        "evidence",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("tier", sa.String(40), nullable=False),
        sa.Column("attested_by", Id, nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("activity_id", Id),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_evidence"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_evidence_user_id_users"),
        sa.ForeignKeyConstraint(
            ["user_id", "activity_id"],
            ["activities.user_id", "activities.id"],
            name="fk_evidence_user_id_activity_id_activities",
        ),
    )
    op.create_table(
        "evidence_references",
        sa.Column("reference_hash", sa.String(64), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("evidence_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("reference_hash", name="pk_evidence_references"),
        sa.ForeignKeyConstraint(
            ["user_id", "evidence_id"],
            ["evidence.user_id", "evidence.id"],
            name="fk_evidence_references_user_id_evidence_id_evidence",
        ),
    )
    refuse("reductions", "UPDATE", name="content", when=changed(*WRITTEN_ONCE))
    refuse(
        "reductions",
        "UPDATE",
        name="revival",
        when="OLD.superseded_at IS NOT NULL AND OLD.superseded_at IS DISTINCT FROM NEW.superseded_at",
    )
    # a person's rows are kept through erasure: their sums stay, only the words that are personal go
    refuse("reductions", "DELETE")


def downgrade() -> None:
    """Drop the tables."""
    for table in ("evidence_references", "evidence", "day_totals", "reductions", "activities", "activity_books"):
        op.drop_table(table)
    forget_functions("reductions")
