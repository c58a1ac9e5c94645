"""Adopting the shipped library as an installation does: by two reviewers, for much of it needs a second approver."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from backend.methodology import service
from backend.methodology.domain import VersionStatus
from backend.methodology.models import MethodologyVersion

SECOND = "usr_second_reviewer"


def adopt_library(session: Session, reviewer_id: str) -> list[service.AdoptedVersion]:
    """The whole library in force, approved by `reviewer_id` and, where two are needed, by `SECOND`."""
    first = service.adopt_library(session, reviewer_id)
    second = service.adopt_library(session, SECOND)
    return [one if one.is_new else other for one, other in zip(first, second, strict=True)]


def approve_by_two(
    session: Session, reviewer_id: str, methodology_id: str, version: int, sha256: str, on: date | None = None
) -> MethodologyVersion:
    """Put a version in force, by one approver or two as it needs."""
    decided = service.approve(session, reviewer_id, methodology_id, version, sha256, on)
    is_first = decided.status == VersionStatus.DRAFT
    return service.approve(session, SECOND, methodology_id, version, sha256, on) if is_first else decided
