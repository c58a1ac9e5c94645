"""Which accounts share one allowance, because they share a household, device, meter, address or payment."""

from __future__ import annotations

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Id, WholeNumber
from backend.platform.data.table_kinds import directory_table, reference_table
from backend.platform.data.transactions import Base


class Circle(Base):
    """Accounts that share one allowance; its row is locked by whoever of them uses it."""

    __tablename__ = "circles"

    circle_id: Mapped[str] = mapped_column(Id, primary_key=True)
    revision: Mapped[int] = mapped_column(WholeNumber)  # how often it was locked

    __table_args__ = (directory_table("circle_id", "the circle of accounts whose allowance is locked", leads={}),)


class CircleMember(Base):
    """The circle of one account."""

    __tablename__ = "circle_members"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    circle_id: Mapped[str] = mapped_column(Id)

    __table_args__ = (
        Index(None, "circle_id"),
        reference_table(
            "read together with what everybody of a circle used; a row a person, seldom written",
            leads={"user_id": "users.user_id"},
        ),
    )


class CircleLink(Base):
    """Directory: the circle to which something outside leads, by its keyed hash; it stays when an owner is erased."""

    __tablename__ = "circle_links"

    link_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    circle_id: Mapped[str] = mapped_column(Id)

    __table_args__ = (
        Index(None, "circle_id"),
        directory_table("link_hash", "what a circle shares", leads={"circle_id": "circles.circle_id"}),
    )
