"""What a person wants mailed and pushed, kind by kind, and when they want to be left alone.

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
from sqlalchemy.orm import Session

from backend.inbox.models import ChoiceRow, QuietHoursRow
from backend.inbox.service.kinds import Kind, all_kinds, get_kind
from backend.inbox.service.note_texts import label
from backend.platform.core.context import policy
from backend.platform.core.errors import InvalidFields, invalid_field
from backend.platform.core.i18n import Language
from backend.platform.data.upsert import replace_columns, upsert

_CHOICES = ChoiceRow.__table__
_QUIET = QuietHoursRow.__table__


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
    """One kind a person can choose about; both as they stand for them now."""

    kind: str
    label: str
    is_mailed: bool
    is_pushed: bool


@dataclass(frozen=True)
class NoteDelivery:
    """How one person hears of a kind beside their inbox."""

    is_mailed: bool
    is_pushed: bool


@dataclass(frozen=True)
class Preferences:
    """Every kind that may be sent, and the quiet hours, None for none."""

    kinds: list[KindChoice]
    quiet_hours: QuietHours | None


def get_preferences(session: Session, user_id: str, language: Language) -> Preferences:
    """What `user_id` has chosen, and what stands where they have not."""
    chosen = _chosen(session, user_id)
    kinds = []
    for kind in all_kinds().values():
        if kind.may_be_mailed or kind.may_be_pushed:
            delivery = _delivery_for(kind, chosen)
            kinds.append(KindChoice(kind.name, label(kind.name, language), delivery.is_mailed, delivery.is_pushed))
    return Preferences(kinds, get_quiet_hours(session, user_id))


def change_preferences(session: Session, user_id: str, changes: Mapping[str, Any]) -> None:
    """Set what is given: `kinds`, `{name: is_mailed}`, `pushed_kinds`, `{name: is_pushed}`, and `quiet_hours`, two
    minutes of the day or None for none.

    Raises `request.invalid` for a kind that nobody can have mailed or pushed, and for a whole day of silence.
    """
    kinds = all_kinds().values()
    allowed = {
        "kinds": sorted(kind.name for kind in kinds if kind.may_be_mailed),
        "pushed_kinds": sorted(kind.name for kind in kinds if kind.may_be_pushed),
    }
    faults = [
        {"field": f"{field}.{name}", "code": "not_one_of", "choices": ", ".join(known)}
        for field, known in allowed.items()
        for name in changes.get(field, {})
        if name not in known
    ]
    if faults:
        raise InvalidFields(faults)
    for field, column in (("kinds", "is_mailed"), ("pushed_kinds", "is_pushed")):
        for name, is_wanted in changes.get(field, {}).items():
            _put(session, _CHOICES, {"user_id": user_id, "kind": name}, {column: is_wanted})
    if "quiet_hours" in changes:
        minutes = changes["quiet_hours"] or {"from_minute": None, "until_minute": None}
        if minutes["from_minute"] is not None and minutes["from_minute"] == minutes["until_minute"]:
            raise invalid_field("quiet_hours.until", "quiet_all_day")
        _put(session, _QUIET, {"user_id": user_id}, minutes)


def get_delivery(session: Session, user_id: str, kind: str) -> NoteDelivery:
    """How `user_id` hears of notes of `kind`."""
    return _delivery_for(get_kind(kind), _chosen(session, user_id))


def get_quiet_hours(session: Session, user_id: str) -> QuietHours | None:
    """When `user_id` is left alone: as they said, else as the policy says."""
    row = session.execute(
        select(_QUIET.c.from_minute, _QUIET.c.until_minute).where(_QUIET.c.user_id == user_id)
    ).one_or_none()
    if row is None:
        rules = policy().inbox
        return QuietHours(rules.quiet_from_hour * 60, rules.quiet_until_hour * 60)
    return None if row.from_minute is None else QuietHours(row.from_minute, row.until_minute)


def _chosen(session: Session, user_id: str) -> dict[str, Any]:
    rows = session.execute(select(_CHOICES).where(_CHOICES.c.user_id == user_id))
    return {row.kind: row for row in rows}


def _delivery_for(kind: Kind, chosen: Mapping[str, Any]) -> NoteDelivery:
    choice = chosen.get(kind.name)
    is_mailed = kind.is_mailed if choice is None or choice.is_mailed is None else choice.is_mailed
    is_pushed = kind.is_pushed if choice is None or choice.is_pushed is None else choice.is_pushed
    # what was chosen while it could be is not sent once the kind may no longer be
    return NoteDelivery(kind.may_be_mailed and is_mailed, kind.may_be_pushed and is_pushed)


def _put(session: Session, table: Any, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    session.execute(upsert(table, key=list(key), changes=replace_columns(table, *values)), {**key, **values})
