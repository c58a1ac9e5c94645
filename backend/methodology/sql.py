"""The statements of the rule book, built once.

A version is decided about while its row is locked, and the session writes what was decided: where one is asked for
whole, it is the mapped object. What only says which version counts is an object of the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, bindparam, cast, or_, select

from backend.methodology.domain import Interval, VersionChange, VersionStatus
from backend.methodology.models import MethodologyVersion
from backend.platform.data.batch import Question, read_as

_VERSIONS = MethodologyVersion.__table__
_OF_METHODOLOGY = MethodologyVersion.methodology_id == bindparam("wanted")
_ONE = (_OF_METHODOLOGY, MethodologyVersion.version == bindparam("number"))

# Versions whole, the earlier first.
OF_METHODOLOGY = select(MethodologyVersion).where(_OF_METHODOLOGY).order_by(MethodologyVersion.version)
LOCK_OF_METHODOLOGY = OF_METHODOLOGY.with_for_update()
EVER_APPROVED_OF_METHODOLOGY = OF_METHODOLOGY.where(
    MethodologyVersion.status.in_((VersionStatus.APPROVED, VersionStatus.WITHDRAWN))
)
ONE = select(MethodologyVersion).where(*_ONE)
EVERY = select(MethodologyVersion)
EVER_IN_FORCE = EVERY.where(MethodologyVersion.effective_on.is_not(None)).order_by(
    MethodologyVersion.methodology_id, MethodologyVersion.effective_on
)
EVER_APPROVED = EVERY.where(MethodologyVersion.approved_by.is_not(None)).order_by(
    MethodologyVersion.methodology_id, MethodologyVersion.version
)

# Who wrote them.
AUTHORS_OF_ONE = select(MethodologyVersion.authors).where(*_ONE)
AUTHORS_OF_DRAFTS = select(MethodologyVersion.authors).where(MethodologyVersion.status == VersionStatus.DRAFT)
WAITING_FOR_REVIEW = (
    select(_VERSIONS.c.methodology_id, _VERSIONS.c.version)
    .where(_VERSIONS.c.status == VersionStatus.DRAFT)
    .order_by(_VERSIONS.c.methodology_id, _VERSIONS.c.version)
)

# What decides about the archive of the rule book, without the long texts: content never changes under its hash.
FINGERPRINT = (
    select(
        _VERSIONS.c.id,
        _VERSIONS.c.content_sha256,
        _VERSIONS.c.status,
        _VERSIONS.c.approved_at,
        _VERSIONS.c.closed_at,
    )
    .where(_VERSIONS.c.approved_by.is_not(None))
    .order_by(_VERSIONS.c.id)
)

# Which version counts when, and its content.
_INTERVALS = (
    select(
        _VERSIONS.c.id.label("version_id"),
        _VERSIONS.c.methodology_id,
        _VERSIONS.c.version,
        _VERSIONS.c.content_sha256.label("sha256"),
        _VERSIONS.c.effective_on,
        _VERSIONS.c.ended_on,
    )
    .where(_VERSIONS.c.effective_on.is_not(None))
    .order_by(_VERSIONS.c.methodology_id, _VERSIONS.c.effective_on)
)
INTERVALS_OF_ONE = _INTERVALS.where(_VERSIONS.c.methodology_id == bindparam("wanted"))
CONTENT = select(_VERSIONS.c.document, _VERSIONS.c.figures).where(_VERSIONS.c.id == bindparam("wanted"))
_CHANGES = (
    select(
        _VERSIONS.c.id.label("version_id"),
        _VERSIONS.c.methodology_id,
        _VERSIONS.c.version,
        _VERSIONS.c.content_sha256.label("sha256"),
        _VERSIONS.c.effective_on,
    )
    .where(
        _VERSIONS.c.status == VersionStatus.APPROVED,
        _VERSIONS.c.version > 1,
        _VERSIONS.c.approved_at >= bindparam("instant"),
        _VERSIONS.c.effective_on.is_not(None),
    )
    .order_by(_VERSIONS.c.approved_at, _VERSIONS.c.id)
)

read_interval: Callable[[Mapping[str, Any]], Interval] = read_as(Interval)
ALL_INTERVALS: Question[Interval] = Question(_INTERVALS, {}, read_interval)


def page_of_drafts(after: Sequence[Any] | None, most: int) -> Select[MethodologyVersion]:
    """At most `most` versions that wait for a reviewer, oldest first: those behind the id in `after`."""
    page = EVERY.where(MethodologyVersion.status == VersionStatus.DRAFT).order_by(MethodologyVersion.id).limit(most)
    return page if after is None else page.where(MethodologyVersion.id > after[0])


def drafts_open_to(reviewer_id: str, most: int) -> Select[MethodologyVersion]:
    """At most `most` of them that this reviewer neither wrote nor has approved already, oldest first."""
    wrote = cast(MethodologyVersion.authors, String).contains(f'"{reviewer_id}"', autoescape=True)
    approved = MethodologyVersion.first_approved_by
    return page_of_drafts(None, most).where(~wrote, or_(approved.is_(None), approved != reviewer_id))


def ids_approved() -> Select[str]:
    """The ids of the versions that were ever approved."""
    return select(MethodologyVersion.id).where(MethodologyVersion.approved_by.is_not(None))


def ids_reaching(key: str) -> Select[str]:
    """The ids of the versions that were ever approved and whose pinned figures name `key`."""
    return select(MethodologyVersion.id).where(
        MethodologyVersion.approved_by.is_not(None), MethodologyVersion.figures.contains(key, autoescape=True)
    )


def changes_since(instant: datetime) -> Question[VersionChange]:
    """The versions that take another one's place, of those approved at `instant` or later, the earliest first."""
    return Question(_CHANGES, {"instant": instant}, read_as(VersionChange))
