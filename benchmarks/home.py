"""The home screen of somebody with a million activities beside that of somebody with ten thousand, on real PostgreSQL.

Both people live in one database and are asked in turns, so that a busy machine slows both. Their old activities are
copies of one that was really logged, with a record of their own size; the latest ones were all really logged.
"""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

import psycopg

from backend.accounts import service as accounts
from backend.activities import service as activities
from backend.methodology import service as methodology
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.core.i18n import ENGLISH
from backend.platform.data import transactions
from backend.portfolio import service as portfolio
from backend.profiles import service as profiles
from benchmarks.measurement import Measurement, row
from tests.worlds import World, postgresql_world

FEW, MANY = 10_000, 1_000_000
LATEST, READS = 20, 200
RIDE = {"mode": "metro", "distance": {"value": "0.5", "unit": "km"}}

# One activity as many times over, each three minutes older than the one before; what nobody reads again is left out.
_COPIES = """
INSERT INTO activities (user_id, id, client_id, methodology_id, occurred_at, occurred_on, duration_s, zone, region,
    given_region, inputs, declared_alternative, evidence_tier, status, reason, created_at, withdrawn_at)
SELECT user_id, 'act_' || lpad(n::text, 26, '0'), NULL, methodology_id, occurred_at - n * interval '3 minutes',
    (occurred_at - n * interval '3 minutes')::date, duration_s, zone, region, given_region, inputs,
    declared_alternative, evidence_tier, status, reason, created_at, withdrawn_at
FROM activities CROSS JOIN generate_series(1, %(copies)s) AS n WHERE user_id = %(owner)s AND id = %(first)s
"""


def run() -> list[Measurement]:
    """The median time of a home screen with many activities, and with few."""
    with postgresql_world() as world, world.app.app_context():
        for reviewer in ("usr_reviewer", "usr_second_reviewer"):
            transactions.in_transaction(lambda session, who=reviewer: methodology.adopt_library(session, who))
        people = {count: _person(world, count) for count in (FEW, MANY)}
        reads: dict[int, list[float]] = {count: [] for count in people}
        for _ in range(READS):
            for count, user_id in people.items():
                started = time.perf_counter()
                transactions.in_transaction(
                    lambda session, owner=user_id: portfolio.get_home(session, owner, ENGLISH), read_only=True
                )
                reads[count].append(time.perf_counter() - started)
    few, many = (statistics.median(reads[count]) * 1e3 for count in (FEW, MANY))
    return [row(f"home screen with {MANY:,} activities beside {FEW:,}", many, few, "<= 1.2", "ms")]


def _person(world: World, count: int) -> str:
    user_id = transactions.in_transaction(lambda session: accounts.create_user(session, is_guest=False))
    stated = {"region": "CN-BJ", "zone": "Asia/Shanghai"}
    transactions.in_transaction(lambda session: profiles.change_profile(session, user_id, stated))
    logged = [_ride(user_id, ago) for ago in range(LATEST)]
    with psycopg.connect(world.place.postgres.dsn("carbon"), autocommit=True) as connection:
        # a million foreign keys checked one by one would take longer than the benchmark
        connection.execute("SET session_replication_role = replica")
        connection.execute(_COPIES, {"owner": user_id, "first": logged[-1], "copies": count - LATEST})
        connection.execute("VACUUM ANALYZE activities")
    return user_id


def _ride(user_id: str, ago: int) -> str:
    """The id of a ride that was really logged, so many hours ago."""
    ride = activities.LogActivity("transport.low_carbon_trip", clock.now() - timedelta(hours=ago), RIDE)
    return transactions.in_transaction(lambda session: activities.log(session, user_id, ride, ENGLISH, policy())).id
