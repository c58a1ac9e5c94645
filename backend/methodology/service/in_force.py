"""Which version counts on a day, and its content ready to calculate with.

Contents are found by their hash, so a process may keep them for ever; which version counts is asked every time, and a
hot path asks it together with its other questions (`question`, then `choose`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from backend.methodology import sql
from backend.methodology.domain import Content, InForce, Interval, MethodologyState
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import Question, fetch
from calculators import bundle_sha256, parse_methodology, thaw

KEPT_CONTENTS = 512

_contents: OrderedDict[str, Content] = OrderedDict()


def get_in_force(session: Session, methodology_id: str, on: date) -> InForce:
    """The version that counts on civil day `on`; raise `methodology.unknown` or `methodology.not_in_force`."""
    return choose(session, fetch(session, question(methodology_id)).all(), methodology_id, on)


def question(methodology_id: str) -> Question[Interval]:
    """What to ask the database, together with other questions, before `choose`."""
    return Question(sql.INTERVALS_OF_ONE, {"wanted": methodology_id}, sql.read_interval)


def choose(session: Session, intervals: Sequence[Interval], methodology_id: str, on: date) -> InForce:
    """The version that counts on `on` among the answers to `question`; raises as `get_in_force` does."""
    if not intervals:
        raise Refusal("methodology.unknown", methodology=methodology_id)
    interval = find_interval(intervals, on)
    if interval is None:
        raise Refusal("methodology.not_in_force", methodology=methodology_id, on=on.isoformat())
    return _with_content(session, interval)


def find_interval(intervals: Sequence[Interval], on: date) -> Interval | None:
    """The interval that holds `on`. Each one's first day ends the one before; a withdrawal ends it earlier."""
    begun = [one for one in intervals if one.effective_on <= on and one.ended_on != one.effective_on]
    if not begun:
        return None
    latest = max(begun, key=lambda one: one.effective_on)
    return None if latest.ended_on is not None and latest.ended_on <= on else latest


def list_in_force(session: Session, on: date) -> list[InForce]:
    """Every methodology that counts on `on`, by id."""
    by_id: dict[str, list[Interval]] = {}
    for interval in fetch(session, sql.ALL_INTERVALS).all():
        by_id.setdefault(interval.methodology_id, []).append(interval)
    chosen = [find_interval(intervals, on) for intervals in by_id.values()]
    return [_with_content(session, interval) for interval in chosen if interval is not None]


def list_states(session: Session, on: date) -> list[MethodologyState]:
    """Every methodology that was ever approved or waits for a reviewer, by id, as it stands on `on`."""
    in_force = {one.methodology_id: one for one in list_in_force(session, on)}
    scheduled = {
        one.methodology_id: one
        for one in fetch(session, sql.ALL_INTERVALS).all()
        if one.effective_on > on and one.ended_on != one.effective_on
    }
    in_review: dict[str, list[int]] = {}
    for methodology_id, version in session.execute(sql.WAITING_FOR_REVIEW):
        in_review.setdefault(methodology_id, []).append(version)
    return [
        MethodologyState(name, in_force.get(name), scheduled.get(name), in_review.get(name, []))
        for name in sorted({*in_force, *scheduled, *in_review})
    ]


def has_methodology(session: Session, methodology_id: str) -> bool:
    """Whether a version of it was ever approved."""
    return bool(fetch(session, question(methodology_id)).all())


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
        stored = session.execute(sql.CONTENT, {"wanted": version_id}).one()
        found = read_content(sha256, stored.document, stored.figures)
    return found


def get_figures_text(session: Session, version_id: str) -> str:
    """The figures that were approved with a version, as they are frozen: its content hash is of document and these."""
    return str(session.execute(sql.CONTENT, {"wanted": version_id}).one().figures)


def _with_content(session: Session, interval: Interval) -> InForce:
    content = get_pinned(session, interval.version_id, interval.sha256)
    return InForce(interval.version_id, interval.methodology_id, interval.version, interval.sha256, *content)
