"""What a person wants mailed, kind by kind, and when they want to be left alone.

Quiet hours are told on the clock of the person's own zone, so that a night stays a night when the clocks change or
they move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from backend.current import policy
from backend.errors import InvalidFields, invalid_field
from backend.inbox.models import ChoiceRow, QuietHoursRow
from backend.inbox.service.kinds import all_kinds
from backend.inbox.service.wording import label

_CHOICES = ChoiceRow.__table__
_QUIET = QuietHoursRow.__table__
_INSERT = {"postgresql": postgresql_insert, "sqlite": sqlite_insert}


@dataclass(frozen=True)
class QuietHours:
    """From one minute of the person's day until another, which may be on the next day."""

    from_minute: int
    until_minute: int

    def end_after(self, at: datetime, zone: str) -> datetime | None:
        """When the quiet hours that hold `at` are over, or None when it is not quiet then."""
        local = at.astimezone(ZoneInfo(zone))
        minute = local.hour * 60 + local.minute
        over_midnight = self.from_minute > self.until_minute
        if over_midnight:
            is_quiet = minute >= self.from_minute or minute < self.until_minute
        else:
            is_quiet = self.from_minute <= minute < self.until_minute
        if not is_quiet:
            return None
        ends_on = local.date() + timedelta(days=1 if minute >= self.until_minute else 0)
        wall = datetime.combine(ends_on, datetime.min.time()) + timedelta(minutes=self.until_minute)
        return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(at.tzinfo)


@dataclass(frozen=True)
class KindChoice:
    """One kind a person can choose about; `is_mailed` as it stands for them now."""

    kind: str
    label: str
    is_mailed: bool


@dataclass(frozen=True)
class Preferences:
    """Every kind that may be mailed, and the quiet hours, None for none."""

    kinds: list[KindChoice]
    quiet_hours: QuietHours | None


def get_preferences(session: Session, user_id: str, language: str) -> Preferences:
    """What `user_id` has chosen, and what stands where they have not."""
    chosen = _chosen(session, user_id)
    kinds = [
        KindChoice(kind.name, label(kind.name, language), chosen.get(kind.name, kind.is_mailed))
        for kind in all_kinds().values()
        if kind.may_be_mailed
    ]
    return Preferences(kinds, get_quiet_hours(session, user_id))


def change_preferences(session: Session, user_id: str, changes: Mapping[str, Any]) -> None:
    """Set what is given: `kinds`, `{name: is_mailed}`, and `quiet_hours`, two minutes of the day or None for none.

    Raises `request.invalid` for a kind that nobody can have mailed, and for a whole day of silence.
    """
    kinds: Mapping[str, bool] = changes.get("kinds", {})
    known = sorted(name for name, kind in all_kinds().items() if kind.may_be_mailed)
    faults = [
        {"field": f"kinds.{name}", "code": "not_one_of", "choices": ", ".join(known)}
        for name in kinds
        if name not in known
    ]
    if faults:
        raise InvalidFields(faults)
    for name, is_mailed in kinds.items():
        _put(session, _CHOICES, {"user_id": user_id, "kind": name}, {"is_mailed": is_mailed})
    if "quiet_hours" in changes:
        minutes = changes["quiet_hours"] or {"from_minute": None, "until_minute": None}
        if minutes["from_minute"] is not None and minutes["from_minute"] == minutes["until_minute"]:
            raise invalid_field("quiet_hours.until", "quiet_all_day")
        _put(session, _QUIET, {"user_id": user_id}, minutes)


def is_mailed(session: Session, user_id: str, kind: str) -> bool:
    """Whether a note of `kind` is mailed to `user_id`."""
    known = all_kinds()[kind]
    return known.may_be_mailed and _chosen(session, user_id).get(kind, known.is_mailed)


def get_quiet_hours(session: Session, user_id: str) -> QuietHours | None:
    """When `user_id` is left alone: as they said, else as the policy says."""
    row = session.execute(
        select(_QUIET.c.from_minute, _QUIET.c.until_minute).where(_QUIET.c.user_id == user_id)
    ).one_or_none()
    if row is None:
        rules = policy().inbox
        return QuietHours(rules.quiet_from_hour * 60, rules.quiet_until_hour * 60)
    return None if row.from_minute is None else QuietHours(row.from_minute, row.until_minute)


def _chosen(session: Session, user_id: str) -> dict[str, bool]:
    rows = session.execute(select(_CHOICES.c.kind, _CHOICES.c.is_mailed).where(_CHOICES.c.user_id == user_id))
    return {row.kind: row.is_mailed for row in rows}


def _put(session: Session, table: Any, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    made = _INSERT[session.get_bind().dialect.name](table).values(**key, **values)
    session.execute(made.on_conflict_do_update(index_elements=list(key), set_=dict(values)))
