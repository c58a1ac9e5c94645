"""The verbs of profiles, inside a transaction someone else opened: where and how people live, and with whom."""

from backend.profiles.service.guest_transfer import adopt
from backend.profiles.service.history import Timeline, read_timeline
from backend.profiles.service.household_assets import DeclaredThing, declare, list_things, name_things, take_back
from backend.profiles.service.households import (
    Household,
    Invitation,
    drop_lapsed_invitations,
    get_household,
    invite,
    join,
    leave,
    list_shown,
    show,
)
from backend.profiles.service.personal_data import export, export_household, forget
from backend.profiles.service.profile import (
    Me,
    Profile,
    change_profile,
    find_display_name,
    from_row,
    get_me,
    get_profile,
    question,
)

__all__ = [
    "DeclaredThing",
    "Household",
    "Invitation",
    "Me",
    "Profile",
    "Timeline",
    "adopt",
    "change_profile",
    "declare",
    "drop_lapsed_invitations",
    "export",
    "export_household",
    "find_display_name",
    "forget",
    "from_row",
    "get_household",
    "get_me",
    "get_profile",
    "invite",
    "join",
    "leave",
    "list_shown",
    "list_things",
    "name_things",
    "question",
    "read_timeline",
    "show",
    "take_back",
]
