"""Switches for the person on call: stop writing, stop crediting one methodology, pause the checkout.

Stored in the database with who turned them, when and why, each turn an entry of the audit trail. Every process looks
again after two seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from flask import Flask, current_app
from sqlalchemy import Boolean, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data.columns import UtcInstant
from backend.platform.data.table_kinds import reference_table
from backend.platform.data.transactions import Base
from backend.platform.privacy import audit

READ_ONLY = "read_only"
PAUSE_CHECKOUT = "pause_checkout"
PAUSE_CREDITING = "pause_crediting:"  # followed by a methodology's id
# turned on as crediting is paused no longer, and off once what was stored meanwhile is credited
CREDIT_LATE = "credit_late:"
LOOKED_UP_FOR_S = 2.0
_RULES = "carbon.rules_to_pause"


class Switch(Base):
    """One switch that somebody has turned at least once."""

    __tablename__ = "switches"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    is_on: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(String(audit.LONGEST_REASON))
    changed_by: Mapped[str] = mapped_column(String(audit.LONGEST_NAME))
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        reference_table("read by every request, turned by the person on call for the whole installation"),
    )


def declare_rules(app: Flask, is_rule: Callable[[Session, str], bool]) -> None:
    """Let `is_rule` say whether an id is one of a methodology, whose crediting can be paused."""
    app.extensions[_RULES] = is_rule


def is_on(session: Session, name: str) -> bool:
    """Whether switch `name` is on, as of at most two seconds ago."""
    return name in _those_on(session)


def list_on(session: Session) -> frozenset[str]:
    """The names of the switches that are on, as of at most two seconds ago."""
    return _those_on(session)


def refuse_when_read_only(session: Session) -> None:
    """Raise `service.read_only` while the installation only answers questions."""
    if is_on(session, READ_ONLY):
        raise Refusal("service.read_only", retry_after_s=60)


def refuse_when_checkout_paused(session: Session) -> None:
    """Raise `service.paused` while nothing may be bought."""
    if is_on(session, PAUSE_CHECKOUT):
        raise Refusal("service.paused", retry_after_s=60)


def is_crediting_paused(session: Session, methodology_id: str) -> bool:
    """Whether activities under this methodology are to be stored without credit for now.

    They are while it is paused, and after that until what was stored before them is credited.
    """
    those_on = _those_on(session)
    return PAUSE_CREDITING + methodology_id in those_on or CREDIT_LATE + methodology_id in those_on


def list_paused_rules(session: Session) -> set[str]:
    """The methodologies whose crediting is paused, as the database says now."""
    return _rules_of(PAUSE_CREDITING, _read_on(session))


def list_crediting_late(session: Session) -> dict[str, datetime]:
    """Since when each methodology is paused no longer of which something stored may still be to be credited."""
    found = session.execute(select(Switch.name, Switch.changed_at).where(Switch.is_on))
    since = {one.name: one.changed_at for one in found}
    paused = _rules_of(PAUSE_CREDITING, frozenset(since))
    return {rule: since[CREDIT_LATE + rule] for rule in sorted(_rules_of(CREDIT_LATE, frozenset(since)) - paused)}


def end_crediting_late(session: Session, methodology_id: str, *, who: str, reason: str) -> None:
    """Let activities under a methodology be credited at once again."""
    _turn(session, CREDIT_LATE + methodology_id, False, who=who, reason=reason)


def turn(session: Session, name: str, on: bool, *, who: str, reason: str) -> None:
    """Turn switch `name` and write down who did it and why; raise `ValueError` for a name that switches nothing."""
    _check_name(session, name, on)
    _turn(session, name, on, who=who, reason=reason)
    if name.startswith(PAUSE_CREDITING) and not on:
        _turn(session, CREDIT_LATE + name.removeprefix(PAUSE_CREDITING), True, who=who, reason=reason)


def _turn(session: Session, name: str, on: bool, *, who: str, reason: str) -> None:
    audit.record(session, who=who, action="switch.on" if on else "switch.off", subject=name, reason=reason)
    switch = Switch(name=name, is_on=on, reason=reason, changed_by=who, changed_at=clock.database_now(session))
    session.merge(switch)
    session.flush()
    current_app.extensions.pop("carbon.switches", None)


def list_all(session: Session) -> list[Switch]:
    """Every switch that was ever turned, by name."""
    return list(session.scalars(select(Switch).order_by(Switch.name)))


def _check_name(session: Session, name: str, on: bool) -> None:
    if name in (READ_ONLY, PAUSE_CHECKOUT):
        return
    if not name.startswith(PAUSE_CREDITING):
        raise ValueError(f"there is no switch {name!r}: use {READ_ONLY}, {PAUSE_CHECKOUT} or {PAUSE_CREDITING}ID")
    methodology_id = name.removeprefix(PAUSE_CREDITING)
    is_rule: Callable[[Session, str], bool] = current_app.extensions[_RULES]
    # what was turned on before can be turned off, whatever became of the rule
    is_known = is_rule(session, methodology_id) or (not on and session.get(Switch, name) is not None)
    if not is_known:
        raise ValueError(f"there is no methodology {methodology_id!r}: GET /v1/methodologies lists their ids")


def _those_on(session: Session) -> frozenset[str]:
    kept: tuple[float, frozenset[str]] | None = current_app.extensions.get("carbon.switches")
    if kept is None or time.monotonic() - kept[0] > LOOKED_UP_FOR_S:
        found = _read_on(session)
        kept = (time.monotonic(), found)
        current_app.extensions["carbon.switches"] = kept
    return kept[1]


def _read_on(session: Session) -> frozenset[str]:
    return frozenset(session.scalars(select(Switch.name).where(Switch.is_on)))


def _rules_of(prefix: str, names: frozenset[str]) -> set[str]:
    return {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
