"""The real servers: found, reachable, restartable, and gone with whoever started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from tests.house.source import ROOT
from tests.servers import PostgresServer, RedisServer, postgres
from tests.servers.process import ServerDidNotStart, make_scratch, remove_scratch

STARTER = """
import sys, time
from tests.servers import PostgresServer, RedisServer
with PostgresServer.started() as postgres, RedisServer.started() as redis:
    print(postgres.scratch, postgres.running.pid, redis.scratch, redis.running.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def server():
    with PostgresServer.started(durable=True) as started:
        yield started


def write(server, value):
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value TEXT)")
        connection.execute("INSERT INTO kept VALUES (%s)", [value])


def kept(server):
    with psycopg.connect(server.dsn("postgres")) as connection:
        return {value for (value,) in connection.execute("SELECT value FROM kept")}


def test_what_was_committed_survives_an_immediate_restart_and_a_kill(server):
    write(server, "before the restart")
    server.restart("immediate")
    write(server, "before the kill")
    server.kill()
    server.start()
    assert kept(server) >= {"before the restart", "before the kill"}


def test_a_copy_of_a_database_holds_what_its_template_held(server):
    write(server, "in the template")
    server.create_database("copy", template="postgres")
    with psycopg.connect(server.dsn("copy")) as connection:
        assert ("in the template",) in connection.execute("SELECT value FROM kept").fetchall()
    server.drop_database("copy")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.dsn("copy"))


def test_the_wheel_alone_is_enough(monkeypatch):
    monkeypatch.setattr(postgres, "_candidates", list)
    with PostgresServer.started() as started, psycopg.connect(started.dsn("postgres")) as connection:
        assert str(started.scratch) in str(started.binaries)
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_cannot_start_shows_its_own_words(server):
    empty = make_scratch("pg")
    with pytest.raises(ServerDidNotStart, match="could not access directory"):
        PostgresServer(server.binaries, empty, durable=False).start()
    remove_scratch(empty)


def test_redis_forgets_everything_when_it_restarts():
    with RedisServer.started() as server:
        with redis.Redis.from_url(server.url) as client:
            client.set("league", "gold")
        server.restart()
        with redis.Redis.from_url(server.url) as client:
            assert client.get("league") is None


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_servers_are_gone_with_whoever_started_them(how):
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with starter:
        pg_scratch, pg_pid, redis_scratch, redis_pid = starter.stdout.readline().split()
        starter.send_signal(how)
    deadline = time.monotonic() + 10
    while any(map(is_running, (pg_pid, redis_pid))) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, (pg_pid, redis_pid)))
    if how is signal.SIGINT:
        assert not any(map(os.path.exists, (pg_scratch, redis_scratch)))
    else:
        for left in (pg_scratch, redis_scratch):  # nobody was left to remove them
            subprocess.run(["rm", "-rf", left], check=True)


def is_running(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
