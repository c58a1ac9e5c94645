"""What the current application was built with, for those who need not know Flask.

Promise: settings and policy as the factory read them, and a place for what a process remembers between requests.
Touches only the extensions of the current application.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from config import Policy, Settings


def settings() -> Settings:
    """The settings of the current application."""
    found: Settings = current_app.extensions["carbon.settings"]
    return found


def policy() -> Policy:
    """The policy of the current application."""
    found: Policy = current_app.extensions["carbon.policy"]
    return found


def public_host() -> str:
    """The host under which phones find this installation."""
    return urlsplit(settings().public_url).hostname or "localhost"


def remembered(name: str, make: Callable[[], Any]) -> Any:
    """What this process remembers under `carbon.<name>`, made when it is first asked for."""
    extensions = current_app.extensions
    key = f"carbon.{name}"
    if key not in extensions:
        extensions.setdefault(key, make())
    return extensions[key]


def connection() -> Any:
    """The Redis connection of the current application."""
    return current_app.extensions["carbon.redis"]
