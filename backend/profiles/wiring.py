"""How profiles are attached to the application: what is kept of whom."""

from __future__ import annotations

from flask import Flask

from backend import personal
from backend.personal import Kept, Kind
from backend.profiles import service

KEPT = Kept(
    "profiles",
    kinds=(
        Kind("profile", ("profiles", "profile_pasts"), personal.single(service.export), key="user_id"),
        Kind(
            "household",
            ("household_members", "declared_things"),
            personal.single(service.export_household),
            key="user_id",
        ),
    ),
    hidden={"household_invitations": "a directory: the keyed hash of a code that was shown once"},
    forget=service.forget,
)


def attach(app: Flask) -> None:
    """Declare what a profile is to its person."""
    personal.declare(app, KEPT)
