"""The registry's statements, built once; a row becomes a domain object here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, bindparam, case, delete, func, select, tuple_, update

from backend.platform.data.batch import Question, read_as, read_column
from backend.platform.data.upsert import offered, replace_columns, upsert
from backend.registry.domain import (
    ASKED,
    CONFIRMED,
    DUE,
    Lot,
    LotChange,
    LotOfDocument,
    LowStock,
    SerialsDue,
    StoredCertificate,
    StoredProject,
    StoredRetirement,
)
from backend.registry.models import (
    CertificateNumber,
    CertificateRow,
    HoldRow,
    LotMovement,
    LotRow,
    ProjectRow,
    RetirementRow,
    SerialDue,
    SeriesRow,
)
from backend.registry.sql.recalls import IS_RECALLED
from offsets import MOVEMENTS, Portion

ROWS_AT_ONCE = 1000

_PROJECTS, _LOTS, _SERIES = ProjectRow.__table__, LotRow.__table__, SeriesRow.__table__
_MOVEMENTS, _HOLDS, _DUES = LotMovement.__table__, HoldRow.__table__, SerialDue.__table__
RETIREMENTS, CERTIFICATES, NUMBERS = RetirementRow.__table__, CertificateRow.__table__, CertificateNumber.__table__

read_project: Callable[[Mapping[str, Any]], StoredProject] = read_as(StoredProject)
read_lot: Callable[[Mapping[str, Any]], Lot] = read_as(Lot)
_read_due: Callable[[Mapping[str, Any]], SerialsDue] = read_as(SerialsDue)
_read_retirement: Callable[[Mapping[str, Any]], StoredRetirement] = read_as(StoredRetirement)
read_certificate: Callable[[Mapping[str, Any]], StoredCertificate] = read_as(StoredCertificate)
_read_portion: Callable[[Mapping[str, Any]], Portion] = read_as(Portion)

# Projects. One that replaces another stays on or off sale as it was.
KEEP_PROJECT = upsert(
    _PROJECTS,
    key=["project_id"],
    changes=replace_columns(_PROJECTS, "document", "document_sha256", "recorded_at"),
    where=_PROJECTS.c.document_sha256 != offered(_PROJECTS).document_sha256,
)
SET_ON_SALE = (
    update(_PROJECTS).where(_PROJECTS.c.project_id == bindparam("project")).values(is_on_sale=bindparam("on_sale"))
)
ALL_PROJECTS = select(_PROJECTS).order_by(_PROJECTS.c.project_id)
PROJECTS_ON_SALE = select(_PROJECTS).where(_PROJECTS.c.is_on_sale).order_by(_PROJECTS.c.project_id)
_PROJECT = select(_PROJECTS).where(_PROJECTS.c.project_id == bindparam("project"))

# Lots, and the blocks they are.
INSERT_LOT = _LOTS.insert()
LOCK_SERIES = upsert(_SERIES, key=["registry_id", "series"], changes={"blocks": _SERIES.c.blocks + 1})
_OVERLAPPING = (
    select(_LOTS)
    .where(
        _LOTS.c.registry_id == bindparam("of_registry"),
        _LOTS.c.series == bindparam("of_series"),
        _LOTS.c.first_unit <= bindparam("last"),
        _LOTS.c.last_unit >= bindparam("first"),
    )
    .limit(1)
)
_LOT = select(_LOTS).where(_LOTS.c.lot_id == bindparam("of_lot"))
_LOT_OF_DOCUMENT = select(_LOTS, _PROJECTS.c.document).join(_PROJECTS, _PROJECTS.c.project_id == _LOTS.c.project_id)
_ONE_OF_DOCUMENT = _LOT_OF_DOCUMENT.where(_LOTS.c.lot_id == bindparam("of_lot"))
# locks by lot id, as everybody takes them
_SHELF = (
    select(_LOTS)
    .join(_PROJECTS, _PROJECTS.c.project_id == _LOTS.c.project_id)
    .where(_LOTS.c.project_id == bindparam("project"), _LOTS.c.available_g > 0, _PROJECTS.c.is_on_sale, ~IS_RECALLED)
    .order_by(_LOTS.c.lot_id)
    .with_for_update(of=_LOTS, key_share=True)
)
_MOVE = (
    update(_LOTS)
    .where(
        _LOTS.c.lot_id == bindparam("lot"),
        _LOTS.c.available_g + bindparam("to_available") >= 0,
        _LOTS.c.held_g + bindparam("to_held") >= 0,
    )
    .values(
        available_g=_LOTS.c.available_g + bindparam("to_available"),
        held_g=_LOTS.c.held_g + bindparam("to_held"),
        retired_g=_LOTS.c.retired_g + bindparam("to_retired"),
        movements=_LOTS.c.movements + 1,
    )
    .returning(_LOTS.c.movements.label("number"), _LOTS.c.retired_g)
)
RECORD_MOVEMENT = _MOVEMENTS.insert()

# What is set aside for an order.
_OF_ORDER = (_HOLDS.c.user_id == bindparam("owner"), _HOLDS.c.reference == bindparam("of_order"))
INSERT_HOLD = _HOLDS.insert()
_HELD = select(_HOLDS.c.lot_id, _HOLDS.c.grams).where(*_OF_ORDER).order_by(_HOLDS.c.lot_id)
_TAKE_HELD = delete(_HOLDS).where(*_OF_ORDER).returning(_HOLDS.c.lot_id, _HOLDS.c.grams)


def _sum_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, _HOLDS.c.grams), else_=0)), 0)


HELD_OF_PROJECT = (
    select(
        _sum_where(_HOLDS.c.user_id == bindparam("person")).label("by_person_g"),
        _sum_where(_HOLDS.c.user_id.in_(bindparam("circle", expanding=True))).label("by_circle_g"),
        _sum_where(_HOLDS.c.network == bindparam("behind")).label("by_network_g"),
        _sum_where(~_HOLDS.c.is_proved).label("by_unproved_g"),
    )
    .join(_LOTS, _LOTS.c.lot_id == _HOLDS.c.lot_id)
    .where(_LOTS.c.project_id == bindparam("project"))
)

# What is used up for ever, and the certificates that say so.
INSERT_RETIREMENT = RETIREMENTS.insert()
_OF_PERSON = select(RETIREMENTS).where(RETIREMENTS.c.user_id == bindparam("owner"))
_RETIRED_FOR_ORDER = _OF_PERSON.where(RETIREMENTS.c.reference == bindparam("of_order")).order_by(RETIREMENTS.c.lot_id)
_RETIRED_WITH_LOTS = (
    _RETIRED_FOR_ORDER.add_columns(*(column.label(f"its_{column.name}") for column in _LOTS.c), _PROJECTS.c.document)
    .join(_LOTS, _LOTS.c.lot_id == RETIREMENTS.c.lot_id)
    .join(_PROJECTS, _PROJECTS.c.project_id == _LOTS.c.project_id)
)
_OLDEST_FIRST = _OF_PERSON.order_by(RETIREMENTS.c.retired_at, RETIREMENTS.c.id)
_RETIRED_FOR = _OLDEST_FIRST.where(RETIREMENTS.c.purpose == bindparam("for_purpose"))
_RETIRED_BETWEEN = _OLDEST_FIRST.where(
    RETIREMENTS.c.retired_at >= bindparam("since"), RETIREMENTS.c.retired_at < bindparam("until")
)
# as many columns as it has, which `personal_data.by_key` does not count
_EXPORTED: Any = select(
    RETIREMENTS.c.id,
    RETIREMENTS.c.reference.label("order_id"),
    RETIREMENTS.c.lot_id,
    RETIREMENTS.c.start_g,
    RETIREMENTS.c.end_g,
    RETIREMENTS.c.serials,
    RETIREMENTS.c.purpose,
    RETIREMENTS.c.retired_at,
)
INSERT_CERTIFICATE = CERTIFICATES.insert()
INSERT_NUMBER = NUMBERS.insert()
_NUMBER_OF_ORDER = select(CERTIFICATES.c.number).where(
    CERTIFICATES.c.user_id == bindparam("owner"), CERTIFICATES.c.reference == bindparam("of_order")
)
_LED_TO = select(NUMBERS.c.user_id, NUMBERS.c.certificate_id).where(NUMBERS.c.number == bindparam("of_number"))
_CERTIFICATE = select(CERTIFICATES).where(
    CERTIFICATES.c.user_id == bindparam("owner"), CERTIFICATES.c.id == bindparam("of_certificate")
)
EMPTY_CERTIFICATES = (
    update(CERTIFICATES)
    .where(CERTIFICATES.c.user_id == bindparam("owner"))
    .values(sealed_beneficiary=b"", shows_name=False)
)


def _of_orders(table: Table, *more: ColumnElement[Any]) -> Select[Any]:
    by = (table.c.user_id, table.c.reference)
    return select(*by, *more).where(tuple_(*by).in_(bindparam("orders", expanding=True))).group_by(*by)


# What some orders have, and every order that has anything, without having all of them in memory.
HELD_OF_ORDERS = _of_orders(_HOLDS, func.sum(_HOLDS.c.grams))
RETIRED_OF_ORDERS = _of_orders(RETIREMENTS, func.sum(RETIREMENTS.c.end_g - RETIREMENTS.c.start_g))
CERTIFIED_ORDERS = _of_orders(CERTIFICATES)
ORDERS_WITH_GOODS = tuple(
    select(table.c.user_id, table.c.reference).distinct().execution_options(yield_per=ROWS_AT_ONCE)
    for table in (_HOLDS, RETIREMENTS)
)

# Serials upstream: due, asked for, confirmed.
INSERT_DUE = _DUES.insert()
_OF_LOT = _DUES.c.lot_id == bindparam("of_lot")
_ONE_DUE = (_OF_LOT, _DUES.c.from_unit == bindparam("of_unit"))
_LIST_DUES = (
    select(_DUES)
    .where(_DUES.c.state == bindparam("in_state"))
    .order_by(_DUES.c.lot_id, _DUES.c.from_unit)
    .limit(bindparam("most"))
)
ASK = (
    update(_DUES)
    .where(*_ONE_DUE, _DUES.c.state == DUE)
    .values(state=ASKED, asked_at=bindparam("instant"))
    .returning(_DUES.c.lot_id)
)
CONFIRM = (
    update(_DUES)
    .where(*_ONE_DUE, _DUES.c.state.in_((DUE, ASKED)))
    .values(state=CONFIRMED, registry_reference=bindparam("reference"), confirmed_at=bindparam("instant"))
    .returning(_DUES.c.lot_id)
)
# How far the dues of a lot reach, and the first that is in one of some states.
FIRST_IN_STATES_AND_END = select(
    func.min(_DUES.c.from_unit).filter(_DUES.c.state.in_(bindparam("states", expanding=True))),
    func.max(_DUES.c.from_unit + _DUES.c.units),
).where(_OF_LOT)

# What is left of each project on sale that had stock.
_LEFT = func.coalesce(func.sum(_LOTS.c.available_g).filter(~IS_RECALLED), 0)
_LOW_STOCK = (
    select(_LOTS.c.project_id, _LEFT.label("available_g"), func.count().label("lots"))
    .join(_PROJECTS, _PROJECTS.c.project_id == _LOTS.c.project_id)
    .where(_PROJECTS.c.is_on_sale)
    .group_by(_LOTS.c.project_id)
    .having(bindparam("least_g") > _LEFT)
    .order_by(_LOTS.c.project_id)
)

# What the invariants compare.
_ALL_LOTS = select(_LOTS).order_by(_LOTS.c.lot_id)
_LOTS_BY_BLOCK = select(_LOTS).order_by(_LOTS.c.registry_id, _LOTS.c.series, _LOTS.c.first_unit)
_DUES_OF_LOT = select(_DUES).where(_OF_LOT).order_by(_DUES.c.from_unit)
HELD_OF_LOT = select(func.coalesce(func.sum(_HOLDS.c.grams), 0)).where(_HOLDS.c.lot_id == bindparam("of_lot"))
_RETIREMENTS_OF_LOT = (
    select(RETIREMENTS).where(RETIREMENTS.c.lot_id == bindparam("of_lot")).order_by(RETIREMENTS.c.start_g)
)
_ALL_CERTIFICATES = select(CERTIFICATES).order_by(CERTIFICATES.c.number)
# What a gram of each kind of movement does to available, held and retired; and the number of the last movement.
MOVED_OF_LOT = select(
    *(
        func.coalesce(
            func.sum(
                _MOVEMENTS.c.grams * case({kind: by[place] for kind, by in MOVEMENTS.items()}, value=_MOVEMENTS.c.kind)
            ),
            0,
        )
        for place in range(3)
    ),
    func.coalesce(func.max(_MOVEMENTS.c.number), 0),
).where(_MOVEMENTS.c.lot_id == bindparam("of_lot"))


def project(project_id: str) -> Question[StoredProject]:
    """One project."""
    return Question(_PROJECT, {"project": project_id}, read_project)


def lots_of_projects(project_ids: Sequence[str]) -> Select[Any]:
    """The lots of some projects that are not under recall, the oldest vintage first."""
    of_projects = select(_LOTS).where(_LOTS.c.project_id.in_(project_ids), ~IS_RECALLED)
    return of_projects.order_by(_LOTS.c.vintage, _LOTS.c.lot_id)


def lots_of_registries(registry_ids: Sequence[str]) -> Select[Any]:
    """Every lot of some registries, by series and units."""
    of_registries = select(_LOTS).where(_LOTS.c.registry_id.in_(registry_ids))
    return of_registries.order_by(_LOTS.c.series, _LOTS.c.first_unit)


def lot(lot_id: str) -> Question[Lot]:
    """One lot."""
    return Question(_LOT, {"of_lot": lot_id}, read_lot)


def lot_of_document(lot_id: str) -> Question[LotOfDocument]:
    """One lot with the document of its project."""
    return Question(_ONE_OF_DOCUMENT, {"of_lot": lot_id}, read_lot_of_document)


def lots_of_documents(lot_ids: Sequence[str]) -> Select[Any]:
    """Some lots with the documents of their projects."""
    return _LOT_OF_DOCUMENT.where(_LOTS.c.lot_id.in_(lot_ids))


def overlapping_lot(registry_id: str, series: str, first: int, last: int) -> Question[Lot]:
    """A lot that shares a unit with those from `first` to `last` of a series."""
    asked = {"of_registry": registry_id, "of_series": series, "first": first, "last": last}
    return Question(_OVERLAPPING, asked, read_lot)


def shelf(project_id: str) -> Question[Lot]:
    """Lock and return the lots of a project on sale that have something left."""
    return Question(_SHELF, {"project": project_id}, read_lot)


def move(lot_id: str, available: int, held: int, retired: int) -> Question[LotChange]:
    """Add these grams to what a lot has of each, and say what it came to; nothing where it would fall below zero."""
    by = {"lot": lot_id, "to_available": available, "to_held": held, "to_retired": retired}
    return Question(_MOVE, by, read_as(LotChange))


def held_for(user_id: str, reference: str) -> Question[Portion]:
    """What is held for an order, by lot id."""
    return Question(_HELD, {"owner": user_id, "of_order": reference}, _read_portion)


def take_held(user_id: str, reference: str) -> Question[Portion]:
    """Remove what is held for an order, and return it in no order."""
    return Question(_TAKE_HELD, {"owner": user_id, "of_order": reference}, _read_portion)


def retired_for_order(user_id: str, reference: str) -> Question[StoredRetirement]:
    """What was retired for an order, by lot id."""
    return Question(_RETIRED_FOR_ORDER, {"owner": user_id, "of_order": reference}, _read_retirement)


def retired_with_lots(user_id: str, reference: str) -> Question[tuple[StoredRetirement, LotOfDocument]]:
    """What was retired for an order, by lot id, each with its lot and the document of its project."""
    return Question(_RETIRED_WITH_LOTS, {"owner": user_id, "of_order": reference}, _read_retired_with_lot)


def retired_for_purpose(user_id: str, purpose: str) -> Question[StoredRetirement]:
    """Everything a person had retired for one purpose, oldest first."""
    return Question(_RETIRED_FOR, {"owner": user_id, "for_purpose": purpose}, _read_retirement)


def retired_between(user_id: str, since: datetime, until: datetime) -> Question[StoredRetirement]:
    """Everything a person had retired from `since` on and before `until`, oldest first."""
    return Question(_RETIRED_BETWEEN, {"owner": user_id, "since": since, "until": until}, _read_retirement)


def exported_retirements(user_id: str) -> Any:
    """The retirements of one person as their export shows them."""
    return _EXPORTED.where(RETIREMENTS.c.user_id == user_id)


def number_of_certificate(user_id: str, reference: str) -> Question[str]:
    """The number of an order's certificate."""
    return Question(_NUMBER_OF_ORDER, {"owner": user_id, "of_order": reference}, read_column("number"))


def certificate_of_number(number: str) -> Question[tuple[str, str]]:
    """The owner and the id of the certificate to which a number leads."""
    return Question(_LED_TO, {"of_number": number}, lambda row: (row["user_id"], row["certificate_id"]))


def certificate(user_id: str, certificate_id: str) -> Question[StoredCertificate]:
    """One certificate."""
    return Question(_CERTIFICATE, {"owner": user_id, "of_certificate": certificate_id}, read_certificate)


def certificates_of(user_id: str) -> Select[Any]:
    """Every certificate of one person, in no order."""
    return select(CERTIFICATES).where(CERTIFICATES.c.user_id == user_id)


def low_stock(least_g: int) -> Question[LowStock]:
    """The projects on sale that had stock and have less than `least_g` left, by id."""
    return Question(_LOW_STOCK, {"least_g": least_g}, _read_low_stock)


def dues_in_state(state: str, most: int) -> Question[SerialsDue]:
    """Serials in one state, oldest first within their lot."""
    return Question(_LIST_DUES, {"in_state": state, "most": most}, _read_due)


def all_lots() -> Question[Lot]:
    """Every lot, by id."""
    return Question(_ALL_LOTS, {}, read_lot)


def lots_by_block() -> Question[Lot]:
    """Every lot, in the order of the series and units it is a block of."""
    return Question(_LOTS_BY_BLOCK, {}, read_lot)


def dues_of_lot(lot_id: str) -> Question[SerialsDue]:
    """The dues of a lot, in the order of its units."""
    return Question(_DUES_OF_LOT, {"of_lot": lot_id}, _read_due)


def retirements_of_lot(lot_id: str) -> Question[StoredRetirement]:
    """What was retired from a lot, in the order of its grams."""
    return Question(_RETIREMENTS_OF_LOT, {"of_lot": lot_id}, _read_retirement)


def all_certificates() -> Question[StoredCertificate]:
    """Every certificate, by number."""
    return Question(_ALL_CERTIFICATES, {}, read_certificate)


def read_lot_of_document(row: Mapping[str, Any]) -> LotOfDocument:
    """The lot in a row, with the document of its project."""
    return LotOfDocument(read_lot({name: value for name, value in row.items() if name != "document"}), row["document"])


def _read_low_stock(row: Mapping[str, Any]) -> LowStock:
    return LowStock(row["project_id"], int(row["available_g"]), row["lots"])


def _read_retired_with_lot(row: Mapping[str, Any]) -> tuple[StoredRetirement, LotOfDocument]:
    lot = Lot(**{name: row[f"its_{name}"] for name in Lot.__dataclass_fields__})
    retirement = StoredRetirement(**{name: row[name] for name in StoredRetirement.__dataclass_fields__})
    return retirement, LotOfDocument(lot, row["document"])
