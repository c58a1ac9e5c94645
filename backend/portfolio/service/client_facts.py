"""What an app must know before it does anything: whether it is too old, what is switched off, and the words for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.platform.core import i18n as texts
from backend.platform.core.context import policy
from backend.platform.core.i18n import Language
from backend.platform.ops import switches

TEXTS = ("update_needed", "read_only", "checkout_paused", "crediting_paused", "offline")


@dataclass(frozen=True)
class Client:
    """The client configuration; `texts` are in the reader's language, by code."""

    oldest_build: int
    oldest_days: int
    is_read_only: bool
    is_checkout_paused: bool
    crediting_paused: tuple[str, ...]
    languages: tuple[str, ...]
    texts: Mapping[str, str]


def get_client(session: Session, language: Language) -> Client:
    """The configuration as it stands, at most two seconds old."""
    on = switches.list_on(session)
    prefix = switches.PAUSE_CREDITING
    paused = sorted(name.removeprefix(prefix) for name in on if name.startswith(prefix))
    return Client(
        oldest_build=policy().client.oldest_build,
        oldest_days=policy().activities.oldest_days,
        is_read_only=switches.READ_ONLY in on,
        is_checkout_paused=switches.PAUSE_CHECKOUT in on,
        crediting_paused=tuple(paused),
        languages=tuple(language.tag for language in texts.list_offered()),
        texts={code: texts.text("client", code, language=language) for code in TEXTS},
    )
