"""The verbs of profiles, inside a transaction someone else opened: where and how people live, and with whom."""

from backend.profiles.domain import DeclaredAsset, Household, Invitation, Profile, Timeline
from backend.profiles.service.household_assets import (
    HouseholdStatements,
    declare_asset,
    identify_assets,
    list_assets,
    retract_asset,
    statements_question,
)
from backend.profiles.service.households import (
    drop_lapsed_invitations,
    get_household,
    invite,
    join,
    leave,
    list_sharing_members,
    set_sharing,
    shares_household,
)
from backend.profiles.service.personal_data import export, export_household, forget, reset_for_owner, transfer_guest
from backend.profiles.service.profile import (
    Me,
    adopt_language,
    change_me,
    change_profile,
    find_display_name,
    get_me,
    get_profile,
    read_display_name,
    sealed_name_question,
)
from backend.profiles.sql import pasts_since, question

__all__ = [
    "DeclaredAsset",
    "Household",
    "HouseholdStatements",
    "Invitation",
    "Me",
    "Profile",
    "Timeline",
    "adopt_language",
    "change_me",
    "change_profile",
    "declare_asset",
    "drop_lapsed_invitations",
    "export",
    "export_household",
    "find_display_name",
    "forget",
    "get_household",
    "get_me",
    "get_profile",
    "identify_assets",
    "invite",
    "join",
    "leave",
    "list_assets",
    "list_sharing_members",
    "pasts_since",
    "question",
    "read_display_name",
    "reset_for_owner",
    "retract_asset",
    "sealed_name_question",
    "set_sharing",
    "shares_household",
    "statements_question",
    "transfer_guest",
]
