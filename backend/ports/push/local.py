"""The local default: pushes stand in the log beside the letters. Nobody's phone rings."""

from __future__ import annotations

import structlog

from backend.platform.data.transactions import refuse_in_transaction
from backend.ports.push.port import PushMessage, Subscription
from config import Settings


class LogPush:
    """Writes to the log what a lock screen would show; the keys of the device stay out of it."""

    application_server_key: str | None = None

    def __init__(self, _settings: Settings) -> None:
        self._log = structlog.get_logger("messages")

    def send(self, subscription: Subscription, message: PushMessage) -> None:
        """Write `message` to the log."""
        refuse_in_transaction()
        self._log.info("push", service=subscription.service, kind=message.kind, title=message.title)
