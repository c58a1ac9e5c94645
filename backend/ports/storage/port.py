"""The storage port: what every place for files can do."""

from __future__ import annotations

import re
from typing import Protocol

import structlog

from backend.platform.core.errors import Refusal

_log = structlog.get_logger("storage")

NAME = re.compile(r"[a-z0-9_-]{1,80}(/[a-z0-9_-]{1,80}){1,3}")
PREFIX = re.compile(r"[a-z0-9_-]{1,80}/")


class Missing(LookupError):
    """No file has this name."""


class Storage(Protocol):
    """Puts bytes under a name. A verb may be done again and comes to the same; `service.busy` when the place fails."""

    def put(self, name: str, content: bytes) -> None:
        """Keep `content` under `name`, whole or not at all; what was there is replaced."""

    def get(self, name: str) -> bytes:
        """What lies under `name`; raise `Missing`."""

    def delete(self, name: str) -> None:
        """Let nothing lie under `name`."""

    def delete_all(self, prefix: str) -> None:
        """Let nothing lie under any name that begins with `prefix`, which ends with a slash."""


def unavailable(error: object) -> Refusal:
    """What to raise when the place does not answer as it should; the reason is for the log."""
    _log.warning("storage_unavailable", reason=type(error).__name__, code=getattr(error, "code", None))
    return Refusal("service.busy", retry_after_s=5)


def check_name(name: str) -> None:
    """Raise `ValueError` for a name that could lead out of the place."""
    if not NAME.fullmatch(name):
        raise ValueError("a file's name has two to four parts of letters, digits, _ and -")


def check_prefix(prefix: str) -> None:
    """Raise `ValueError` for a prefix that is not one whole first part."""
    if not PREFIX.fullmatch(prefix):
        raise ValueError("a prefix is the first part of names, with its slash")
