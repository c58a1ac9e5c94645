"""The tables of activities and their reductions, and the totals that caps are measured against.

A reduction is written once and only ever superseded; the triggers that hold this stand in the migration.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Document, Id, UtcInstant, WholeNumber
from backend.platform.data.table_kinds import reference_table
from backend.platform.data.transactions import Base

_HELD, _UNANSWERED = text("status = 'held'"), text("answered_at IS NULL")
_WAITS = text("reason = 'crediting_paused'")


class Activity(Base):
    """What somebody did, as they told it, and where and when that was."""

    __tablename__ = "activities"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str | None] = mapped_column(String(64))  # made by the device, so that sending again is safe
    methodology_id: Mapped[str] = mapped_column(String(80))
    occurred_at: Mapped[datetime] = mapped_column(UtcInstant)
    occurred_on: Mapped[date] = mapped_column(Date)  # the civil day in `zone`
    duration_s: Mapped[int | None] = mapped_column(Integer)
    # how long a trip takes at least: as told or shown, else at the fastest of its mode; none where it is no trip
    least_s: Mapped[int | None] = mapped_column(Integer)
    zone: Mapped[str] = mapped_column(String(64))  # the person's own at the time
    region: Mapped[str] = mapped_column(String(40))  # of the profile at the time
    given_region: Mapped[str | None] = mapped_column(String(40))  # of the request, where it named one
    inputs: Mapped[dict[str, Any]] = mapped_column(Document)  # as entered, numbers as text
    declared_alternative: Mapped[str | None] = mapped_column(String(60))
    evidence_tier: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(60))  # why it is not credited: a code of the rule book
    # by which limits no rule found anything, which is the first decision on it; none where that is a row of `decisions`
    limits_version: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("user_id", "client_id"),
        CheckConstraint("status IN ('credited', 'held', 'uncredited', 'withdrawn')", name="status"),
        CheckConstraint("(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn"),
        CheckConstraint("status NOT IN ('held', 'uncredited') OR reason IS NOT NULL", name="says_why"),
        Index(None, "user_id", "occurred_at"),
        Index("ix_activities_waiting", "user_id", "created_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_activities_held", "id", sqlite_where=_HELD, postgresql_where=_HELD),
    )


class Reduction(Base):
    """What an activity came to under one version: signed grams, credit, and the whole working.

    Of an activity one is live. Whoever replaces it ends the one before and takes the next `revision` in the same
    transaction, and no revision is there twice. It is written with its activity or after it, never without; so nothing
    that a key to the activity would hold can happen but by our own fault, which the invariants find (ADR 0121).
    """

    __tablename__ = "reductions"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    activity_id: Mapped[str] = mapped_column(Id)
    revision: Mapped[int] = mapped_column(Integer)  # 1 as logged; each later one replaces the one before, a guest's too
    cause: Mapped[str] = mapped_column(String(20))  # logged, resettled, brought (by a guest)
    occurred_on: Mapped[date] = mapped_column(Date)
    methodology_id: Mapped[str] = mapped_column(String(80))
    version: Mapped[int] = mapped_column(Integer)
    # no foreign key: every writer would share a lock on one row, and a version can never be deleted
    version_id: Mapped[str] = mapped_column(Id)
    content_sha256: Mapped[str] = mapped_column(String(64))
    baseline_g: Mapped[int] = mapped_column(WholeNumber)
    project_g: Mapped[int] = mapped_column(WholeNumber)
    reduction_g: Mapped[int] = mapped_column(WholeNumber)  # signed
    credited_g: Mapped[int] = mapped_column(WholeNumber)
    low_g: Mapped[int] = mapped_column(WholeNumber)
    high_g: Mapped[int] = mapped_column(WholeNumber)
    behaviour_points: Mapped[int] = mapped_column(WholeNumber)  # where nothing avoided can be observed
    # of what is credited, what nobody has attested; and what the allowance for that kept back
    unattested: Mapped[int] = mapped_column(WholeNumber, server_default=text("0"))
    withheld: Mapped[int] = mapped_column(WholeNumber, server_default=text("0"))
    # of a metered rule (ADR 0098): how far above its baseline, at the lower bound; what of its credit is set against
    # such periods; how many days something shows, none where its rule is not metered; and what the meter showed
    above: Mapped[int] = mapped_column(WholeNumber, server_default=text("0"))
    netted: Mapped[int] = mapped_column(WholeNumber, server_default=text("0"))
    metered_days: Mapped[int | None] = mapped_column(Integer)
    meter_ends: Mapped[str | None] = mapped_column(Text)
    # the working is stored once (ADR 0123): what is its own packed, the figures it shares with others by their hash
    packed_working: Mapped[bytes | None] = mapped_column(LargeBinary)
    figures_sha256: Mapped[str | None] = mapped_column(String(64))  # no foreign key, for the reason of `version_id`
    is_capped: Mapped[bool | None] = mapped_column(Boolean)  # whether a cap took something; older rows do not say
    # how it was stored before: the whole record as the rule book wrote it
    working: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    superseded_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("user_id", "activity_id", "revision"),
        CheckConstraint("reduction_g = baseline_g - project_g", name="signed"),
        CheckConstraint("low_g <= reduction_g AND reduction_g <= high_g", name="in_range"),
        CheckConstraint("credited_g = 0 OR credited_g BETWEEN 1 AND reduction_g", name="credited_within"),
        CheckConstraint("behaviour_points >= 0", name="points_not_negative"),
        Index(
            "ix_reductions_metered",
            "user_id",
            "methodology_id",
            sqlite_where=text("superseded_at IS NULL AND metered_days IS NOT NULL"),
            postgresql_where=text("superseded_at IS NULL AND metered_days IS NOT NULL"),
        ),
    )


class ReductionFigures(Base):
    """What many workings share, once: document, figures and titles as their records say them. Never changed."""

    __tablename__ = "reduction_figures"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)  # of `figures`
    figures: Mapped[str] = mapped_column(Text)

    __table_args__ = (reference_table("what many workings share, under its hash, whoever they are about"),)


class DayTotal(Base):
    """What one person's live reductions under one methodology sum to on one civil day: the measure of its caps."""

    __tablename__ = "day_totals"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    methodology_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    occurred_on: Mapped[date] = mapped_column(Date, primary_key=True)
    credited: Mapped[int] = mapped_column(WholeNumber)  # grams; behaviour points where the methodology yields those
    unattested: Mapped[int] = mapped_column(WholeNumber, server_default=text("0"))  # of that, what nobody attested

    __table_args__ = (CheckConstraint("credited >= 0", name="not_negative"), Index(None, "user_id", "occurred_on"))


class ClaimedThing(Base):
    """That an activity rests on a claim of its person; the claim lasts while one does."""

    __tablename__ = "claimed_things"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    activity_id: Mapped[str] = mapped_column(Id, primary_key=True)
    thing_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    claimed_on: Mapped[date] = mapped_column(Date, primary_key=True)

    __table_args__ = (ForeignKeyConstraint(["user_id", "activity_id"], ["activities.user_id", "activities.id"]),)


class MonthTotal(Base):
    """What the live reductions of one person under one version sum to in one month; see `sql.stored_reductions`."""

    __tablename__ = "month_totals"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    month_on: Mapped[date] = mapped_column(Date, primary_key=True)  # its first day
    methodology_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    version_id: Mapped[str] = mapped_column(Id)
    content_sha256: Mapped[str] = mapped_column(String(64))
    activities: Mapped[int] = mapped_column(WholeNumber)
    baseline_g: Mapped[int] = mapped_column(WholeNumber)
    project_g: Mapped[int] = mapped_column(WholeNumber)
    reduction_g: Mapped[int] = mapped_column(WholeNumber)  # signed
    credited_g: Mapped[int] = mapped_column(WholeNumber)
    low_g: Mapped[int] = mapped_column(WholeNumber)  # the sum of the lower bounds
    high_g: Mapped[int] = mapped_column(WholeNumber)
    behaviour_points: Mapped[int] = mapped_column(WholeNumber)

    __table_args__ = (
        CheckConstraint("activities >= 0", name="activities"),
        CheckConstraint("credited_g >= 0 AND behaviour_points >= 0", name="credit"),
        CheckConstraint("reduction_g = baseline_g - project_g", name="signed"),
    )


class Evidence(Base):
    """Something that supports a person's word, handed in by them or attested by somebody else, for one activity.

    What it shows, and its file in the storage, are sealed: the row tells nobody where a person was.
    """

    __tablename__ = "evidence"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    tier: Mapped[str] = mapped_column(String(40))  # fare_record, gps_trace, …: what methodologies give weights to
    attested_by: Mapped[str] = mapped_column(Id)  # whoever vouches for it; for what a person hands in, themselves
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    activity_id: Mapped[str | None] = mapped_column(Id)  # None until it is used
    # the rest is empty for what was only attested by its number
    media: Mapped[str | None] = mapped_column(String(40))  # of the file as it is kept
    size: Mapped[int | None] = mapped_column(Integer)  # bytes, as handed in
    content_hash: Mapped[str | None] = mapped_column(String(64))  # keyed; stays when the file is gone or coarser
    sealed_for: Mapped[str | None] = mapped_column(Id)  # whose data key opens it: a guest's stays a guest's
    sealed_facts: Mapped[bytes | None] = mapped_column(LargeBinary)  # what it shows, for the rules
    kept_at: Mapped[datetime | None] = mapped_column(UtcInstant)  # None until the storage has the file
    coarsened_at: Mapped[datetime | None] = mapped_column(UtcInstant)  # when its positions were taken away

    __table_args__ = (
        CheckConstraint("(media IS NULL) = (content_hash IS NULL)", name="file"),
        ForeignKeyConstraint(["user_id"], ["users.user_id"]),
        ForeignKeyConstraint(["user_id", "activity_id"], ["activities.user_id", "activities.id"]),
    )


class Routine(Base):
    """What somebody does again and again; nothing is logged until they confirm it for a day."""

    __tablename__ = "routines"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    methodology_id: Mapped[str] = mapped_column(String(80))
    inputs: Mapped[dict[str, Any]] = mapped_column(Document)  # as they will be told, numbers as text
    weekdays: Mapped[str] = mapped_column(String(7))  # digits, 1 is Monday
    time: Mapped[str] = mapped_column(String(5))  # of the day in the person's zone, 08:10
    duration_s: Mapped[int | None] = mapped_column(Integer)
    starts_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (ForeignKeyConstraint(["user_id"], ["users.user_id"]),)


class RoutineSkip(Base):
    """A day on which somebody did not do what they usually do, so that nobody asks again."""

    __tablename__ = "routine_skips"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    routine_id: Mapped[str] = mapped_column(Id, primary_key=True)
    skipped_on: Mapped[date] = mapped_column(Date, primary_key=True)

    __table_args__ = (ForeignKeyConstraint(["user_id", "routine_id"], ["routines.user_id", "routines.id"]),)


class EarlierReport(Base):
    """What an activity said before it was corrected; its grams stay in the reductions of that time."""

    __tablename__ = "earlier_reports"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    activity_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)  # 1 as logged
    methodology_id: Mapped[str] = mapped_column(String(80))
    occurred_at: Mapped[datetime] = mapped_column(UtcInstant)
    occurred_on: Mapped[date] = mapped_column(Date)
    duration_s: Mapped[int | None] = mapped_column(Integer)
    zone: Mapped[str] = mapped_column(String(64))
    given_region: Mapped[str | None] = mapped_column(String(40))
    inputs: Mapped[dict[str, Any]] = mapped_column(Document)
    declared_alternative: Mapped[str | None] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(60))
    reduction_id: Mapped[str] = mapped_column(Id)  # the last one that it came to
    replaced_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (ForeignKeyConstraint(["user_id", "activity_id"], ["activities.user_id", "activities.id"]),)


class Decision(Base):
    """Whether an activity was believed, by which rule or by whom. Append-only: the last one holds."""

    __tablename__ = "decisions"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    activity_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)  # 1 as logged
    outcome: Mapped[str] = mapped_column(String(10))
    rule: Mapped[str] = mapped_column(String(60))  # of plausibility, or `operator`
    rule_version: Mapped[int] = mapped_column(Integer)
    found: Mapped[dict[str, Any]] = mapped_column(Document)  # every rule that found something, and the decisive numbers
    decided_by: Mapped[str | None] = mapped_column(Id)  # None: a rule
    sealed_reason: Mapped[bytes | None] = mapped_column(LargeBinary)  # an operator's words, under the owner's key
    decided_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["user_id", "activity_id"], ["activities.user_id", "activities.id"]),
        CheckConstraint("outcome IN ('accept', 'hold', 'refuse')", name="outcome"),
        CheckConstraint("(rule = 'operator') = (decided_by IS NOT NULL)", name="decided"),
    )


class Appeal(Base):
    """What somebody says against a decision on their activity; once, and answered by an operator."""

    __tablename__ = "appeals"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    activity_id: Mapped[str] = mapped_column(Id, primary_key=True)
    sealed_words: Mapped[bytes | None] = mapped_column(LargeBinary)  # under the owner's key
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    answered_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["user_id", "activity_id"], ["activities.user_id", "activities.id"]),
        Index("ix_appeals_open", "created_at", sqlite_where=_UNANSWERED, postgresql_where=_UNANSWERED),
    )
