"""The rule book as readers see it: what counts today, what counted before, and every figure with its provenance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.methodology import sql
from backend.methodology.domain import InForce, VersionChange
from backend.methodology.models import MethodologyVersion
from backend.methodology.service.in_force import get_in_force, list_in_force, read_content
from backend.methodology.service.reviews import get_version
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch
from backend.platform.data.paging import Page, SortKey, Window, by_id, text_field
from calculators import NoChange, Row, describe_methodology, no_change_shares

IN_FORCE, DRAFTS = SortKey((text_field("methodology_id"),)), by_id("methodology_version")


@dataclass(frozen=True)
class VersionView:
    """One version with its content read: what was approved, by whom, and the figures it rests on."""

    stored: MethodologyVersion
    described: dict[str, Any]
    figures: list[Row]
    no_change: Sequence[NoChange]


@dataclass(frozen=True)
class MethodologyView:
    """A methodology as it counts on a day, with every version that ever counted."""

    in_force: InForce
    described: dict[str, Any]
    versions: list[MethodologyVersion]


def list_methodologies(session: Session, window: Window) -> Page[InForce]:
    """The methodologies that count today, by id."""
    (after,) = window.after(IN_FORCE) or ("",)
    found = [item for item in list_in_force(session, today()) if item.methodology_id > after]
    return window.cut(found[: window.limit + 1], IN_FORCE)


def get_methodology(session: Session, methodology_id: str) -> MethodologyView:
    """One methodology as it counts today; raise `methodology.unknown` or `methodology.not_in_force`."""
    in_force = get_in_force(session, methodology_id, today())
    versions = list(session.scalars(sql.EVER_APPROVED_OF_METHODOLOGY, {"wanted": methodology_id}))
    return MethodologyView(in_force, describe_methodology(in_force.methodology), versions)


def get_public_version(session: Session, methodology_id: str, version: int) -> VersionView:
    """A version that was approved at some time; raise `not_found.methodology_version` for any other."""
    stored = get_version(session, methodology_id, version)
    if stored.approved_by is None:
        raise Refusal("not_found.methodology_version")
    return _view(stored)


def get_any_version(session: Session, methodology_id: str, version: int) -> VersionView:
    """A version in any state, for authors and reviewers; raise `not_found.methodology_version`."""
    return _view(get_version(session, methodology_id, version))


def list_drafts(session: Session, window: Window) -> Page[MethodologyVersion]:
    """What waits for a reviewer, oldest first."""
    drafts = session.scalars(sql.page_of_drafts(window.after(DRAFTS), window.limit + 1)).all()
    return window.cut(drafts, DRAFTS)


def list_drafts_open_to(session: Session, reviewer_id: str, most: int) -> Sequence[MethodologyVersion]:
    """At most `most` versions that wait for a reviewer and that this one may decide about, oldest first."""
    return session.scalars(sql.drafts_open_to(reviewer_id, most)).all()


def list_changes_since(session: Session, instant: datetime) -> list[VersionChange]:
    """Versions that take another one's place, approved at `instant` or later, the earliest approval first: for whoever
    tells people what that changes for them."""
    return fetch(session, sql.changes_since(instant)).all()


def today() -> date:
    """The civil day in UTC: what a reader without a zone is shown."""
    return clock.local_day(clock.now(), "UTC")


def _view(stored: MethodologyVersion) -> VersionView:
    methodology, tables = read_content(stored.content_sha256, stored.document, stored.figures)
    shares = no_change_shares(methodology, tables, today())
    return VersionView(stored, describe_methodology(methodology), list(tables.list_rows()), shares)
