"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon in Beijing, the day of the examples


class FrozenClock:
    """The source for `backend.platform.core.clock.installed`; `set` and `advance` move it."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def set(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        self.at = at.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        self.at += by
