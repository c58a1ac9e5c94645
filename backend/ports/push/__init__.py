"""Pushes: a few words on the screen of a phone that lies there. One port, the log by default, Web Push when configured.

    the_push().send(subscription, message)

`subscriptions` says which of the addresses that devices hand in we would ever call. A door to a slow, remote thing: it
refuses to be used while a transaction is open.
"""

from __future__ import annotations

from collections.abc import Callable

from backend.platform.core import context
from backend.ports.adapters import choose
from backend.ports.push.local import LogPush
from backend.ports.push.port import Push, PushFailed, PushMessage, Subscription, SubscriptionGone
from backend.ports.push.subscriptions import read_subscription
from config import Settings

__all__ = [
    "Push",
    "PushFailed",
    "PushMessage",
    "Subscription",
    "SubscriptionGone",
    "read_subscription",
    "the_push",
]


def _web_push(settings: Settings) -> Push:
    # its client is a fortieth of the time to start, and most who start send to no phone
    from backend.ports.push.web_push import WebPush

    return WebPush(settings)


ADAPTERS: dict[str, Callable[[Settings], Push]] = {
    "log": LogPush,
    "webpush": _web_push,
}


def the_push() -> Push:
    """The way to phones of the current application; raise `ValueError` naming the known ones."""
    made: Push = context.remembered("push", lambda: _make(context.settings()))
    return made


def _make(settings: Settings) -> Push:
    return choose(ADAPTERS, "CARBON_PUSH", settings.push, settings)
