"""What profiles keep of one person: shown to them, and forgotten."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.profiles.models import DeclaredThingRow, HouseholdInvitation, HouseholdMember, ProfilePast, ProfileRow
from backend.profiles.service.household_assets import list_assets, retract_asset
from backend.profiles.service.households import end_membership
from backend.profiles.service.profile import change_profile, find_display_name, get_profile, stated

_PASTS, _LIVED = ProfilePast.__table__, HouseholdMember.__table__
_TABLES = (DeclaredThingRow, HouseholdInvitation, HouseholdMember, ProfilePast, ProfileRow)


def export(session: Session, user_id: str) -> dict[str, Any]:
    """What one person stated, readable."""
    pasts = session.execute(select(_PASTS).where(_PASTS.c.user_id == user_id).order_by(_PASTS.c.until_at)).mappings()
    return stated(get_profile(session, user_id)) | {
        "display_name": find_display_name(session, user_id),
        "before": [{name: value for name, value in past.items() if name != "user_id"} for past in pasts],
    }


def export_household(session: Session, user_id: str) -> dict[str, Any]:
    """Where one person lived with others, from which day to which, and the things they declared."""
    lived = session.execute(
        select(
            HouseholdMember.household_id, HouseholdMember.joined_on, HouseholdMember.left_on, HouseholdMember.is_shown
        )
        .where(HouseholdMember.user_id == user_id)
        .order_by(HouseholdMember.joined_on)
    )
    return {
        "memberships": [dict(row) for row in lived.mappings()],
        "things": [vars(thing) for thing in list_assets(session, user_id)],
    }


def forget(session: Session, user_id: str) -> None:
    """Drop what one person stated, declared, and with whom they lived."""
    for table in _TABLES:
        session.execute(delete(table).where(table.user_id == user_id))


def reset_for_owner(session: Session, user_id: str) -> None:
    """End what somebody else said before the owner of the address proved it: name, household, sharing, things.

    The household and the things end with the person's civil day, as they do for everyone; what others see ends at once.
    """
    if find_display_name(session, user_id) is not None:
        change_profile(session, user_id, {"display_name": None})
    for asset in list_assets(session, user_id):
        retract_asset(session, user_id, asset.kind)
    end_membership(session, user_id)
