"""Rate limits: how often something may be tried, by network address, by e-mail or phone, by account.

Counted in Redis with the engine behind Flask-Limiter (`limits`), before any transaction opens. While Redis is down
each process counts for itself, so that sign-in stays limited and open. Keys are hashed: Redis never sees an address.
"""

from __future__ import annotations

import ipaddress
import math
import re
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis
import structlog
from flask import request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from backend.platform.core import clock, context
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.platform.privacy.vault import the_vault

# Whom a limit counts; any other word names a field of the body.
NETWORK, ACCOUNT = "network", "account"
IPV6_HOUSEHOLD = 64  # one household is handed a whole /64 and may change its address at will
LOOK_AGAIN_S = 5.0
_FILLERS = re.compile(r"[\s().-]")  # what people write between the digits of a phone number

_log = structlog.get_logger("limits")


@dataclass(frozen=True)
class Limit:
    """`rate` ("10 per 15 minutes") tries of `name` for each `by`: NETWORK, ACCOUNT, or a field of the body."""

    name: str
    rate: str
    by: str

    def __post_init__(self) -> None:
        parse(self.rate)  # a rate that cannot be read fails at import, not at the first request


class Counter:
    """Counts tries in Redis, and in this process while Redis is down."""

    def __init__(self, connection: redis.Redis) -> None:
        # the pool is handed over, so the URL only names the kind of server
        self._shared = MovingWindowRateLimiter(RedisStorage("redis://", connection_pool=connection.connection_pool))
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._down_until = 0.0

    def hit(self, rate: RateLimitItem, *key: str) -> float | None:
        """Count one try; return None, or how many seconds to wait when there were too many."""
        if time.monotonic() >= self._down_until:
            try:
                return _hit(self._shared, rate, *key)
            except redis.RedisError as error:
                self._down_until = time.monotonic() + LOOK_AGAIN_S
                _log.warning("redis_down", counting="in this process", reason=type(error).__name__)
        return _hit(self._own, rate, *key)


def _hit(limiter: MovingWindowRateLimiter, rate: RateLimitItem, *key: str) -> float | None:
    if limiter.hit(rate, *key):
        return None
    wait = limiter.get_window_stats(rate, *key).reset_time - clock.now().timestamp()
    # the window keeps the machine's time; a project clock moved by a test must not leave the period
    return min(max(wait, 1.0), float(rate.get_expiry()))


def take(limits: Sequence[Limit], actor: Actor, body: Mapping[str, Any]) -> None:
    """Count this request against each of `limits`; raise `request.too_many` with the seconds to wait."""
    if not context.settings().rate_limits:
        return
    counter: Counter = context.remembered("limits", _counter)
    waits = []
    for limit in limits:
        wait = counter.hit(parse(limit.rate), limit.name, limit.by, _counted(limit.by, actor, body))
        if wait is not None:
            waits.append(wait)
    if waits:
        raise Refusal("request.too_many", retry_after_s=math.ceil(max(waits)))


def _counter() -> Counter:
    return Counter(context.connection())


def _counted(by: str, actor: Actor, body: Mapping[str, Any]) -> str:
    if by == NETWORK:
        return hash_network()
    if by == ACCOUNT:
        return actor.user_id
    return the_vault().keyed_hash("limit", normalize(str(body.get(by, ""))))


def normalize(value: str) -> str:
    """`value` as it is counted: one spelling of an address, in whatever width, case and punctuation it is written."""
    plain = unicodedata.normalize("NFKC", value).strip().casefold()
    return plain if "@" in plain else _FILLERS.sub("", plain)


def hash_network() -> str:
    """The network this request comes from, as nobody can read it back."""
    return the_vault().keyed_hash("limit", _network(request.remote_addr or ""))


def _network(address: str) -> str:
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return address
    if read.version == 4:
        return str(read)
    return str(ipaddress.ip_network((read, IPV6_HOUSEHOLD), strict=False))
