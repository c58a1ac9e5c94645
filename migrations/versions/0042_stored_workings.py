"""The working of a reduction stored once: its own part packed, what it shares with others under its hash (ADR 0123).

That every rule accepted an activity is the version of the limits in its own row, no decision beside it.

What was written before stays as it is. A process of the release before cannot read what is written from now on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.checks import allow_null, refuse_null
from migrations.triggers import changed, forget_functions, refuse

revision = "0042"
down_revision = "0038"

_UNTOLD = sa.text("remaining > 0 AND noticed_at IS NULL")


def upgrade() -> None:
    """Add the columns and the table; and drop an index of grants whose work another one does."""
    op.create_table(
        "reduction_figures",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_reduction_figures")),
    )
    refuse("reduction_figures", "UPDATE")
    refuse("reduction_figures", "DELETE")
    op.add_column("activities", sa.Column("limits_version", sa.Integer()))
    op.add_column("reductions", sa.Column("packed_working", sa.LargeBinary()))
    op.add_column("reductions", sa.Column("figures_sha256", sa.String(64)))
    op.add_column("reductions", sa.Column("is_capped", sa.Boolean()))
    allow_null("reductions", "working", "TEXT")
    refuse("reductions", "UPDATE", name="packed", when=changed("packed_working", "figures_sha256", "is_capped"))
    op.drop_index("ix_grants_untold", "grants")


def downgrade() -> None:
    """Drop them; refused once something was logged since, of which the form of before tells nothing."""
    for table, column in (("reductions", "packed_working"), ("activities", "limits_version")):
        found = op.get_bind().execute(sa.text(f"SELECT 1 FROM {table} WHERE {column} IS NOT NULL LIMIT 1"))
        if found.first() is not None:
            raise RuntimeError(
                f"{table} holds rows that were logged since: restore the backup made before this version"
            )
    op.create_index("ix_grants_untold", "grants", ["ends_at"], sqlite_where=_UNTOLD, postgresql_where=_UNTOLD)
    trigger = "reductions_packed_refused"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {trigger}")
    else:
        op.execute(f"DROP TRIGGER {trigger} ON reductions")
        op.execute(f"DROP FUNCTION {trigger}()")
    refuse_null("reductions", "working", "TEXT")
    for column in ("is_capped", "figures_sha256", "packed_working"):
        op.drop_column("reductions", column)
    op.drop_column("activities", "limits_version")
    op.drop_table("reduction_figures")
    forget_functions("reduction_figures")
