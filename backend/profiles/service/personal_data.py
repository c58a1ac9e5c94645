"""What profiles keep of one person: shown to them, taken over from a guest they were, and forgotten."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.platform.data.batch import fetch
from backend.profiles import sql
from backend.profiles.service.household_assets import declare_asset, list_assets, retract_asset
from backend.profiles.service.households import end_membership
from backend.profiles.service.profile import (
    change_profile,
    find_display_name,
    get_profile,
    stated,
    take_over_statements,
)


def export(session: Session, user_id: str) -> dict[str, Any]:
    """What one person stated, readable."""
    return stated(get_profile(session, user_id)) | {
        "display_name": find_display_name(session, user_id),
        "before": [vars(past) for past in fetch(session, sql.pasts_of(user_id)).all()],
    }


def export_household(session: Session, user_id: str) -> dict[str, Any]:
    """Where one person lived with others, from which day to which, and the things they declared."""
    lived = map(vars, fetch(session, sql.memberships_of(user_id)).all())
    return {
        "memberships": [{name: value for name, value in one.items() if name != "user_id"} for one in lived],
        "things": [vars(thing) for thing in list_assets(session, user_id)],
    }


def forget(session: Session, user_id: str) -> None:
    """Drop what one person stated, declared, and with whom they lived."""
    for statement in sql.FORGET:
        session.execute(statement, {"owner": user_id})


def transfer_guest(session: Session, guest_id: str, user_id: str) -> None:
    """Take over a merged guest's statements, wherever the account itself had said nothing, and, from tomorrow on, the
    things they declared."""
    take_over_statements(session, guest_id, user_id)
    own_kinds = {thing.kind for thing in list_assets(session, user_id)}
    for thing in list_assets(session, guest_id):
        if thing.kind not in own_kinds:
            declare_asset(session, user_id, thing.kind, thing.country, thing.number)


def reset_for_owner(session: Session, user_id: str) -> None:
    """End what somebody else said before the owner of the address proved it: name, household, sharing, things.

    The household and the things end with the person's civil day, as they do for everyone; what others see ends at once.
    """
    if find_display_name(session, user_id) is not None:
        change_profile(session, user_id, {"display_name": None})
    for asset in list_assets(session, user_id):
        retract_asset(session, user_id, asset.kind)
    end_membership(session, user_id)
