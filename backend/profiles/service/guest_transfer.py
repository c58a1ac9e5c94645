"""What an account takes over of what a merged guest said: only where the account itself had said nothing."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.profiles.service import household_assets, profile


def transfer_guest(session: Session, guest_id: str, user_id: str) -> None:
    """Take over a guest's statements and, from tomorrow on, the things they declared."""
    profile.take_over_statements(session, guest_id, user_id)
    own_kinds = {thing.kind for thing in household_assets.list_assets(session, user_id)}
    for thing in household_assets.list_assets(session, guest_id):
        if thing.kind not in own_kinds:
            household_assets.declare_asset(session, user_id, thing.kind, thing.country, thing.number)
