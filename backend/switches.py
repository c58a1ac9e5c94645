"""Switches for the person on call: stop writing, stop crediting one methodology, pause the checkout.

Stored in the database with who turned them, when and why; each process looks again after two seconds.
"""

from __future__ import annotations

import time
from datetime import datetime

from flask import current_app
from sqlalchemy import Boolean, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.columns import Id, UtcInstant
from backend.db import Base
from backend.errors import Refusal

READ_ONLY = "read_only"
PAUSE_CHECKOUT = "pause_checkout"
PAUSE_CREDITING = "pause_crediting:"  # followed by a methodology's id
LOOKED_UP_FOR_S = 2.0


class Switch(Base):
    """One switch that somebody has turned at least once."""

    __tablename__ = "switches"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    is_on: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(String(500))
    changed_by: Mapped[str] = mapped_column(Id)
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)


def is_on(session: Session, name: str) -> bool:
    """Whether switch `name` is on, as of at most two seconds ago."""
    return name in _those_on(session)


def refuse_when_read_only(session: Session) -> None:
    """Raise `service.read_only` while the installation only answers questions."""
    if is_on(session, READ_ONLY):
        raise Refusal("service.read_only", retry_after_s=60)


def _those_on(session: Session) -> frozenset[str]:
    kept: tuple[float, frozenset[str]] | None = current_app.extensions.get("carbon.switches")
    if kept is None or time.monotonic() - kept[0] > LOOKED_UP_FOR_S:
        found = frozenset(session.scalars(select(Switch.name).where(Switch.is_on)))
        kept = (time.monotonic(), found)
        current_app.extensions["carbon.switches"] = kept
    return kept[1]
