"""The doctor: looks at everything an installation needs and says what is wrong, with the remedy.

Slices add what they know with `declare` in their `wiring`. Looks only; `flask doctor` prints what it finds.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import redis
from flask import Flask, current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.platform.core import clock, context
from backend.platform.core.errors import Refusal
from backend.platform.data import schema
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import invariants, switches
from backend.platform.ops.cli_schema import REMEDY

SKEW_ALLOWED_S = 2.0
DISK_NEEDED_BYTES = 1 << 30
LONGEST_POSTGRES_NAME = 63


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and what to do about it."""

    words: str
    remedy: str


Look = Callable[[Session], Iterable[Finding]]


@dataclass(frozen=True)
class Diagnosis:
    """What one look has found; nothing when all is well."""

    subject: str
    findings: list[Finding]


def declare(app: Flask, subject: str, look: Look) -> None:
    """Let the doctor look at `subject` too, in a read-only transaction."""
    app.extensions.setdefault("carbon.looks", {})[subject] = look


def examine(app: Flask, *, deeply: bool = False) -> Iterator[Diagnosis]:
    """Look at everything, `deeply` at every invariant as well; without a current database, at what needs none."""
    yield Diagnosis("settings", list(_at_settings()))
    yield Diagnosis("key files", list(_at_key_files()))
    yield Diagnosis("disk", list(_at_disk()))
    yield Diagnosis("redis", list(_at_redis()))
    reachable = list(_at_database())
    yield Diagnosis("database", reachable)
    if reachable:
        return
    behind = in_transaction(partial(_look_through, _at_schema), read_only=True)
    yield Diagnosis("schema", behind)
    if behind:  # what is asked next may stand in a table that is not there yet
        return
    own: dict[str, Look] = {"clock": _at_clock, "switches": _at_switches}
    for subject, look in (own | current_app.extensions.get("carbon.looks", {})).items():
        yield Diagnosis(subject, in_transaction(partial(_look_through, look), read_only=True))
    yield Diagnosis("triggers", list(_at_triggers(app)))
    if deeply:
        yield Diagnosis("invariants", list(_at_invariants()))


def _look_through(look: Look, session: Session) -> list[Finding]:
    return list(look(session))


def _at_settings() -> Iterator[Finding]:
    settings = context.settings()
    if not settings.is_production:
        return
    if settings.database_url.startswith("sqlite"):
        yield Finding("production runs on SQLite, for one process only", "set CARBON_DATABASE_URL to PostgreSQL")
    if settings.redis_url.startswith("embedded"):
        yield Finding("each worker has a Redis of its own", "set CARBON_REDIS_URL to a server they share")
    if settings.sms_and_mail == "log":
        yield Finding("codes and letters go to the log, to nobody else", "set CARBON_SMS_AND_MAIL to an adapter")


def _at_key_files() -> Iterator[Finding]:
    for path in sorted(context.settings().var_dir.glob("*.pem")):
        if path.stat().st_mode & 0o077:
            yield Finding(f"others on this machine can read {path.name}", f"chmod 600 {path}")


def _at_disk() -> Iterator[Finding]:
    free = shutil.disk_usage(context.settings().var_dir).free
    if free < DISK_NEEDED_BYTES:
        yield Finding(f"only {free >> 20} MiB are free under CARBON_VAR_DIR", "make room, or move CARBON_VAR_DIR")


def _at_redis() -> Iterator[Finding]:
    try:
        context.connection().ping()
    except redis.RedisError as error:
        yield Finding(
            f"Redis does not answer ({type(error).__name__}): limits count per process",
            "start it, or correct CARBON_REDIS_URL; nothing is lost meanwhile",
        )


def _at_database() -> Iterator[Finding]:
    try:
        in_transaction(lambda session: session.execute(text("SELECT 1")), read_only=True)
    except (SQLAlchemyError, Refusal) as error:
        reason = str(error.__cause__ or error).splitlines()[0]
        yield Finding(f"the database does not answer: {reason}", "start it, or correct CARBON_DATABASE_URL")


def _at_schema(session: Session) -> Iterator[Finding]:
    if not schema.is_current(session):
        yield Finding("the schema is behind the code", REMEDY)


def _at_clock(session: Session) -> Iterator[Finding]:
    skew_s = (clock.now() - clock.database_now(session)).total_seconds()
    if abs(skew_s) > SKEW_ALLOWED_S:
        yield Finding(
            f"this machine's clock and the database's differ by {skew_s:+.1f} s",
            "let both follow the same time server (timedatectl status)",
        )


def _at_switches(session: Session) -> Iterator[Finding]:
    for switch in switches.list_all(session):
        if switch.is_on:
            since = switch.changed_at.isoformat(timespec="minutes")
            yield Finding(
                f"{switch.name} is on since {since}, by {switch.changed_by}: {switch.reason}",
                f"when it is over: flask --app wsgi switches off {switch.name} --who YOU --reason WHY",
            )


def _at_invariants() -> Iterator[Finding]:
    for broken in invariants.run_whole():
        yield Finding(
            f"{broken.check}: {broken.found}",
            f"flask --app wsgi switches on {switches.READ_ONLY}, and find out before anybody writes again",
        )


def _at_triggers(app: Flask) -> Iterator[Finding]:
    wanted = _triggers_of_a_fresh_database()
    if app.extensions["carbon.engine"].dialect.name == "postgresql":
        # it cuts long names, and needs nothing against SQLite's INSERT OR REPLACE
        wanted = {name[:LONGEST_POSTGRES_NAME] for name in wanted if "_replace_" not in name}
    for name in sorted(wanted - schema.trigger_names(app)):
        yield Finding(
            f"the trigger {name} is missing: what it protects can be rewritten",
            "restore it from its migration before anybody writes again, and look at how it went",
        )


@cache
def _triggers_of_a_fresh_database() -> set[str]:

    with tempfile.TemporaryDirectory(prefix="carbon-doctor-") as folder:
        fresh = replace(context.settings(), database_url=f"sqlite:///{Path(folder)}/fresh.db", redis_url="embedded://")
        app = current_app.extensions["carbon.factory"](fresh)
        schema.upgrade_schema(app)
        names = schema.trigger_names(app)
        app.extensions["carbon.engine"].dispose()
    return names


def look_at(session: Session, subject: str) -> list[Finding]:
    """What one declared look finds now; nothing for a subject that nobody declared."""
    look: Look | None = current_app.extensions.get("carbon.looks", {}).get(subject)
    return [] if look is None else _look_through(look, session)
