"""Which master wrapped each key, and a key of their own for the directories."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.privacy.master_keys import WrappedKey
from backend.platform.privacy.vault import DIRECTORY, the_vault

revision = "0032"
down_revision = "0039"


def upgrade() -> None:
    """Add the name, empty for keys of before, and keep what the directories were keyed with, wrapped."""
    op.add_column("data_keys", sa.Column("wrapped_by", sa.String(16), nullable=False, server_default=""))
    op.create_index(op.f("ix_data_keys_wrapped_by"), "data_keys", ["wrapped_by"])
    op.create_table(
        "directory_keys",
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_by", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_directory_keys")),
    )
    _keep_directory_key()


def _keep_directory_key() -> None:
    """Until now it was derived from the only master there was: from the one that opens the keys."""
    masters = the_vault().masters
    master, some = masters.current, op.get_bind().execute(sa.text("SELECT user_id, wrapped FROM data_keys LIMIT 1"))
    for user_id, wrapped in some:
        found = masters.find_master(user_id, WrappedKey(wrapped, ""))
        if found is None:
            raise RuntimeError("the keys of this database open with another CARBON_SECRET_KEY: set that one")
        master = found
    key = masters.current.wrap(DIRECTORY, master.first_directory_key)
    table = sa.table("directory_keys", sa.column("version"), sa.column("wrapped"), sa.column("wrapped_by"))
    op.execute(table.insert().values(version=1, wrapped=key.wrapped, wrapped_by=key.wrapped_by))


def downgrade() -> None:
    """Drop both; refused once the master was exchanged, as the directories would have lost their key."""
    masters = the_vault().masters
    for kept in op.get_bind().execute(sa.text("SELECT wrapped, wrapped_by FROM directory_keys")):
        if masters.unwrap(DIRECTORY, WrappedKey(*kept)) != masters.current.first_directory_key:
            raise RuntimeError("the directories are keyed by a master that is not the current one")
    op.drop_table("directory_keys")
    op.drop_index(op.f("ix_data_keys_wrapped_by"), "data_keys")
    op.drop_column("data_keys", "wrapped_by")
