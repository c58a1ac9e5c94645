"""What was planted, tree by tree with its picture and place, and what was found on sample plots afterwards."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKeyConstraint, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Id, UtcInstant, WholeNumber
from backend.platform.data.table_kinds import reference_table
from backend.platform.data.transactions import Base
from backend.trees.models.pools import LONGEST_SLUG

LONGEST_TREE_NUMBER = 40


class PlantingRow(Base):
    """Trees planted together, which surveys look at together, for the sold trees `first_tree` to before `end_tree`.

    Those that replace dead ones stand for the same sold trees and begin an age of their own.
    """

    __tablename__ = "plantings"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    pool_id: Mapped[str] = mapped_column(String(LONGEST_SLUG))
    replaces: Mapped[str | None] = mapped_column(Id)  # the planting whose dead they replace
    first_tree: Mapped[int] = mapped_column(WholeNumber)  # of the pool's sold trees, from 0
    end_tree: Mapped[int] = mapped_column(WholeNumber)  # not included
    trees: Mapped[int] = mapped_column(WholeNumber)  # that were planted
    planted_on: Mapped[date] = mapped_column(Date)  # the latest day of any of them
    standing_trees: Mapped[int] = mapped_column(WholeNumber)  # by the last survey, before it all of them
    replaced_trees: Mapped[int] = mapped_column(WholeNumber)
    written_down_trees: Mapped[int] = mapped_column(WholeNumber)
    verified_g: Mapped[int] = mapped_column(WholeNumber)  # the sum of what the surveys found grown
    stage: Mapped[str] = mapped_column(String(20))
    recorded_by: Mapped[str] = mapped_column(Id)
    recorded_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["planting_pools.pool_id"]),
        ForeignKeyConstraint(["replaces"], ["plantings.id"]),
        CheckConstraint("0 <= first_tree AND first_tree < end_tree AND trees > 0", name="interval"),
        CheckConstraint(
            "standing_trees >= 0 AND replaced_trees >= 0 AND written_down_trees >= 0 AND verified_g >= 0",
            name="not_negative",
        ),
        CheckConstraint("standing_trees + replaced_trees + written_down_trees <= trees", name="adds_up"),
        Index(None, "pool_id", "first_tree"),
        reference_table("what was planted, the same for everyone who looks"),
    )


class PlantedTreeRow(Base):
    """One tree: its number, plot, day, place and picture. It is in no planting while somebody must look at it."""

    __tablename__ = "planted_trees"

    number: Mapped[str] = mapped_column(String(LONGEST_TREE_NUMBER), primary_key=True)  # unique over all pools
    pool_id: Mapped[str] = mapped_column(String(LONGEST_SLUG))
    planting_id: Mapped[str | None] = mapped_column(Id)
    plot: Mapped[str] = mapped_column(String(LONGEST_TREE_NUMBER))
    planted_on: Mapped[date] = mapped_column(Date)
    latitude_micro: Mapped[int] = mapped_column(Integer)  # millionths of a degree; never shown this exactly
    longitude_micro: Mapped[int] = mapped_column(Integer)
    photo_id: Mapped[str] = mapped_column(Id)
    alike: Mapped[str | None] = mapped_column(String(LONGEST_TREE_NUMBER))  # the tree whose picture looks the same

    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["planting_pools.pool_id"]),
        ForeignKeyConstraint(["planting_id"], ["plantings.id"]),
        ForeignKeyConstraint(["photo_id"], ["tree_photos.id"]),
        CheckConstraint("planting_id IS NOT NULL OR alike IS NOT NULL", name="held_for_a_reason"),
        Index(None, "planting_id", "plot"),
        Index(None, "pool_id", "latitude_micro"),
        reference_table("every planted tree, for whoever asks by its number"),
    )


class PhotoRow(Base):
    """A picture of a tree, as it is compared; the picture itself lies in the storage."""

    __tablename__ = "tree_photos"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    pool_id: Mapped[str] = mapped_column(String(LONGEST_SLUG))
    digest: Mapped[str] = mapped_column(String(64))  # of its pixels
    fingerprint: Mapped[str] = mapped_column(String(16))  # 64 bits in hexadecimal
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    sent_by: Mapped[str] = mapped_column(Id)
    sent_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["planting_pools.pool_id"]),
        UniqueConstraint("pool_id", "digest"),
        reference_table("pictures of trees, shown to everyone"),
    )


class SurveyRow(Base):
    """What a survey of sample plots found of one planting: once a year of age. Append-only."""

    __tablename__ = "tree_surveys"

    planting_id: Mapped[str] = mapped_column(Id, primary_key=True)
    age: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)  # years after planting
    surveyed_on: Mapped[date] = mapped_column(Date)  # the latest day on any plot
    planted: Mapped[int] = mapped_column(WholeNumber)
    sampled: Mapped[int] = mapped_column(WholeNumber)
    alive: Mapped[int] = mapped_column(WholeNumber)
    standing: Mapped[int] = mapped_column(WholeNumber)
    growth_g: Mapped[int] = mapped_column(WholeNumber)  # that no earlier survey verified, after the buffer
    recorded_by: Mapped[str] = mapped_column(Id)
    recorded_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["planting_id"], ["plantings.id"]),
        CheckConstraint("0 <= alive AND alive <= sampled AND sampled <= planted AND sampled > 0", name="sample"),
        CheckConstraint("0 <= standing AND standing <= planted AND growth_g >= 0", name="found"),
        reference_table("what was found, the same for everyone who looks"),
    )


class SurveyPlotRow(Base):
    """One sample plot of a survey. Append-only."""

    __tablename__ = "survey_plots"

    planting_id: Mapped[str] = mapped_column(Id, primary_key=True)
    age: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    plot: Mapped[str] = mapped_column(String(LONGEST_TREE_NUMBER), primary_key=True)
    surveyed_on: Mapped[date] = mapped_column(Date)
    planted: Mapped[int] = mapped_column(Integer)
    sampled: Mapped[int] = mapped_column(Integer)
    alive: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        ForeignKeyConstraint(["planting_id", "age"], ["tree_surveys.planting_id", "tree_surveys.age"]),
        reference_table("what was found on each plot"),
    )
