"""What the rule book talks about: versions, what became of them, and which one counts on a day. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from calculators import Exposure, Methodology, Tables, only_country


class VersionStatus(StrEnum):
    """What became of a version somebody submitted."""

    DRAFT = "draft"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Interval:
    """From which day a version counts; `ended_on` is the first day on which it no longer does, None for no such day.

    The next version's first day ends it too.
    """

    version_id: str
    methodology_id: str
    version: int
    sha256: str
    effective_on: date
    ended_on: date | None


class Content(NamedTuple):
    """What a content hash covers, read: the document and the figures pinned to it."""

    methodology: Methodology
    tables: Tables


@dataclass(frozen=True)
class InForce:
    """The version of a methodology that counts on a day; `sha256` is the content hash that was approved."""

    version_id: str
    methodology_id: str
    version: int
    sha256: str
    methodology: Methodology
    tables: Tables

    @property
    def only_in(self) -> str | None:
        """The one country whose people can use it; None where there are several, or none."""
        return only_country(self.methodology, self.tables)


@dataclass(frozen=True)
class MethodologyState:
    """How a methodology stands on a day: what counts, what will, and what waits for a reviewer (each None for none)."""

    methodology_id: str
    in_force: InForce | None
    scheduled: Interval | None
    in_review: Sequence[int]

    def is_due(self, day: date) -> bool:
        """Whether what counts is past the day by which its document is to be read again."""
        return self.in_force is not None and self.in_force.methodology.review_by < day


@dataclass(frozen=True)
class VersionChange:
    """A version that counts from `effective_on` in place of those before it; `sha256` is its approved content hash."""

    version_id: str
    methodology_id: str
    version: int
    sha256: str
    effective_on: date


@dataclass(frozen=True)
class AdoptedVersion:
    """What adopting did to one methodology: the version that stands for it, and whether it is new.

    `effective_on` is None while it waits for a second approver.
    """

    methodology_id: str
    version: int
    effective_on: date | None
    is_new: bool


@dataclass(frozen=True)
class MeasuredVersion:
    """What somebody could earn under a version, alone and beside every rule in force that shares no flow with it."""

    version: int
    alone: Exposure
    beside: Exposure

    def figures(self) -> dict[str, int]:
        """Each figure by its name."""
        beside = {f"beside_{name}": amount for name, amount in self.beside.figures().items()}
        return self.alone.figures() | beside


@dataclass(frozen=True)
class ExposureReview:
    """A version beside the one in force and beside the last one that two people approved (None: there is none).

    `rises` names the figures that rise by so much that a second approver is needed; `first_approved_by` is who has
    approved it already.
    """

    then: MeasuredVersion
    now: MeasuredVersion | None
    reviewed: MeasuredVersion | None
    rises: Sequence[str]
    first_approved_by: str | None

    @property
    def approvers(self) -> int:
        """How many people must approve it."""
        return 2 if self.rises else 1

    @property
    def rows(self) -> list[ExposureRow]:
        """The figures one by one, as a page shows them."""
        then, now = self.then.figures(), {} if self.now is None else self.now.figures()
        reviewed = {} if self.reviewed is None else self.reviewed.figures()
        return [
            ExposureRow(name, reviewed.get(name), now.get(name), amount, name in self.rises)
            for name, amount in then.items()
        ]

    def record(self) -> dict[str, Any]:
        """It as JSON-able data."""
        return {
            "approvers": self.approvers,
            "then": self.then.figures(),
            "now": None if self.now is None else {"version": self.now.version, **self.now.figures()},
            "reviewed": None
            if self.reviewed is None
            else {"version": self.reviewed.version, **self.reviewed.figures()},
            "rises": list(self.rises),
        }


@dataclass(frozen=True)
class ExposureRow:
    """One figure of an exposure under the last version that two people approved, the one in force, and this one."""

    name: str
    reviewed: int | None
    now: int | None
    then: int
    rises: bool


@dataclass(frozen=True)
class FoundPlace:
    """A place by its code, and how it was asked for; `is_known` is False where it stands for one within it."""

    asked: str
    code: str
    is_known: bool


@dataclass(frozen=True)
class CataloguePlace:
    """A place that may be named, the one around it (None for the world), and its name by language."""

    code: str
    parent: str | None
    name: Mapping[str, str]


JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
PICTURES = (JPEG, PNG, WEBP)
PDF = "application/pdf"


@dataclass(frozen=True)
class EvidenceWeight:
    """How much of a reduction counts with one kind of evidence, and whether that is more than by a word alone.

    `kind` and `media`: as what a person hands it in; None and empty where only somebody else can attest it.
    """

    tier: str
    title: Mapping[str, str]
    weight: str
    raises: bool
    kind: str | None = None
    media: Sequence[str] = ()


@dataclass(frozen=True)
class CatalogueRule:
    """A methodology that counts today and can be computed in a place, with what an app asks for."""

    in_force: InForce
    inputs: Sequence[Mapping[str, Any]]
    evidence: Sequence[EvidenceWeight]


@dataclass(frozen=True)
class AppCatalogue:
    """What an app draws its forms from, for one place."""

    place: FoundPlace
    rules: Sequence[CatalogueRule]
    places: Sequence[CataloguePlace]
