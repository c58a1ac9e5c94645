"""What the inbox talks about: notes, how their person hears of them, quiet hours, and devices that are told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class StoredNote:
    """One thing that was told, as it is kept: by its facts, those in somebody's own words sealed."""

    user_id: str
    id: str
    reference: str
    kind: str
    facts: Mapping[str, Any]
    sealed_facts: bytes | None
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class Note:
    """A note as its owner reads it; `facts` are what the words were made from."""

    id: str
    kind: str
    title: str
    text: str
    facts: Mapping[str, Any]
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class Choice:
    """What one person chose for one kind of note; None where they left it as the kind says."""

    kind: str
    is_mailed: bool | None
    is_pushed: bool | None


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
class StoredQuietHours:
    """What one person said about their quiet hours, in minutes of their day; both None: they want none."""

    from_minute: int | None
    until_minute: int | None


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
class Preferences:
    """Every kind that may be sent, and the quiet hours, None for none."""

    kinds: list[KindChoice]
    quiet_hours: QuietHours | None


@dataclass(frozen=True)
class StoredDevice:
    """A device as it is kept: what it handed in is sealed. `id` is that of its session."""

    user_id: str
    id: str
    slot: int
    service: str
    endpoint_hash: str
    sealed: bytes
    registered_at: datetime
    renewed_at: datetime


@dataclass(frozen=True)
class Device:
    """A device as its owner sees it; `id` is that of its session."""

    id: str
    service: str
    is_current: bool
    registered_at: datetime
    renewed_at: datetime


@dataclass(frozen=True)
class EndpointHolder:
    """Whose device an address leads to."""

    user_id: str
    device_id: str
