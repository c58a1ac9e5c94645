"""The message port: a text to one e-mail or phone. The local default writes it to the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import structlog

from config import Settings

EMAIL, PHONE = "email", "phone"


@dataclass(frozen=True)
class Message:
    """One text for one address. Phones get the body alone."""

    channel: str
    to: str
    subject: str
    body: str


class Messenger(Protocol):
    """Sends messages of its `channels`. Called outside any transaction, at least once per message."""

    channels: frozenset[str]

    def send(self, message: Message) -> None:
        """Hand over `message`; raise whatever went wrong, and it is tried again later."""


class LogMessenger:
    """The local default: in development the message, its code included, stands in the log; elsewhere only that it came.

    Production does not start with it; whoever calls it there, a copy of the settings or a test, must not find codes.
    """

    channels = frozenset({EMAIL, PHONE})

    def __init__(self, settings: Settings) -> None:
        self._log = structlog.get_logger("messages")
        self._shows = settings.environment == "development"

    def send(self, message: Message) -> None:
        """Write `message` to the log, or outside of development that there is no way out for it."""
        if self._shows:
            self._log.info(
                "message", channel=message.channel, to=message.to, subject=message.subject, body=message.body
            )
        else:
            self._log.warning("message not sent: CARBON_SMS_AND_MAIL names no way out", channel=message.channel)
