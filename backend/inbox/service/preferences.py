"""What a person wants mailed and pushed, kind by kind, and when they want to be left alone.

Quiet hours are told on the clock of the person's own zone, so that a night stays a night when the clocks change or
they move.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.inbox import sql
from backend.inbox.domain import Choice, KindChoice, NoteDelivery, Preferences, QuietHours
from backend.inbox.service.kinds import Kind, all_kinds, get_kind
from backend.inbox.service.note_texts import label
from backend.platform.core.context import policy
from backend.platform.core.errors import InvalidFields, invalid_field
from backend.platform.core.i18n import Language
from backend.platform.data.batch import fetch


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
    for name, is_wanted in changes.get("kinds", {}).items():
        session.execute(sql.CHOOSE_MAIL, {"user_id": user_id, "kind": name, "is_mailed": is_wanted})
    for name, is_wanted in changes.get("pushed_kinds", {}).items():
        session.execute(sql.CHOOSE_PUSH, {"user_id": user_id, "kind": name, "is_pushed": is_wanted})
    if "quiet_hours" in changes:
        minutes = changes["quiet_hours"] or {"from_minute": None, "until_minute": None}
        if minutes["from_minute"] is not None and minutes["from_minute"] == minutes["until_minute"]:
            raise invalid_field("quiet_hours.until", "quiet_all_day")
        session.execute(sql.SET_QUIET_HOURS, {"user_id": user_id, **minutes})


def get_delivery(session: Session, user_id: str, kind: str) -> NoteDelivery:
    """How `user_id` hears of notes of `kind`."""
    return _delivery_for(get_kind(kind), _chosen(session, user_id))


def get_quiet_hours(session: Session, user_id: str) -> QuietHours | None:
    """When `user_id` is left alone: as they said, else as the policy says."""
    said = fetch(session, sql.quiet_hours_of(user_id)).one_or_none()
    if said is None:
        rules = policy().inbox
        return QuietHours(rules.quiet_from_hour * 60, rules.quiet_until_hour * 60)
    if said.from_minute is None or said.until_minute is None:
        return None
    return QuietHours(said.from_minute, said.until_minute)


def _chosen(session: Session, user_id: str) -> dict[str, Choice]:
    return {choice.kind: choice for choice in fetch(session, sql.choices_of(user_id)).all()}


def _delivery_for(kind: Kind, chosen: Mapping[str, Choice]) -> NoteDelivery:
    choice = chosen.get(kind.name)
    is_mailed = kind.is_mailed if choice is None or choice.is_mailed is None else choice.is_mailed
    is_pushed = kind.is_pushed if choice is None or choice.is_pushed is None else choice.is_pushed
    # what was chosen while it could be is not sent once the kind may no longer be
    return NoteDelivery(kind.may_be_mailed and is_mailed, kind.may_be_pushed and is_pushed)
