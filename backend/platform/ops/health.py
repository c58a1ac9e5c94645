"""Can this process serve? The probe behind `/readyz`: the database answers, its schema is known, every master key that
something was wrapped by is here, Redis answers.

Without Redis limits count per process and nothing is lost, so its silence is reported and makes nobody unready. The
endpoints are in `backend.platform.web.health`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import redis
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.platform.core import context
from backend.platform.core.errors import Refusal
from backend.platform.data import schema
from backend.platform.data.transactions import in_transaction
from backend.platform.privacy import key_exchange

_log = structlog.get_logger("health")


NO_NAME = "(no name)"  # the master of keys from before masters had names


class Health(StrEnum):
    """How one thing that the process needs is."""

    OK = "ok"
    DOWN = "down"
    BEHIND = "behind"  # the schema: a migration has not run
    UNKNOWN = "unknown"  # the schema and the keys of a database that does not answer


@dataclass(frozen=True)
class Readiness:
    """What the process needs, and how it is."""

    database: Health
    schema: Health
    keys: str  # ok, unknown, or which masters are missing
    redis: Health

    @property
    def is_ready(self) -> bool:
        """Whether the process can serve."""
        return self.schema is Health.OK and self.keys == Health.OK


def probe() -> Readiness:
    """Ask the database and Redis now; raises nothing when they are silent."""
    redis_health = _redis_health()
    try:
        is_current, missing = in_transaction(_look, read_only=True)
    except (SQLAlchemyError, Refusal) as error:
        _log.warning("the database does not answer", exc_info=error)
        return Readiness(Health.DOWN, Health.UNKNOWN, Health.UNKNOWN, redis_health)
    if not is_current:
        return Readiness(Health.OK, Health.BEHIND, Health.UNKNOWN, redis_health)
    return Readiness(
        Health.OK,
        Health.OK,
        f"missing {', '.join(name or NO_NAME for name in missing)}" if missing else Health.OK,
        redis_health,
    )


def _look(session: Session) -> tuple[bool, list[str]]:
    """Whether the schema is known, and the masters that some key needs and that are not configured."""
    is_current = schema.is_current(session)
    return is_current, key_exchange.find_missing(session) if is_current else []


def _redis_health() -> Health:
    try:
        context.connection().ping()
    except redis.RedisError:
        return Health.DOWN
    return Health.OK
