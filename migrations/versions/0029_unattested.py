"""What of a credit nobody has attested, what an allowance kept back, and which accounts share an allowance.

What was credited before counts as attested: it was credited by the rules of its time.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, WholeNumber

revision = "0029"
down_revision = "0028"

_ZERO = sa.text("0")


def upgrade() -> None:
    """Add the columns and the directory."""
    op.add_column("reductions", sa.Column("unattested", WholeNumber, nullable=False, server_default=_ZERO))
    op.add_column("reductions", sa.Column("withheld", WholeNumber, nullable=False, server_default=_ZERO))
    op.create_table(
        "circles",
        sa.Column("circle_id", Id, nullable=False),
        sa.Column("revision", WholeNumber, nullable=False),
        sa.PrimaryKeyConstraint("circle_id", name=op.f("pk_circles")),
    )
    op.create_table(
        "circle_members",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("circle_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_circle_members_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_circle_members")),
    )
    op.create_index(op.f("ix_circle_members_circle_id"), "circle_members", ["circle_id"])
    op.create_table(
        "circle_links",
        sa.Column("link_hash", sa.String(length=64), nullable=False),
        sa.Column("circle_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("link_hash", name=op.f("pk_circle_links")),
    )
    op.create_index(op.f("ix_circle_links_circle_id"), "circle_links", ["circle_id"])
    op.add_column("day_totals", sa.Column("unattested", WholeNumber, nullable=False, server_default=_ZERO))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("day_totals", "unattested")
    op.drop_column("reductions", "withheld")
    op.drop_column("reductions", "unattested")
    for table in ("circle_links", "circle_members", "circles"):
        op.drop_table(table)
