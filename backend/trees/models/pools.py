"""Pools, every movement of shares in one, what is set aside, what people have, and who waits to earn a tree."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Id, UtcInstant, WholeNumber
from backend.platform.data.table_kinds import directory_table, reference_table
from backend.platform.data.transactions import Base

LONGEST_SLUG = 80
LONGEST_REFERENCE = 80
LONGEST_NUMBER = 20


class PoolRow(Base):
    """One planting pool: its document, and where its shares and trees are. Shared; changed by conditional updates."""

    __tablename__ = "planting_pools"

    pool_id: Mapped[str] = mapped_column(String(LONGEST_SLUG), primary_key=True)
    document: Mapped[str] = mapped_column(Text)  # TOML; read by the rule book, never searched inside
    document_sha256: Mapped[str] = mapped_column(String(64))
    is_open: Mapped[bool] = mapped_column(Boolean)
    shares_per_tree: Mapped[int] = mapped_column(Integer)
    capacity_shares: Mapped[int] = mapped_column(WholeNumber)
    available_shares: Mapped[int] = mapped_column(WholeNumber)
    held_shares: Mapped[int] = mapped_column(WholeNumber)
    funded_shares: Mapped[int] = mapped_column(WholeNumber)  # also the cursor: the next interval starts here
    contracted_trees: Mapped[int] = mapped_column(WholeNumber)
    planted_trees: Mapped[int] = mapped_column(WholeNumber)  # of those contracted; replacements are not counted here
    reserve_trees: Mapped[int] = mapped_column(WholeNumber)  # left, of what the partner promised to replace the dead by
    claims: Mapped[int] = mapped_column(WholeNumber)  # how many there were; the place of the latest in the line
    served_claims: Mapped[int] = mapped_column(WholeNumber)  # the first so many of the line have a tree
    movements: Mapped[int] = mapped_column(WholeNumber)  # how many there were; the number of the latest
    recorded_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        CheckConstraint("available_shares + held_shares + funded_shares = capacity_shares", name="adds_up"),
        CheckConstraint("available_shares >= 0 AND held_shares >= 0 AND funded_shares >= 0", name="not_negative"),
        CheckConstraint("contracted_trees * shares_per_tree <= funded_shares", name="contracts_what_is_funded"),
        CheckConstraint("0 <= planted_trees AND planted_trees <= contracted_trees", name="plants_what_is_contracted"),
        CheckConstraint("reserve_trees >= 0", name="reserve"),
        CheckConstraint("0 <= served_claims AND served_claims <= claims", name="serves_in_line"),
        reference_table("scarce trees that everyone buys and earns from, one conditional update each"),
    )


class PoolMovementRow(Base):
    """Shares that moved in one pool. Append-only by triggers on either engine."""

    __tablename__ = "pool_movements"

    pool_id: Mapped[str] = mapped_column(String(LONGEST_SLUG), primary_key=True)
    number: Mapped[int] = mapped_column(WholeNumber, primary_key=True, autoincrement=False)  # 1, 2, 3 … in its pool
    kind: Mapped[str] = mapped_column(String(10))  # open, hold, release, fund, grant
    shares: Mapped[int] = mapped_column(WholeNumber)
    reference: Mapped[str] = mapped_column(String(LONGEST_REFERENCE))  # the order, the claim, or who opened the pool
    moved_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["planting_pools.pool_id"]),
        CheckConstraint("shares > 0", name="shares"),
        CheckConstraint("kind IN ('open', 'hold', 'release', 'fund', 'grant')", name="kind"),
        reference_table("what happened to each pool, written together with it"),
    )


class TreeHoldRow(Base):
    """Shares of one pool that are set aside for one order now; gone when they are released or funded."""

    __tablename__ = "tree_holds"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(LONGEST_REFERENCE), primary_key=True)  # the order
    pool_id: Mapped[str] = mapped_column(String(LONGEST_SLUG))
    shares: Mapped[int] = mapped_column(WholeNumber)
    held_at: Mapped[datetime] = mapped_column(UtcInstant)
    network: Mapped[str | None] = mapped_column(String(64))  # keyed hash of where the order came from
    is_proved: Mapped[bool] = mapped_column(Boolean)  # by somebody who has proved an address

    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["planting_pools.pool_id"]),
        CheckConstraint("shares > 0", name="shares"),
        Index(None, "pool_id"),
        reference_table("read across everybody, to bound what one sets aside; a row lasts while an order is open"),
    )


class HoldingRow(Base):
    """An interval of shares of a pool that somebody has, bought or earned. Never undone."""

    __tablename__ = "tree_holdings"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(LONGEST_REFERENCE))  # the paid order, or the claim
    pool_id: Mapped[str] = mapped_column(String(LONGEST_SLUG))
    start_share: Mapped[int] = mapped_column(WholeNumber)
    end_share: Mapped[int] = mapped_column(WholeNumber)  # not included
    origin: Mapped[str] = mapped_column(
        String(10)
    )  # bought counts towards a year's footprint once verified, earned not
    number: Mapped[str] = mapped_column(String(LONGEST_NUMBER))  # of its certificate
    sealed_beneficiary: Mapped[bytes] = mapped_column(LargeBinary)  # unreadable once the key is erased
    shows_name: Mapped[bool] = mapped_column(Boolean)
    funded_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["planting_pools.pool_id"]),
        UniqueConstraint("user_id", "reference"),
        CheckConstraint("0 <= start_share AND start_share < end_share", name="interval"),
        CheckConstraint("origin IN ('bought', 'earned')", name="origin"),
        Index(None, "pool_id", "start_share"),
    )


class TreeNumberRow(Base):
    """Directory: from the number on a certificate of trees to the holding."""

    __tablename__ = "tree_numbers"

    number: Mapped[str] = mapped_column(String(LONGEST_NUMBER), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)
    holding_id: Mapped[str] = mapped_column(Id)

    __table_args__ = (
        directory_table(
            "number", "the number printed on a certificate of trees", leads={"holding_id": "tree_holdings.id"}
        ),
    )


class ClaimRow(Base):
    """One place in the line of those who earned a tree of a pool, and whether it was their turn."""

    __tablename__ = "tree_claims"

    pool_id: Mapped[str] = mapped_column(String(LONGEST_SLUG), primary_key=True)
    place: Mapped[int] = mapped_column(WholeNumber, primary_key=True, autoincrement=False)  # 1, 2, 3 … in the pool
    user_id: Mapped[str] = mapped_column(Id)
    reference: Mapped[str] = mapped_column(String(LONGEST_REFERENCE))  # what the tree was earned by, once each
    claimed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["planting_pools.pool_id"]),
        UniqueConstraint("user_id", "reference"),
        reference_table("the line of a pool, which is served in order whoever stands in it"),
    )
