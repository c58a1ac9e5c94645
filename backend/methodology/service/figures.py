"""Published figures: search over them, and one of them with every place and year it has and what rests on it.

The figures are those of the shipped library; what an approved methodology rests on is what was pinned to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from backend.methodology import sql
from backend.methodology.domain import InForce
from backend.methodology.service.catalogue import today
from backend.methodology.service.in_force import list_in_force
from backend.methodology.service.places import get_place, tell_around
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language, Note
from backend.platform.data.paging import Page, SortKey, Window, text_field, whole_field
from calculators import (
    SEGMENTS,
    FigureQuery,
    Filters,
    Found,
    Index,
    NotFound,
    Row,
    index_figures,
    load_library,
    look_up,
    search,
)

_MOST = 2**31 - 1
FOUND = SortKey(  # the place of a hit, see `calculators.search`
    (
        *(whole_field(name, -_MOST, _MOST) for name in ("score", "doubted", "length", "year")),
        *(text_field(name) for name in ("table", "key", "region")),
    )
)


@dataclass(frozen=True)
class Resting:
    """A methodology in force that rests on a figure, with the rows that its approval pinned."""

    in_force: InForce
    pinned: list[Row]


@dataclass(frozen=True)
class Standing:
    """Which row stands for a place and a year, by the rules of an estimate: the row and every place that was asked."""

    table: str
    item: str
    family: str
    found: Found | NotFound

    @property
    def row(self) -> Row | None:
        """The row that stands, or None."""
        return self.found.row if isinstance(self.found, Found) else None

    @property
    def rule(self) -> str | None:
        """Why this one: `own` figure of the place, or that of a `parent`."""
        return self.found.rule if isinstance(self.found, Found) else None

    @property
    def later_year(self) -> bool:
        """Whether the row is of a later year, for want of an earlier one."""
        return isinstance(self.found, Found) and self.found.later_year


@dataclass(frozen=True)
class FigureView:
    """One figure: every place and year it is published for, what rests on it, and what stands for a place asked for."""

    key: str
    figures: list[Row]
    rests_on_it: list[Resting]
    stands: list[Standing] | None
    notes: Sequence[Note]


def search_figures(query: str, filters: dict[str, Any], window: Window, language: Language) -> Page[Row]:
    """The figures that hold every word of `query`, the best first; of the country of a place that is not known itself.

    Raises `request.invalid` for a place of no known country.
    """
    notes = tell_around(filters.get("region"), language)
    after = window.after(FOUND)
    if filters.get("region") is not None:
        filters = filters | {"region": get_place(filters["region"]).code}
    hits = search(_index(), query, Filters(**filters), window.limit + 1, after)
    shown = hits[: window.limit]
    cursor = FOUND.write(shown[-1].place) if len(hits) > window.limit else None
    return Page([hit.row for hit in shown], cursor, notes)


def get_figure(session: Session, key: str, region: str | None, year: int | None, language: Language) -> FigureView:
    """A figure by its key; raise `not_found.factor`, and `request.invalid` for a place of no known country.

    With a `region` the view says which row stands for it, or for its country, in `year` (default: this year).
    """
    resting = list(_resting(session, key))
    rows = load_library().tables.find_rows(key) or tuple(row for one in resting for row in one.pinned)
    if not rows:
        raise Refusal("not_found.factor")
    ordered = sorted(rows, key=lambda row: (row.table, row.region, -row.year))
    stands = None if region is None else _stand(ordered, get_place(region).code, year or today().year)
    return FigureView(key, ordered, resting, stands, tell_around(region, language))


def list_versions_reaching(session: Session, key: str) -> Sequence[str]:
    """The ids of the versions that were ever approved and that may rest on `key`.

    Those whose pinned figures name it, and all of them for a segment, which is pinned by no version.
    """
    is_segment = any(row.table == SEGMENTS for row in load_library().tables.find_rows(key))
    return session.scalars(sql.ids_approved() if is_segment else sql.ids_reaching(key)).all()


@cache
def _index() -> Index:
    tables = load_library().tables
    return index_figures(tables.list_rows(), tables.regions)


def _resting(session: Session, key: str) -> Iterator[Resting]:
    for in_force in list_in_force(session, today()):
        pinned = in_force.tables.find_rows(key)
        if pinned:
            yield Resting(in_force, list(pinned))


def _stand(rows: list[Row], region: str, year: int) -> list[Standing]:
    # what no formula can use (a price, a share of trips) stands for nothing
    asked = dict.fromkeys((row.table, row.item, row.family, row.unit) for row in rows if row.measure())
    tables = load_library().tables
    return [
        Standing(table, item, family, look_up(tables, FigureQuery(table, item, family, unit), region, year))
        for table, item, family, unit in asked
    ]
