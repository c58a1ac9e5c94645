"""The push port: what is pushed, to what, and how it may fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Subscription:
    """Where one device is reached, and what only it can open. Whoever has all three can write to that device."""

    service: str  # of services.toml
    endpoint: str = field(repr=False)
    public_key: bytes = field(repr=False)  # of the device: an uncompressed point on P-256
    auth_secret: bytes = field(repr=False)


@dataclass(frozen=True)
class PushMessage:
    """What a lock screen shows. A device that gets the same `id` again shows it once."""

    id: str
    kind: str
    title: str
    lifetime_s: int  # a device that stays away for longer never gets it


class PushFailed(Exception):
    """The push service did not take the message; it may be tried again."""


class SubscriptionGone(Exception):
    """The push service knows this subscription no longer: nothing sent there ever arrives."""


class Push(Protocol):
    """Sends messages to devices. Called outside any transaction, at least once per message and device."""

    # what a device must subscribe with, base64url; None where no subscription reaches anything
    application_server_key: str | None

    def send(self, subscription: Subscription, message: PushMessage) -> None:
        """Hand over `message`; raise `SubscriptionGone`, or whatever went wrong, and it is tried again later."""
