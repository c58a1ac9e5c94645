"""Projects, lots, their movements and retirements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Document, Id, UtcInstant, WholeNumber
from migrations.append_only import append_only
from migrations.triggers import changed, forget_functions, refuse

revision = "0008"
down_revision = "0007"

SLUG = sa.String(80)
SERIAL = sa.String(250)
REFERENCE = sa.String(80)
# What a lot is, as opposed to where its grams are.
IDENTITY_OF_A_LOT = (
    "lot_id", "project_id", "registry_id", "series", "first_unit", "last_unit", "serials", "vintage",
    "is_demonstration", "issued_g", "imported_at",
)  # fmt: skip


def upgrade() -> None:
    """Create the tables, and what keeps movements, retirements and the identity of lots as they were written."""
    _create_lots()
    _create_what_happens_to_them()
    _create_certificates()
    append_only("lot_movements", keys=[("lot_id", "number")])
    append_only("retirements", keys=[("user_id", "id"), ("user_id", "reference", "lot_id")])
    refuse("lots", "DELETE")
    refuse("lots", "UPDATE", when=changed(*IDENTITY_OF_A_LOT), name="identity")
    refuse("lots", "UPDATE", when="NEW.retired_g < OLD.retired_g", name="unretire")


def _create_lots() -> None:
    op.create_table(
        "offset_projects",
        sa.Column("project_id", SLUG, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("document_sha256", sa.String(64), nullable=False),
        sa.Column("is_on_sale", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", name="pk_offset_projects"),
    )
    op.create_table(
        "serial_series",
        sa.Column("registry_id", SLUG, nullable=False),
        sa.Column("series", SERIAL, nullable=False),
        sa.Column("blocks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("registry_id", "series", name="pk_serial_series"),
    )
    op.create_table(
        "lots",
        sa.Column("lot_id", SLUG, nullable=False),
        sa.Column("project_id", SLUG, nullable=False),
        sa.Column("registry_id", SLUG, nullable=False),
        sa.Column("series", SERIAL, nullable=False),
        sa.Column("first_unit", WholeNumber, nullable=False),
        sa.Column("last_unit", WholeNumber, nullable=False),
        sa.Column("serials", SERIAL, nullable=False),
        sa.Column("vintage", sa.Integer(), nullable=False),
        sa.Column("is_demonstration", sa.Boolean(), nullable=False),
        sa.Column("issued_g", WholeNumber, nullable=False),
        sa.Column("available_g", WholeNumber, nullable=False),
        sa.Column("held_g", WholeNumber, nullable=False),
        sa.Column("retired_g", WholeNumber, nullable=False),
        sa.Column("movements", WholeNumber, nullable=False),
        sa.Column("imported_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("lot_id", name="pk_lots"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["offset_projects.project_id"], name="fk_lots_project_id_offset_projects"
        ),
        sa.ForeignKeyConstraint(
            ["registry_id", "series"],
            ["serial_series.registry_id", "serial_series.series"],
            name="fk_lots_registry_id_series_serial_series",
        ),
        sa.CheckConstraint("available_g + held_g + retired_g = issued_g", name="ck_lots_adds_up"),
        sa.CheckConstraint("available_g >= 0 AND held_g >= 0 AND retired_g >= 0", name="ck_lots_not_negative"),
        sa.CheckConstraint("first_unit >= 0 AND first_unit <= last_unit", name="ck_lots_block"),
        sa.UniqueConstraint("registry_id", "series", "first_unit", name="uq_lots_registry_id_series_first_unit"),
    )
    op.create_index("ix_lots_project_id_vintage_lot_id", "lots", ["project_id", "vintage", "lot_id"])


def _create_what_happens_to_them() -> None:
    op.create_table(
        "lot_movements",
        sa.Column("lot_id", SLUG, nullable=False),
        sa.Column("number", WholeNumber, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("grams", WholeNumber, nullable=False),
        sa.Column("reference", REFERENCE, nullable=False),
        sa.Column("moved_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("lot_id", "number", name="pk_lot_movements"),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.lot_id"], name="fk_lot_movements_lot_id_lots"),
        sa.CheckConstraint("grams > 0", name="ck_lot_movements_grams"),
        sa.CheckConstraint("kind IN ('issue', 'hold', 'release', 'retire')", name="ck_lot_movements_kind"),
    )
    op.create_table(
        "holds",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("reference", REFERENCE, nullable=False),
        sa.Column("lot_id", SLUG, nullable=False),
        sa.Column("grams", WholeNumber, nullable=False),
        sa.Column("held_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "reference", "lot_id", name="pk_holds"),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.lot_id"], name="fk_holds_lot_id_lots"),
        sa.CheckConstraint("grams > 0", name="ck_holds_grams"),
    )
    op.create_index("ix_holds_lot_id", "holds", ["lot_id"])
    op.create_table(
        "retirements",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("reference", REFERENCE, nullable=False),
        sa.Column("lot_id", SLUG, nullable=False),
        sa.Column("start_g", WholeNumber, nullable=False),
        sa.Column("end_g", WholeNumber, nullable=False),
        sa.Column("serials", SERIAL, nullable=False),
        sa.Column("purpose", sa.String(80), nullable=False),
        sa.Column("document_sha256", sa.String(64), nullable=False),
        sa.Column("retired_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_retirements"),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.lot_id"], name="fk_retirements_lot_id_lots"),
        sa.UniqueConstraint("user_id", "reference", "lot_id", name="uq_retirements_user_id_reference_lot_id"),
        sa.CheckConstraint("0 <= start_g AND start_g < end_g", name="ck_retirements_interval"),
    )
    op.create_index("ix_retirements_lot_id_start_g", "retirements", ["lot_id", "start_g"])
    op.create_table(
        "serial_dues",
        sa.Column("lot_id", SLUG, nullable=False),
        sa.Column("from_unit", WholeNumber, nullable=False),
        sa.Column("units", WholeNumber, nullable=False),
        sa.Column("serials", SERIAL, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("registry_reference", sa.String(200)),
        sa.Column("due_at", UtcInstant(), nullable=False),
        sa.Column("asked_at", UtcInstant()),
        sa.Column("confirmed_at", UtcInstant()),
        sa.PrimaryKeyConstraint("lot_id", "from_unit", name="pk_serial_dues"),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.lot_id"], name="fk_serial_dues_lot_id_lots"),
        sa.CheckConstraint("units > 0 AND from_unit >= 0", name="ck_serial_dues_units"),
        sa.CheckConstraint("state IN ('due', 'asked', 'confirmed')", name="ck_serial_dues_state"),
        sa.CheckConstraint("(state = 'confirmed') = (registry_reference IS NOT NULL)", name="ck_serial_dues_reference"),
    )
    op.create_index("ix_serial_dues_state_lot_id", "serial_dues", ["state", "lot_id"])


def _create_certificates() -> None:
    op.create_table(
        "certificates",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("reference", REFERENCE, nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("grams", WholeNumber, nullable=False),
        sa.Column("payload", Document, nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("name_commitment", sa.String(64), nullable=False),
        sa.Column("sealed_beneficiary", sa.LargeBinary(), nullable=False),
        sa.Column("shows_name", sa.Boolean(), nullable=False),
        sa.Column("issued_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_certificates"),
        sa.UniqueConstraint("user_id", "reference", name="uq_certificates_user_id_reference"),
        sa.UniqueConstraint("user_id", "number", name="uq_certificates_user_id_number"),
        sa.CheckConstraint("grams > 0", name="ck_certificates_grams"),
    )
    op.create_table(
        "certificate_numbers",
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("certificate_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_certificate_numbers"),
        sa.ForeignKeyConstraint(
            ["user_id", "certificate_id"],
            ["certificates.user_id", "certificates.id"],
            name="fk_certificate_numbers_user_id_certificate_id_certificates",
        ),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("certificate_numbers", "certificates", "serial_dues", "retirements", "holds", "lot_movements"):
        op.drop_table(table)
    for table in ("lots", "serial_series", "offset_projects"):
        op.drop_table(table)
    for table in ("lot_movements", "retirements", "lots"):
        forget_functions(table)
