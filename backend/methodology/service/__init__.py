"""The verbs of the rule book: who may put which version in force, and which one counts on a day."""

from __future__ import annotations

from backend.methodology.domain import AdoptedVersion, Content, InForce, Interval, MethodologyState, VersionChange
from backend.methodology.service.adoption import LIBRARY, adopt_library
from backend.methodology.service.app_catalogue import get_app_catalogue
from backend.methodology.service.catalogue import (
    get_any_version,
    get_methodology,
    get_public_version,
    list_changes_since,
    list_drafts,
    list_drafts_open_to,
    list_methodologies,
)
from backend.methodology.service.effects import Effects, get_effects
from backend.methodology.service.exposure import review_exposure
from backend.methodology.service.figures import get_figure, list_versions_reaching, search_figures
from backend.methodology.service.in_force import (
    choose,
    get_figures_text,
    get_in_force,
    get_pinned,
    has_methodology,
    list_states,
    question,
    read_content,
)
from backend.methodology.service.invariants import broken_intervals, broken_reviews
from backend.methodology.service.places import find_place, get_place, tell_around
from backend.methodology.service.reviews import (
    approve,
    find_faults,
    first_open_day,
    get_version,
    list_authors,
    list_open_authors,
    list_versions,
    reject,
    submit_draft,
    withdraw,
)
from backend.methodology.service.rule_book import pack_rulebook

__all__ = [
    "LIBRARY",
    "AdoptedVersion",
    "Content",
    "Effects",
    "InForce",
    "Interval",
    "MethodologyState",
    "VersionChange",
    "adopt_library",
    "approve",
    "broken_intervals",
    "broken_reviews",
    "choose",
    "find_faults",
    "find_place",
    "first_open_day",
    "get_any_version",
    "get_app_catalogue",
    "get_effects",
    "get_figure",
    "get_figures_text",
    "get_in_force",
    "get_methodology",
    "get_pinned",
    "get_place",
    "get_public_version",
    "get_version",
    "has_methodology",
    "list_authors",
    "list_changes_since",
    "list_drafts",
    "list_drafts_open_to",
    "list_methodologies",
    "list_open_authors",
    "list_states",
    "list_versions",
    "list_versions_reaching",
    "pack_rulebook",
    "question",
    "read_content",
    "reject",
    "review_exposure",
    "search_figures",
    "submit_draft",
    "tell_around",
    "withdraw",
]
