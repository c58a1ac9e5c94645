"""The Redis connection: a real server, or an in-process stand-in for the one-process default.

Redis holds nothing that cannot be lost: caches, rate limits, league tables. No balance, lock or dedupe lives here.
"""

from __future__ import annotations

import fakeredis
import redis

from config import Settings


def connect(settings: Settings) -> redis.Redis:
    """A client for `settings.redis_url`; short timeouts, since nothing here is worth waiting for."""
    if settings.redis_url.startswith("embedded://"):
        return fakeredis.FakeRedis(server=fakeredis.FakeServer())
    return redis.Redis.from_url(settings.redis_url, socket_timeout=0.5, socket_connect_timeout=0.5)
