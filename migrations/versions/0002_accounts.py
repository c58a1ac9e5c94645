"""Accounts: users, sessions, directories, proofs, consents; letters on their way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, UtcInstant

revision = "0002"
down_revision = "0001"

TABLES = (
    "users",
    "identities",
    "user_roles",
    "guest_merges",
    "device_sessions",
    "refresh_tokens",
    "one_time_codes",
    "ceremonies",
    "passkeys",
    "consents",
    "letters",
)


def upgrade() -> None:
    """Create the tables."""
    _create_people()
    _create_devices()
    _create_proofs()
    _create_letters()


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_people() -> None:
    """People, the ways to find them, their roles, guests brought along."""
    op.create_table(
        "users",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("standing", sa.String(20), nullable=False),
        sa.Column("is_guest", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("sealed_email", sa.LargeBinary()),
        sa.Column("sealed_phone", sa.LargeBinary()),
        sa.Column("sealed_birth", sa.LargeBinary()),
        sa.Column("sealed_guardian", sa.LargeBinary()),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("suspended_at", UtcInstant()),
        sa.CheckConstraint(
            "standing IN ('active', 'suspended', 'awaiting_guardian', 'merged', 'erased')", name="ck_users_standing"
        ),
        sa.PrimaryKeyConstraint("user_id", name="pk_users"),
    )
    op.create_index("ix_users_is_guest_created_at", "users", ["is_guest", "created_at"])
    op.create_table(
        "identities",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("value_hash", sa.String(64), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("claimed_at", UtcInstant(), nullable=False),
        sa.Column("verified_at", UtcInstant()),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_identities_user_id_users"),
        sa.PrimaryKeyConstraint("kind", "value_hash", name="pk_identities"),
    )
    op.create_index("ix_identities_user_id", "identities", ["user_id"])
    op.create_table(
        "user_roles",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("granted_at", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_user_roles_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", "role", name="pk_user_roles"),
    )
    op.create_table(
        "guest_merges",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("asked_at", UtcInstant(), nullable=False),
        sa.Column("answered_at", UtcInstant()),
        sa.CheckConstraint("state IN ('asked', 'brought', 'left')", name="ck_guest_merges_state"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_guest_merges_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", name="pk_guest_merges"),
    )
    op.create_index("ix_guest_merges_account_id", "guest_merges", ["account_id"])


def _create_devices() -> None:
    """Sessions and their refresh tokens."""
    op.create_table(
        "device_sessions",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("opened_by", sa.String(40), nullable=False),
        sa.Column("sealed_device", sa.LargeBinary()),
        sa.Column("opened_at", UtcInstant(), nullable=False),
        sa.Column("used_at", UtcInstant(), nullable=False),
        sa.Column("closed_at", UtcInstant()),
        sa.Column("closed_because", sa.String(20)),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_device_sessions_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_device_sessions"),
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=False),
        sa.Column("issued_at", UtcInstant(), nullable=False),
        sa.Column("expires_at", UtcInstant(), nullable=False),
        sa.Column("spent_at", UtcInstant()),
        sa.ForeignKeyConstraint(
            ["user_id", "session_id"],
            ["device_sessions.user_id", "device_sessions.id"],
            name="fk_refresh_tokens_user_id_session_id_device_sessions",
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_refresh_tokens"),
    )
    op.create_index("ix_refresh_tokens_expires_at", "refresh_tokens", ["expires_at"])
    op.create_index(
        "uq_refresh_tokens_unspent",
        "refresh_tokens",
        ["user_id", "session_id"],
        unique=True,
        sqlite_where=sa.text("spent_at IS NULL"),
        postgresql_where=sa.text("spent_at IS NULL"),
    )


def _create_proofs() -> None:
    """Codes, ceremonies, passkeys, consents."""
    op.create_table(
        "one_time_codes",
        sa.Column("address_hash", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(30), nullable=False),
        sa.Column("user_id", Id),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("attempts_left", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", "purpose", "subject", name="pk_one_time_codes"),
    )
    op.create_index("ix_one_time_codes_expires_at", "one_time_codes", ["expires_at"])
    op.create_table(
        "ceremonies",
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("user_id", Id),
        sa.Column("challenge", sa.String(200), nullable=False),
        sa.Column("state_hash", sa.String(64)),
        sa.Column("verifier", sa.String(200)),
        sa.Column("redirect_uri", sa.String(500)),
        sa.Column("expires_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("secret_hash", name="pk_ceremonies"),
    )
    op.create_index("ix_ceremonies_expires_at", "ceremonies", ["expires_at"])
    op.create_table(
        "passkeys",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("credential_hash", sa.String(64), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("sealed_label", sa.LargeBinary()),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("used_at", UtcInstant()),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_passkeys_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_passkeys"),
    )
    op.create_index("uq_passkeys_credential", "passkeys", ["user_id", "credential_hash"], unique=True)
    op.create_table(
        "consents",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("version", sa.String(20), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("sealed_by", sa.LargeBinary()),
        sa.Column("decided_at", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_consents_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_consents"),
    )
    op.create_index("ix_consents_user_id_kind_id", "consents", ["user_id", "kind", "id"])


def _create_letters() -> None:
    """Messages on their way."""
    op.create_table(
        "letters",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("address_hash", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_letters"),
    )
    op.create_index("ix_letters_address_hash", "letters", ["address_hash"])
