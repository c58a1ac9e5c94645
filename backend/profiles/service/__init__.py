"""The verbs of profiles, inside a transaction someone else opened: where and how people live, and with whom."""

from backend.profiles.service.adopting import adopt
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
from backend.profiles.service.owned import export, export_household, forget
from backend.profiles.service.past import Timeline, read_timeline
from backend.profiles.service.stating import (
    Me,
    Profile,
    change_profile,
    find_display_name,
    from_row,
    get_me,
    get_profile,
    question,
)
from backend.profiles.service.things import DeclaredThing, declare, list_things, name_things, take_back

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
