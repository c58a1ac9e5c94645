"""Can this process serve? The probe behind `/readyz`: the database answers, its schema is known, Redis answers.

Without Redis limits count per process and nothing is lost, so its silence is reported and makes nobody unready. The
endpoints are in `backend.platform.web.health`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import redis
import structlog
from sqlalchemy.exc import SQLAlchemyError

from backend.platform.core import context
from backend.platform.core.errors import Refusal
from backend.platform.data import schema
from backend.platform.data.transactions import in_transaction

_log = structlog.get_logger("health")


class Health(StrEnum):
    """How one thing that the process needs is."""

    OK = "ok"
    DOWN = "down"
    BEHIND = "behind"  # the schema: a migration has not run
    UNKNOWN = "unknown"  # the schema of a database that does not answer


@dataclass(frozen=True)
class Readiness:
    """What the process needs, and how it is."""

    database: Health
    schema: Health
    redis: Health

    @property
    def is_ready(self) -> bool:
        """Whether the process can serve."""
        return self.schema is Health.OK


def probe() -> Readiness:
    """Ask the database and Redis now; raises nothing when they are silent."""
    redis_health = _redis_health()
    try:
        is_current = in_transaction(schema.is_current, read_only=True)
    except (SQLAlchemyError, Refusal) as error:
        _log.warning("the database does not answer", exc_info=error)
        return Readiness(Health.DOWN, Health.UNKNOWN, redis_health)
    return Readiness(Health.OK, Health.OK if is_current else Health.BEHIND, redis_health)


def _redis_health() -> Health:
    try:
        context.connection().ping()
    except redis.RedisError:
        return Health.DOWN
    return Health.OK
