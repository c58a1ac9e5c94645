"""The Redis connection: a real server, or an in-process stand-in for the one-process default.

Redis holds nothing that cannot be lost: caches, rate limits, league tables. No balance, lock or dedupe lives here.
"""

from __future__ import annotations

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config import Settings

TIMEOUT_S = 0.5


def connect(settings: Settings) -> redis.Redis:
    """A client for `settings.redis_url`; short timeouts and no second try, since nothing here is worth waiting for."""
    if settings.redis_url.startswith("embedded://"):
        import fakeredis  # which nobody needs who has a server

        return fakeredis.FakeRedis(server=fakeredis.FakeServer())
    return redis.Redis.from_url(
        settings.redis_url,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        # the client's own default would try for eight seconds while a request waits
        retry=Retry(NoBackoff(), 0),
    )
