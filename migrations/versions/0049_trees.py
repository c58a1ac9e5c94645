"""Trees: pools, what people have of them, what was planted, and what surveys found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, UtcInstant, WholeNumber
from migrations.append_only import append_only
from migrations.triggers import changed, forget_functions, refuse

revision = "0049"
down_revision = "0053"

TABLES = (
    "survey_plots", "tree_surveys", "planted_trees", "plantings", "tree_photos", "tree_claims", "tree_numbers",
    "tree_holdings", "tree_holds", "pool_movements", "planting_pools",
)  # fmt: skip
WATCHED = ("pool_movements", "tree_surveys", "survey_plots", "tree_claims", "tree_holdings", "planting_pools")
# What a holding is, as opposed to whose name stands on it.
IDENTITY_OF_A_HOLDING = ("user_id", "id", "reference", "pool_id", "start_share", "end_share", "origin", "number")


def upgrade() -> None:
    """Create the tables, and what keeps movements, places in a line, holdings and surveys as they were written."""
    _create_pools()
    _create_plantings()
    append_only("pool_movements", keys=[("pool_id", "number")])
    append_only("tree_surveys", keys=[("planting_id", "age")])
    append_only("survey_plots", keys=[("planting_id", "age", "plot")])
    append_only("tree_claims", keys=[("pool_id", "place"), ("user_id", "reference")])
    refuse("tree_holdings", "DELETE")
    refuse("tree_holdings", "UPDATE", when=changed(*IDENTITY_OF_A_HOLDING), name="identity")
    refuse("planting_pools", "DELETE")
    refuse("planting_pools", "UPDATE", when="NEW.funded_shares < OLD.funded_shares", name="unfund")


def _create_pools() -> None:
    op.create_table(
        "planting_pools",
        sa.Column("pool_id", sa.String(80), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("document_sha256", sa.String(64), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("shares_per_tree", sa.Integer(), nullable=False),
        sa.Column("capacity_shares", WholeNumber, nullable=False),
        sa.Column("available_shares", WholeNumber, nullable=False),
        sa.Column("held_shares", WholeNumber, nullable=False),
        sa.Column("funded_shares", WholeNumber, nullable=False),
        sa.Column("contracted_trees", WholeNumber, nullable=False),
        sa.Column("planted_trees", WholeNumber, nullable=False),
        sa.Column("reserve_trees", WholeNumber, nullable=False),
        sa.Column("claims", WholeNumber, nullable=False),
        sa.Column("served_claims", WholeNumber, nullable=False),
        sa.Column("movements", WholeNumber, nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", name=op.f("pk_planting_pools")),
        sa.CheckConstraint(
            "available_shares + held_shares + funded_shares = capacity_shares", name=op.f("ck_planting_pools_adds_up")
        ),
        sa.CheckConstraint(
            "contracted_trees * shares_per_tree <= funded_shares",
            name=op.f("ck_planting_pools_contracts_what_is_funded"),
        ),
        sa.CheckConstraint(
            "available_shares >= 0 AND held_shares >= 0 AND funded_shares >= 0",
            name=op.f("ck_planting_pools_not_negative"),
        ),
        sa.CheckConstraint(
            "0 <= planted_trees AND planted_trees <= contracted_trees",
            name=op.f("ck_planting_pools_plants_what_is_contracted"),
        ),
        sa.CheckConstraint("reserve_trees >= 0", name=op.f("ck_planting_pools_reserve")),
        sa.CheckConstraint(
            "0 <= served_claims AND served_claims <= claims", name=op.f("ck_planting_pools_serves_in_line")
        ),
    )
    op.create_table(
        "pool_movements",
        sa.Column("pool_id", sa.String(80), nullable=False),
        sa.Column("number", WholeNumber, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("shares", WholeNumber, nullable=False),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("moved_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_pool_movements")),
        sa.CheckConstraint("kind IN ('open', 'hold', 'release', 'fund', 'grant')", name=op.f("ck_pool_movements_kind")),
        sa.CheckConstraint("shares > 0", name=op.f("ck_pool_movements_shares")),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["planting_pools.pool_id"], name=op.f("fk_pool_movements_pool_id_planting_pools")
        ),
    )
    op.create_table(
        "tree_holds",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("pool_id", sa.String(80), nullable=False),
        sa.Column("shares", WholeNumber, nullable=False),
        sa.Column("held_at", UtcInstant(), nullable=False),
        sa.Column("network", sa.String(64)),
        sa.Column("is_proved", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "reference", name=op.f("pk_tree_holds")),
        sa.CheckConstraint("shares > 0", name=op.f("ck_tree_holds_shares")),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["planting_pools.pool_id"], name=op.f("fk_tree_holds_pool_id_planting_pools")
        ),
    )
    op.create_index(op.f("ix_tree_holds_pool_id"), "tree_holds", ["pool_id"])
    op.create_table(
        "tree_holdings",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("pool_id", sa.String(80), nullable=False),
        sa.Column("start_share", WholeNumber, nullable=False),
        sa.Column("end_share", WholeNumber, nullable=False),
        sa.Column("origin", sa.String(10), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("sealed_beneficiary", sa.LargeBinary(), nullable=False),
        sa.Column("shows_name", sa.Boolean(), nullable=False),
        sa.Column("funded_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name=op.f("pk_tree_holdings")),
        sa.CheckConstraint("0 <= start_share AND start_share < end_share", name=op.f("ck_tree_holdings_interval")),
        sa.CheckConstraint("origin IN ('bought', 'earned')", name=op.f("ck_tree_holdings_origin")),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["planting_pools.pool_id"], name=op.f("fk_tree_holdings_pool_id_planting_pools")
        ),
        sa.UniqueConstraint("user_id", "reference", name=op.f("uq_tree_holdings_user_id_reference")),
    )
    op.create_index(op.f("ix_tree_holdings_pool_id_start_share"), "tree_holdings", ["pool_id", "start_share"])
    op.create_table(
        "tree_numbers",
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("holding_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tree_numbers")),
    )
    op.create_table(
        "tree_claims",
        sa.Column("pool_id", sa.String(80), nullable=False),
        sa.Column("place", WholeNumber, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("claimed_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("pool_id", "place", name=op.f("pk_tree_claims")),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["planting_pools.pool_id"], name=op.f("fk_tree_claims_pool_id_planting_pools")
        ),
        sa.UniqueConstraint("user_id", "reference", name=op.f("uq_tree_claims_user_id_reference")),
    )


def _create_plantings() -> None:
    op.create_table(
        "tree_photos",
        sa.Column("id", Id, nullable=False),
        sa.Column("pool_id", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(16), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("sent_by", Id, nullable=False),
        sa.Column("sent_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tree_photos")),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["planting_pools.pool_id"], name=op.f("fk_tree_photos_pool_id_planting_pools")
        ),
        sa.UniqueConstraint("pool_id", "digest", name=op.f("uq_tree_photos_pool_id_digest")),
    )
    op.create_table(
        "plantings",
        sa.Column("id", Id, nullable=False),
        sa.Column("pool_id", sa.String(80), nullable=False),
        sa.Column("replaces", Id),
        sa.Column("first_tree", WholeNumber, nullable=False),
        sa.Column("end_tree", WholeNumber, nullable=False),
        sa.Column("trees", WholeNumber, nullable=False),
        sa.Column("planted_on", sa.Date(), nullable=False),
        sa.Column("standing_trees", WholeNumber, nullable=False),
        sa.Column("replaced_trees", WholeNumber, nullable=False),
        sa.Column("written_down_trees", WholeNumber, nullable=False),
        sa.Column("verified_g", WholeNumber, nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("recorded_by", Id, nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plantings")),
        sa.CheckConstraint(
            "standing_trees + replaced_trees + written_down_trees <= trees", name=op.f("ck_plantings_adds_up")
        ),
        sa.CheckConstraint(
            "0 <= first_tree AND first_tree < end_tree AND trees > 0", name=op.f("ck_plantings_interval")
        ),
        sa.CheckConstraint(
            "standing_trees >= 0 AND replaced_trees >= 0 AND written_down_trees >= 0 AND verified_g >= 0",
            name=op.f("ck_plantings_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["planting_pools.pool_id"], name=op.f("fk_plantings_pool_id_planting_pools")
        ),
        sa.ForeignKeyConstraint(["replaces"], ["plantings.id"], name=op.f("fk_plantings_replaces_plantings")),
    )
    op.create_index(op.f("ix_plantings_pool_id_first_tree"), "plantings", ["pool_id", "first_tree"])
    op.create_table(
        "planted_trees",
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("pool_id", sa.String(80), nullable=False),
        sa.Column("planting_id", Id),
        sa.Column("plot", sa.String(40), nullable=False),
        sa.Column("planted_on", sa.Date(), nullable=False),
        sa.Column("latitude_micro", sa.Integer(), nullable=False),
        sa.Column("longitude_micro", sa.Integer(), nullable=False),
        sa.Column("photo_id", Id, nullable=False),
        sa.Column("alike", sa.String(40)),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_planted_trees")),
        sa.CheckConstraint(
            "planting_id IS NOT NULL OR alike IS NOT NULL", name=op.f("ck_planted_trees_held_for_a_reason")
        ),
        sa.ForeignKeyConstraint(["photo_id"], ["tree_photos.id"], name=op.f("fk_planted_trees_photo_id_tree_photos")),
        sa.ForeignKeyConstraint(["planting_id"], ["plantings.id"], name=op.f("fk_planted_trees_planting_id_plantings")),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["planting_pools.pool_id"], name=op.f("fk_planted_trees_pool_id_planting_pools")
        ),
    )
    op.create_index(op.f("ix_planted_trees_planting_id_plot"), "planted_trees", ["planting_id", "plot"])
    op.create_index(op.f("ix_planted_trees_pool_id_latitude_micro"), "planted_trees", ["pool_id", "latitude_micro"])
    op.create_table(
        "tree_surveys",
        sa.Column("planting_id", Id, nullable=False),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("surveyed_on", sa.Date(), nullable=False),
        sa.Column("planted", WholeNumber, nullable=False),
        sa.Column("sampled", WholeNumber, nullable=False),
        sa.Column("alive", WholeNumber, nullable=False),
        sa.Column("standing", WholeNumber, nullable=False),
        sa.Column("growth_g", WholeNumber, nullable=False),
        sa.Column("recorded_by", Id, nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("planting_id", "age", name=op.f("pk_tree_surveys")),
        sa.CheckConstraint(
            "0 <= standing AND standing <= planted AND growth_g >= 0", name=op.f("ck_tree_surveys_found")
        ),
        sa.CheckConstraint(
            "0 <= alive AND alive <= sampled AND sampled <= planted AND sampled > 0",
            name=op.f("ck_tree_surveys_sample"),
        ),
        sa.ForeignKeyConstraint(["planting_id"], ["plantings.id"], name=op.f("fk_tree_surveys_planting_id_plantings")),
    )
    op.create_table(
        "survey_plots",
        sa.Column("planting_id", Id, nullable=False),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("plot", sa.String(40), nullable=False),
        sa.Column("surveyed_on", sa.Date(), nullable=False),
        sa.Column("planted", sa.Integer(), nullable=False),
        sa.Column("sampled", sa.Integer(), nullable=False),
        sa.Column("alive", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("planting_id", "age", "plot", name=op.f("pk_survey_plots")),
        sa.ForeignKeyConstraint(
            ["planting_id", "age"],
            ["tree_surveys.planting_id", "tree_surveys.age"],
            name=op.f("fk_survey_plots_planting_id_age_tree_surveys"),
        ),
    )


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.drop_table(table)
    for table in WATCHED:
        forget_functions(table)
