"""Attaches profiles: what is kept of whom, and the language that somebody new came with."""

from __future__ import annotations

from flask import Flask

from backend.accounts import service as accounts
from backend.platform.ops import outbox
from backend.platform.privacy import decisions, personal_data
from backend.platform.privacy.personal_data import Kept, Kind
from backend.profiles import service

KEPT = Kept(
    "profiles",
    kinds=(
        Kind("profile", ("profiles", "profile_pasts"), personal_data.single(service.export), key="user_id"),
        Kind(
            "household",
            ("household_members", "declared_things"),
            personal_data.single(service.export_household),
            key="user_id",
        ),
    ),
    hidden={"household_invitations": "a directory: the keyed hash of a code that was shown once"},
    forget=service.forget,
    reset_for_owner=service.reset_for_owner,
)


def attach(app: Flask) -> None:
    """Declare what a profile is to its person, and answer who shares a household."""
    personal_data.declare(app, KEPT)
    outbox.handle(app, accounts.TOPIC_LANGUAGE, service.adopt_language)
    decisions.declare_households(app, service.shares_household)
