"""The tables of profiles: what people said of themselves, with whom they live, and which meter or car is whose."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Boolean, Date, ForeignKeyConstraint, Index, Integer, LargeBinary, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import DecimalText, Id, UtcInstant
from backend.platform.data.table_kinds import directory_table, reference_table
from backend.platform.data.transactions import Base


class ProfileRow(Base):
    """What one person said; None where they said nothing."""

    __tablename__ = "profiles"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    region: Mapped[str | None] = mapped_column(String(40))  # a code of the rule book's regions
    zone: Mapped[str | None] = mapped_column(String(64))  # IANA
    language: Mapped[str | None] = mapped_column(String(10))
    household_size: Mapped[Decimal | None] = mapped_column(DecimalText)  # 1.5: a child every second week
    diet: Mapped[str | None] = mapped_column(String(20))
    dwelling: Mapped[str | None] = mapped_column(String(20))
    commute_mode: Mapped[str | None] = mapped_column(String(20))
    commute_km: Mapped[Decimal | None] = mapped_column(DecimalText)  # one way
    commute_days: Mapped[int | None] = mapped_column(Integer)  # a week
    sealed_display_name: Mapped[bytes | None] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(UtcInstant)
    changed_at: Mapped[datetime | None] = mapped_column(UtcInstant)  # when something of `ProfilePast` last changed

    __table_args__ = (ForeignKeyConstraint(["user_id"], ["users.user_id"]),)


class ProfilePast(Base):
    """What a profile said until an instant, of all that an activity is judged by: changes apply forward only."""

    __tablename__ = "profile_pasts"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    until_at: Mapped[datetime] = mapped_column(UtcInstant, primary_key=True)
    region: Mapped[str | None] = mapped_column(String(40))
    zone: Mapped[str | None] = mapped_column(String(64))
    household_size: Mapped[Decimal | None] = mapped_column(DecimalText)
    diet: Mapped[str | None] = mapped_column(String(20))

    __table_args__ = (ForeignKeyConstraint(["user_id"], ["users.user_id"]),)


class HouseholdMember(Base):
    """One person's time in one household, in civil days of their own zone."""

    __tablename__ = "household_members"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    joined_on: Mapped[date] = mapped_column(Date, primary_key=True)  # the first day
    household_id: Mapped[str] = mapped_column(Id)
    left_on: Mapped[date | None] = mapped_column(Date)  # the first day no longer
    is_shown: Mapped[bool] = mapped_column(Boolean, server_default=false())  # to the others, in bands

    __table_args__ = (
        Index(None, "household_id"),
        # the law of households: nobody lives in two, whatever the code above does
        Index(
            "uq_household_members_open",
            "user_id",
            unique=True,
            sqlite_where=text("left_on IS NULL"),
            postgresql_where=text("left_on IS NULL"),
        ),
        reference_table(
            "read together with what everybody of a household declared; seldom written",
            leads={"user_id": "users.user_id"},
        ),
    )


class HouseholdInvitation(Base):
    """Directory: from the keyed hash of a code that was shown to the household it leads into; used once."""

    __tablename__ = "household_invitations"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)  # who showed it
    household_id: Mapped[str] = mapped_column(Id)
    expires_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        Index(None, "expires_at"),
        directory_table(
            "code_hash",
            "the keyed hash of a code that lets somebody join a household",
            leads={"user_id": "users.user_id"},
        ),
    )


class DeclaredThingRow(Base):
    """Which meter, car or roof somebody said is theirs, from which civil day on; the latest row holds."""

    __tablename__ = "declared_things"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)  # one of the rule book's household things
    from_on: Mapped[date] = mapped_column(Date, primary_key=True)
    thing_hash: Mapped[str | None] = mapped_column(String(64))  # keyed; none: taken back
    sealed_number: Mapped[bytes | None] = mapped_column(LargeBinary)  # country and number, for their owner's eyes
    declared_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (ForeignKeyConstraint(["user_id"], ["users.user_id"]),)
