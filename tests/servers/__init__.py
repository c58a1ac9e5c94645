"""Real PostgreSQL and Redis for tests, faults and benchmarks, from whatever binaries this machine has.

    with PostgresServer.started() as postgres, RedisServer.started() as redis:
        psycopg.connect(postgres.dsn("postgres"))

Both listen on a unix socket in a scratch directory of their own, need no service installed by hand, and are
gone with the process that started them, also after Ctrl-C or a kill.
"""

from tests.servers.postgres import PostgresServer
from tests.servers.redis import RedisServer

__all__ = ["PostgresServer", "RedisServer"]
