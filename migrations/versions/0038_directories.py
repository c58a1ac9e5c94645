"""Directories and what is read across people name rows in plain columns: no key leads from one machine to another.

What the keys held is looked at by the check `directories` instead. The rows stay as they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.checks import ForeignKey
from migrations.triggers import refuse

revision = "0038"
down_revision = "0032"

_UNSPENT = sa.text("spent_at IS NULL")
FAMILIES = "uq_refresh_tokens_unspent"
TOKENS_OF_SESSION = "ix_refresh_tokens_user_id_session_id"


def _of_owner(table: str, column: str, referred: str, key: str = "id") -> ForeignKey:
    return ForeignKey(table, ("user_id", column), referred, ("user_id", key))


LEADS = (
    ForeignKey("identities", ("user_id",), "users", ("user_id",)),
    ForeignKey("household_invitations", ("user_id",), "users", ("user_id",)),
    ForeignKey("guest_merges", ("user_id",), "users", ("user_id",)),
    ForeignKey("circle_members", ("user_id",), "users", ("user_id",)),
    ForeignKey("household_members", ("user_id",), "users", ("user_id",)),
    _of_owner("refresh_tokens", "session_id", "device_sessions"),
    _of_owner("evidence_references", "evidence_id", "evidence"),
    _of_owner("trace_marks", "evidence_id", "evidence"),
    _of_owner("trace_sketches", "evidence_id", "evidence"),
    _of_owner("picture_outlines", "evidence_id", "evidence"),
    _of_owner("flow_claims", "activity_id", "activities"),
    _of_owner("certificate_numbers", "certificate_id", "certificates"),
    _of_owner("statement_numbers", "statement_id", "statements"),
    _of_owner("payment_intents", "order_id", "payments", "order_id"),
    _of_owner("notices", "order_id", "orders"),
)


def upgrade() -> None:
    """Drop the keys, and the uniqueness of what leads to one owner: a directory is unique in its own key alone."""
    op.drop_index(FAMILIES, "refresh_tokens")
    op.create_index(TOKENS_OF_SESSION, "refresh_tokens", ["user_id", "session_id"])
    for lead in LEADS:
        with op.batch_alter_table(lead.table) as table:
            table.drop_constraint(lead.name, type_="foreignkey")
    _refuse_again()


def downgrade() -> None:
    """Make them again; fails where a directory leads to nothing."""
    for lead in reversed(LEADS):
        with op.batch_alter_table(lead.table) as table:
            table.create_foreign_key(lead.name, lead.referred, list(lead.columns), list(lead.keys))
    _refuse_again()
    op.drop_index(TOKENS_OF_SESSION, "refresh_tokens")
    op.create_index(
        FAMILIES,
        "refresh_tokens",
        ["user_id", "session_id"],
        unique=True,
        sqlite_where=_UNSPENT,
        postgresql_where=_UNSPENT,
    )


def _refuse_again() -> None:
    """SQLite builds a table anew to change its keys, and drops its triggers."""
    if op.get_bind().dialect.name == "sqlite":
        refuse("notices", "UPDATE")
