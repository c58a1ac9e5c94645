"""The statements of recalls, built once: which units, whose certificates rest on them, what each owner got."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, or_, select

from backend.platform.data.batch import Question, read_as, read_column
from backend.registry.domain import Lot
from backend.registry.domain.recalls import Recall, RecalledInterval, RecallProgress, TouchedRetirement
from backend.registry.models import (
    CertificateRow,
    LotRow,
    RecalledRetirement,
    RecalledUnits,
    RecallRow,
    RetirementRow,
)

_LOTS, _RETIREMENTS, _CERTIFICATES = LotRow.__table__, RetirementRow.__table__, CertificateRow.__table__
_RECALLS, _UNITS, RECALLED = RecallRow.__table__, RecalledUnits.__table__, RecalledRetirement.__table__

read_recalled: Callable[[Mapping[str, Any]], RecalledInterval] = read_as(RecalledInterval)

INSERT_RECALL = _RECALLS.insert()
INSERT_UNITS = _UNITS.insert()
INSERT_RECALLED = RECALLED.insert()

# Of a lot of which a unit is recalled nothing is sold: what comes next in it may be the recalled.
IS_RECALLED = exists().where(_UNITS.c.lot_id == _LOTS.c.lot_id)

_LOTS_OF_PROJECT = (
    select(_LOTS).where(_LOTS.c.project_id == bindparam("project")).order_by(_LOTS.c.lot_id).with_for_update(of=_LOTS)
)
_RECALLED_LOT = select(_LOTS.c.project_id).where(_LOTS.c.lot_id == bindparam("of_lot"), IS_RECALLED)
_TOUCHES = and_(
    _UNITS.c.lot_id == _RETIREMENTS.c.lot_id,
    _UNITS.c.start_g < _RETIREMENTS.c.end_g,
    _UNITS.c.end_g > _RETIREMENTS.c.start_g,
)
_IS_HANDLED = exists().where(
    RECALLED.c.user_id == _RETIREMENTS.c.user_id,
    RECALLED.c.retirement_id == _RETIREMENTS.c.id,
    RECALLED.c.recall_id == _UNITS.c.recall_id,
)
_PEOPLE = (
    select(_RETIREMENTS.c.user_id)
    .distinct()
    .join(_UNITS, _TOUCHES)
    .where(~_IS_HANDLED, _RETIREMENTS.c.user_id > bindparam("after"))
    .order_by(_RETIREMENTS.c.user_id)
    .limit(bindparam("most"))
)
_TOUCHED = (
    select(
        _RECALLS.c.id.label("recall_id"),
        _RECALLS.c.project_id,
        _RECALLS.c.replacement_project_id,
        _RECALLS.c.remedy,
        _RECALLS.c.reason,
        _RECALLS.c.opened_by,
        _RETIREMENTS.c.id.label("retirement_id"),
        _RETIREMENTS.c.reference,
        _RETIREMENTS.c.purpose,
        _RETIREMENTS.c.start_g.label("retired_from_g"),
        _RETIREMENTS.c.end_g.label("retired_to_g"),
        _UNITS.c.start_g.label("recalled_from_g"),
        _UNITS.c.end_g.label("recalled_to_g"),
        _CERTIFICATES.c.id.label("certificate_id"),
    )
    .join(_UNITS, _TOUCHES)
    .join(_RECALLS, _RECALLS.c.id == _UNITS.c.recall_id)
    .join(
        _CERTIFICATES,
        and_(_CERTIFICATES.c.user_id == _RETIREMENTS.c.user_id, _CERTIFICATES.c.reference == _RETIREMENTS.c.reference),
    )
    .where(_RETIREMENTS.c.user_id == bindparam("owner"), ~_IS_HANDLED)
    .order_by(_RECALLS.c.id, _RETIREMENTS.c.reference, _RETIREMENTS.c.id, _UNITS.c.start_g)
)
_OF_PERSON = select(RECALLED).where(RECALLED.c.user_id == bindparam("owner")).order_by(RECALLED.c.id)
_OF_CERTIFICATE = _OF_PERSON.where(RECALLED.c.number == bindparam("of_number"))
_REPLACED_BY = select(RECALLED.c.order_id).where(
    RECALLED.c.user_id == bindparam("owner"), RECALLED.c.replacement_id == bindparam("of_replacement")
)
_RECALL = select(_RECALLS).where(_RECALLS.c.id == bindparam("of_recall"))
_PROGRESS = select(
    func.count(func.distinct(RECALLED.c.user_id)).label("owners"),
    func.count(func.distinct(RECALLED.c.number)).label("certificates"),
    func.coalesce(func.sum(RECALLED.c.end_g - RECALLED.c.start_g).filter(RECALLED.c.outcome == "replaced"), 0).label(
        "replaced_g"
    ),
    func.coalesce(func.sum(RECALLED.c.end_g - RECALLED.c.start_g).filter(RECALLED.c.outcome == "refunded"), 0).label(
        "refunded_g"
    ),
).where(RECALLED.c.recall_id == bindparam("of_recall"))
_WAITING = (
    select(func.count(func.distinct(_RETIREMENTS.c.user_id)))
    .join(_UNITS, _TOUCHES)
    .where(_UNITS.c.recall_id == bindparam("of_recall"), ~_IS_HANDLED)
)

# What the invariants look for.
SOLD_AFTER_RECALL = (
    select(_RETIREMENTS.c.id, _RETIREMENTS.c.lot_id)
    .join(_UNITS, _UNITS.c.lot_id == _RETIREMENTS.c.lot_id)
    .join(_RECALLS, _RECALLS.c.id == _UNITS.c.recall_id)
    .where(_RETIREMENTS.c.retired_at > _RECALLS.c.opened_at)
)
_REPLACEMENT = (
    select(
        _RETIREMENTS.c.user_id,
        _RETIREMENTS.c.reference,
        func.sum(_RETIREMENTS.c.end_g - _RETIREMENTS.c.start_g).label("grams"),
    )
    .group_by(_RETIREMENTS.c.user_id, _RETIREMENTS.c.reference)
    .subquery()
)
_WANTED = (
    select(
        RECALLED.c.user_id,
        RECALLED.c.replacement_id,
        func.sum(RECALLED.c.end_g - RECALLED.c.start_g).label("grams"),
    )
    .where(RECALLED.c.replacement_id.is_not(None))
    .group_by(RECALLED.c.user_id, RECALLED.c.replacement_id)
    .subquery()
)
REPLACED_OTHERWISE = (
    select(_WANTED.c.replacement_id)
    .outerjoin(
        _REPLACEMENT,
        and_(_REPLACEMENT.c.user_id == _WANTED.c.user_id, _REPLACEMENT.c.reference == _WANTED.c.replacement_id),
    )
    .where(func.coalesce(_REPLACEMENT.c.grams, 0) != _WANTED.c.grams)
)
RECALLED_OUTSIDE = (
    select(RECALLED.c.id)
    .outerjoin(
        _RETIREMENTS,
        and_(_RETIREMENTS.c.user_id == RECALLED.c.user_id, _RETIREMENTS.c.id == RECALLED.c.retirement_id),
    )
    .where(
        or_(
            _RETIREMENTS.c.id.is_(None),
            RECALLED.c.start_g < _RETIREMENTS.c.start_g,
            RECALLED.c.end_g > _RETIREMENTS.c.end_g,
        )
    )
)


def locked_lots_of_project(project_id: str, read_lot: Callable[[Mapping[str, Any]], Lot]) -> Question[Lot]:
    """Lock and return every lot of a project: nobody sells of one while it is recalled."""
    return Question(_LOTS_OF_PROJECT, {"project": project_id}, read_lot)


def project_of_recalled_lot(lot_id: str) -> Question[str]:
    """The project of a lot of which a unit is recalled; nothing for any other lot."""
    return Question(_RECALLED_LOT, {"of_lot": lot_id}, read_column("project_id"))


def overlapping_units(lot_id: str, start_g: int, end_g: int) -> Select[Any]:
    """The recalled grams of a lot within an interval."""
    return select(_UNITS.c.recall_id).where(
        _UNITS.c.lot_id == lot_id, _UNITS.c.start_g < end_g, _UNITS.c.end_g > start_g
    )


def owners_behind(intervals: Sequence[tuple[str, int, int]]) -> Select[Any]:
    """Everybody of whose retirements some rest on these grams of lots."""
    rests = [
        and_(_RETIREMENTS.c.lot_id == lot_id, _RETIREMENTS.c.start_g < end_g, _RETIREMENTS.c.end_g > start_g)
        for lot_id, start_g, end_g in intervals
    ]
    return select(_RETIREMENTS.c.user_id).distinct().where(or_(*rests))


def people_to_tell(after: str, most: int) -> Question[str]:
    """Owners behind the id `after` of whose retirements some rest on recalled units and are not made good."""
    return Question(_PEOPLE, {"after": after, "most": most}, read_column("user_id"))


def touched_retirements(user_id: str) -> Question[TouchedRetirement]:
    """What of a person's retirements rests on recalled units and is not replaced or refunded."""
    return Question(_TOUCHED, {"owner": user_id}, read_as(TouchedRetirement))


def recalled_of(user_id: str) -> Question[RecalledInterval]:
    """Everything of a person that was recalled."""
    return Question(_OF_PERSON, {"owner": user_id}, read_recalled)


def recalled_of_certificate(user_id: str, number: str) -> Question[RecalledInterval]:
    """What of a certificate was recalled."""
    return Question(_OF_CERTIFICATE, {"owner": user_id, "of_number": number}, read_recalled)


def exported_recalled(user_id: str) -> Select[Any]:
    """What of one person was recalled, as their export shows it."""
    return select(RECALLED).where(RECALLED.c.user_id == user_id)


def order_replaced_by(user_id: str, replacement_id: str) -> Question[str]:
    """The order whose grams were replaced under an id."""
    return Question(_REPLACED_BY, {"owner": user_id, "of_replacement": replacement_id}, read_column("order_id"))


def recall(recall_id: str) -> Question[Recall]:
    """One recall."""
    return Question(_RECALL, {"of_recall": recall_id}, read_as(Recall))


def progress(recall_id: str) -> Question[RecallProgress]:
    """How far a recall has come."""
    return Question(_PROGRESS, {"of_recall": recall_id}, read_as(RecallProgress))


def waiting_owners(recall_id: str) -> Question[int]:
    """How many owners have not been told yet."""
    return Question(_WAITING, {"of_recall": recall_id}, lambda row: int(next(iter(row.values()))))
