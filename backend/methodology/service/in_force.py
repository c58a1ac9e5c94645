"""Which version counts on a day, and its content ready to calculate with.

Contents are found by their hash, so a process may keep them for ever; which version counts is asked every time, and a
hot path asks it together with its other questions (`question`, then `choose`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable

from backend.methodology.models import MethodologyVersion
from backend.platform.core.errors import Refusal
from calculators import Methodology, Tables, bundle_sha256, parse_methodology, thaw

KEPT_CONTENTS = 512

Row = Mapping[str, Any]

_VERSIONS = MethodologyVersion.__table__
_INTERVALS = (
    select(
        _VERSIONS.c.id,
        _VERSIONS.c.methodology_id,
        _VERSIONS.c.version,
        _VERSIONS.c.content_sha256,
        _VERSIONS.c.effective_on,
        _VERSIONS.c.ended_on,
    )
    .where(_VERSIONS.c.effective_on.is_not(None))
    .order_by(_VERSIONS.c.methodology_id, _VERSIONS.c.effective_on)
)
_INTERVALS_OF_ONE = _INTERVALS.where(_VERSIONS.c.methodology_id == bindparam("wanted"))
_CONTENT = select(_VERSIONS.c.document, _VERSIONS.c.figures).where(_VERSIONS.c.id == bindparam("wanted"))


class Content(NamedTuple):
    """What a content hash covers, read: the document and the figures pinned to it."""

    methodology: Methodology
    tables: Tables


_contents: OrderedDict[str, Content] = OrderedDict()


@dataclass(frozen=True)
class InForce:
    """The version of a methodology that counts on a day; `sha256` is the content hash that was approved."""

    version_id: str
    methodology_id: str
    version: int
    sha256: str
    methodology: Methodology
    tables: Tables


def get_in_force(session: Session, methodology_id: str, on: date) -> InForce:
    """The version that counts on civil day `on`; raise `methodology.unknown` or `methodology.not_in_force`."""
    statement, parameters = question(methodology_id)
    rows = session.execute(statement, parameters).mappings().all()
    return choose(session, rows, methodology_id, on)


def question(methodology_id: str) -> tuple[Executable, dict[str, Any]]:
    """What to ask the database, together with other questions, before `choose`."""
    return _INTERVALS_OF_ONE, {"wanted": methodology_id}


def choose(session: Session, rows: Sequence[Row], methodology_id: str, on: date) -> InForce:
    """The version that counts on `on` among the answers to `question`; raises as `get_in_force` does."""
    if not rows:
        raise Refusal("methodology.unknown", methodology=methodology_id)
    row = find_interval(rows, on)
    if row is None:
        raise Refusal("methodology.not_in_force", methodology=methodology_id, on=on.isoformat())
    return _with_content(session, row)


def find_interval(rows: Sequence[Row], on: date) -> Row | None:
    """The interval that holds `on`. Each one's first day ends the one before; a withdrawal ends it earlier."""
    begun = [row for row in rows if row["effective_on"] <= on and row["ended_on"] != row["effective_on"]]
    if not begun:
        return None
    latest = max(begun, key=lambda row: row["effective_on"])
    return None if latest["ended_on"] is not None and latest["ended_on"] <= on else latest


def list_in_force(session: Session, on: date) -> list[InForce]:
    """Every methodology that counts on `on`, by id."""
    by_id: dict[str, list[Row]] = {}
    for row in session.execute(_INTERVALS).mappings():
        by_id.setdefault(row["methodology_id"], []).append(row)
    chosen = [find_interval(rows, on) for rows in by_id.values()]
    return [_with_content(session, row) for row in chosen if row is not None]


def read_content(sha256: str, document: str, figures: str) -> Content:
    """The content of a version, parsed once per process; raise `ValueError` when it is not what the hash names."""
    if sha256 not in _contents:
        if bundle_sha256(document, figures) != sha256:
            raise ValueError(f"the stored content does not have the hash {sha256}")
        _contents[sha256] = Content(parse_methodology(document), thaw(figures))
        while len(_contents) > KEPT_CONTENTS:
            _contents.popitem(last=False)
    return _contents[sha256]


def get_pinned(session: Session, version_id: str, sha256: str) -> Content:
    """The content of a version that something rests on; `sha256` is its content hash."""
    found = _contents.get(sha256)
    if found is None:
        stored = session.execute(_CONTENT, {"wanted": version_id}).one()
        found = read_content(sha256, stored.document, stored.figures)
    return found


def _with_content(session: Session, row: Row) -> InForce:
    content = get_pinned(session, row["id"], row["content_sha256"])
    return InForce(row["id"], row["methodology_id"], row["version"], row["content_sha256"], *content)
