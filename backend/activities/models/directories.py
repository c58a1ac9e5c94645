"""The directories of activities: what is known again, or paid once, whoever brings it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Id, UtcInstant
from backend.platform.data.table_kinds import directory_table
from backend.platform.data.transactions import Base

_TO_EVIDENCE, _TO_PERSON = {"evidence_id": "evidence.id"}, {"user_id": "users.user_id"}


class FlowClaim(Base):
    """Directory: which activity is paid for an instance of a flow, such as a household's electricity on a day."""

    __tablename__ = "flow_claims"

    # whose flow it is: a person's, a household's, or what goes through a thing of theirs, by its keyed hash
    owner_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    flow: Mapped[str] = mapped_column(String(80), primary_key=True)
    instance: Mapped[str] = mapped_column(String(120), primary_key=True)  # as the rule book writes it
    claimed_on: Mapped[date] = mapped_column(Date)
    user_id: Mapped[str] = mapped_column(Id)
    activity_id: Mapped[str] = mapped_column(Id)
    methodology_id: Mapped[str] = mapped_column(String(80))
    rank: Mapped[str] = mapped_column(String(40))  # of two that meet the lower one is paid

    __table_args__ = (
        Index(None, "owner_id", "claimed_on"),
        Index(None, "user_id", "activity_id"),
        directory_table(
            "owner_id", "an instance of a flow is paid once, to one activity", leads={"activity_id": "activities.id"}
        ),
    )


class ThingClaim(Base):
    """Directory: for whom a meter, a car or a roof counts on one day, by the keyed hash of what it is."""

    __tablename__ = "thing_claims"

    thing_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    claimed_on: Mapped[date] = mapped_column(Date, primary_key=True)
    user_id: Mapped[str | None] = mapped_column(Id)  # none: claimed by somebody who was erased

    __table_args__ = (
        Index(None, "user_id"),
        directory_table("thing_hash", "a meter, car or roof counts once a day, for one person", leads=_TO_PERSON),
    )


class EvidenceReference(Base):
    """Directory: the outside reference of a piece of evidence, so that nothing is handed in twice by anyone.

    A ticket's number, a file's content, a picture's pixels, a reading's meter and instant. The owner is gone once they
    were erased; the hash stays, and the same piece is still refused.
    """

    __tablename__ = "evidence_references"

    reference_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # keyed: a ticket number is personal
    user_id: Mapped[str | None] = mapped_column(Id)  # none: used by somebody who was erased
    evidence_id: Mapped[str | None] = mapped_column(Id)

    __table_args__ = (
        Index(None, "user_id", "evidence_id"),
        directory_table("reference_hash", "evidence handed in twice, by whoever", leads=_TO_EVIDENCE),
    )


class TraceMark(Base):
    """Directory: one mark of the shape of a track that was handed in, so that a copy of it is known again."""

    __tablename__ = "trace_marks"

    mark_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # keyed
    user_id: Mapped[str | None] = mapped_column(Id)  # None once they were erased
    evidence_id: Mapped[str | None] = mapped_column(Id)

    __table_args__ = (
        Index(None, "user_id", "evidence_id"),
        directory_table("mark_hash", "a copy of a track", leads=_TO_EVIDENCE),
    )


class TraceSketch(Base):
    """Directory: the fine movements of a track, without its place, under some of the cells it passed in a month.

    A cell keeps so many sketches a month as it has slots; a later one takes the slot of an earlier.
    """

    __tablename__ = "trace_sketches"

    cell_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # of the cell and the month, keyed
    slot: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)
    evidence_id: Mapped[str] = mapped_column(Id)
    sketch: Mapped[bytes] = mapped_column(LargeBinary)  # remainders of distances, from which no way can be read
    created_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        Index(None, "user_id", "evidence_id"),
        directory_table("cell_hash", "a track made from another, by a cell and a month", leads=_TO_EVIDENCE),
    )


class PictureOutline(Base):
    """Directory: a coarse outline of a picture in a month, so that a copy of it is found and laid beside it.

    A band of an outline keeps so many pictures a month as it has slots; a later one takes the slot of an earlier.
    """

    __tablename__ = "picture_outlines"

    band_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # of the band and the month, keyed
    slot: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)
    evidence_id: Mapped[str] = mapped_column(Id)
    fine: Mapped[bytes] = mapped_column(LargeBinary)  # 256 bits: which neighbour is lighter, of a grid of 17 by 16
    created_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        Index(None, "user_id", "evidence_id"),
        directory_table(
            "band_hash", "a picture made from another, by a coarse outline and a month", leads=_TO_EVIDENCE
        ),
    )
