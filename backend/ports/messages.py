"""The message port: a text to one e-mail or phone. The local default writes it to the log.

A deployment adds its provider by registering a maker in `ADAPTERS`; `CARBON_SMS_AND_MAIL` chooses by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from backend import current
from config import Settings


@dataclass(frozen=True)
class Message:
    """One text for one address. Phones get the body alone."""

    channel: str  # email or phone
    to: str
    subject: str
    body: str


class Messenger(Protocol):
    """Sends messages. Called outside any transaction, at least once per message."""

    def send(self, message: Message) -> None:
        """Hand over `message`; raise whatever went wrong, and it is tried again later."""


class LogMessenger:
    """The local default: the message, its code included, stands in the log. Not for real people's addresses."""

    def __init__(self, _settings: Settings) -> None:
        self._log = structlog.get_logger("messages")

    def send(self, message: Message) -> None:
        """Write `message` to the log."""
        self._log.info("message", channel=message.channel, to=message.to, subject=message.subject, body=message.body)


ADAPTERS: dict[str, Callable[[Settings], Messenger]] = {"log": LogMessenger}


def the_messenger() -> Messenger:
    """The messenger of the current application; raise `ValueError` naming the known ones."""
    made: Messenger = current.remembered("messenger", lambda: _make(current.settings()))
    return made


def _make(settings: Settings) -> Messenger:
    if settings.sms_and_mail not in ADAPTERS:
        raise ValueError(f"CARBON_SMS_AND_MAIL: {settings.sms_and_mail!r} is none of {', '.join(sorted(ADAPTERS))}")
    return ADAPTERS[settings.sms_and_mail](settings)
