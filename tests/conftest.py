"""What every test may ask for by name.

app, client, session, in_transaction, settings   a fresh migrated database; on which engine: tests/engines.py
frozen_clock                                     a clock that stands still until the test moves it
counts(small=…, long=…)                          how many: the long number under --long
parallel(n, work)                                n threads through one barrier
live_server                                      the app on a loopback port, one thread per request
make_app(**changes)                              another app on the same database with other settings
"""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from tests import coverage
from tests.clocks import START, FrozenClock
from tests.engines import BOTH, engines_of
from tests.network import refuse_the_network
from tests.races import Race
from tests.races import parallel as run_in_parallel

T = TypeVar("T")
LONG_TIMEOUT_S = 3600
ADOPTED = f"adopted_{START:%Y%m%d_%H%M%S}"  # what the fixture `rule_book` begins with, where nobody moved the clock

hypothesis.settings.register_profile("small", max_examples=25, derandomize=True, database=None, deadline=None)
hypothesis.settings.register_profile("long", max_examples=1000, database=None, deadline=None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the full counts and the tests marked long")
    parser.addoption(
        "--clock-skew", type=int, default=0, help="run with a process clock this many seconds ahead of the database's"
    )
    parser.addoption("--renew-wire", action="store_true", help="keep the wire as it is now; commit the difference")
    parser.addoption("--renew-readings", action="store_true", help="read all papers and keep what they say")
    parser.addoption("--renew-pictures", action="store_true", help="take the pictures of the documentation anew")
    parser.addoption("--album", type=Path, help="keep every page that the tests have checked in this directory")
    parser.addoption("--engine", choices=BOTH, help="run stateful tests on this engine only")
    parser.addoption("--coverage", action="store_true", help="print the coverage by room, as a run of everything does")


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.load_profile("long" if config.getoption("--long") else "small")
    refuse_the_network()
    if coverage.is_wanted(config):
        measured = coverage.RoomCoverage()
        measured.start()
        config.pluginmanager.register(measured, "coverage by room")
    # a polite kill cleans up like Ctrl-C does: servers stopped, scratch directories removed; and Ctrl-C itself is
    # ignored, by us and by every process we start, when a script runs the tests in the background
    for polite in (signal.SIGTERM, signal.SIGINT):
        signal.signal(polite, signal.default_int_handler)


def pytest_collection_finish() -> None:
    # a full collection looks at every module ever imported; what is there now is there to stay
    gc.collect()
    gc.freeze()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--engine")
        usual = engines_of(metafunc.definition, is_long=metafunc.config.getoption("--long"))
        metafunc.parametrize("engine", [chosen] if chosen else usual, indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        for item in items:
            if not item.get_closest_marker("timeout"):
                item.add_marker(pytest.mark.timeout(LONG_TIMEOUT_S))
    else:
        later = pytest.mark.skip(reason="takes minutes: python3 run.py test --long")
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(later)


@pytest.fixture(scope="session")
def _worlds() -> Iterator[Callable[[str], Any]]:
    """The worlds of this worker, each opened when a test first needs it."""
    from tests.worlds import WORLDS  # here, so that tests of the rule books need no backend

    with ExitStack() as open_worlds:
        known: dict[str, Any] = {}

        def world(name: str) -> Any:
            if name not in known:
                known[name] = open_worlds.enter_context(WORLDS[name]())
            return known[name]

        yield world


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The engine this run of the test uses: "sqlite" or "postgresql"."""
    return request.param


@pytest.fixture
def world(engine: str, _worlds: Callable[[str], Any], request: pytest.FixtureRequest) -> Iterator[Any]:
    """A fresh database and an empty Redis; afterwards every invariant holds."""
    fresh = _worlds(engine)
    fresh.refresh(*(name for name in (ADOPTED,) if "rule_book" in request.fixturenames and fresh.has_kept(name)))
    yield fresh
    if not fresh.is_untouched and not request.node.get_closest_marker("breaks_invariants"):
        assert fresh.checks.violations() == []


@pytest.fixture
def settings(world: Any) -> Any:
    return world.settings


@pytest.fixture(autouse=True)
def word_counts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is told counts as attested, and from any day, but in tests marked `allowance`, which are about that."""
    if request.node.get_closest_marker("allowance") is None and "corpora" not in request.node.path.parts:
        monkeypatch.setattr("backend.activities.service.allowance.is_attested", lambda rule, support: True)
        monkeypatch.setattr("backend.activities.service.allowance.days_counted", lambda days, begun_on: None)


@pytest.fixture
def app(world: Any) -> Flask:
    return world.app


@pytest.fixture
def make_app(world: Any) -> Iterator[Callable[..., Flask]]:
    """Build another app on the same database: `make_app(trusted_proxies=1)`."""
    from backend.app.factory import create_app

    made: list[Flask] = []

    def make(**changes: Any) -> Flask:
        made.append(create_app(replace(world.settings, **changes)))
        return made[-1]

    yield make
    for app in made:
        app.extensions["carbon.engine"].dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def in_transaction(app: Flask) -> Callable[..., Any]:
    """`in_transaction(work)`: the transaction door, with the app's context around it."""
    from backend.platform.data import transactions

    def run(work: Callable[[Any], T], **options: Any) -> T:
        with app.app_context():
            return transactions.in_transaction(work, **options)

    return run


@pytest.fixture
def session(app: Flask) -> Iterator[Any]:
    """A session inside an app context, for looking and for services; what it writes is rolled back."""
    from backend.platform.data.transactions import QueueingSession

    with (
        app.app_context(),
        QueueingSession(app.extensions["carbon.engine"], expire_on_commit=False) as opened,
    ):
        yield opened
        opened.rollback()


@pytest.fixture(autouse=True)
def _skewed_clock(request: pytest.FixtureRequest) -> Iterator[None]:
    """Under `--clock-skew` this process is wrong about the time, and the database is right."""
    skew_s = request.config.getoption("--clock-skew")
    if not skew_s:
        yield
        return
    from backend.platform.core import clock

    with clock.process_clock_installed(lambda: datetime.now(UTC) + timedelta(seconds=skew_s)):
        yield


@pytest.fixture
def frozen_clock() -> Iterator[FrozenClock]:
    from backend.platform.core import clock

    frozen = FrozenClock()
    with clock.installed(frozen):
        yield frozen


@pytest.fixture(scope="session")
def counts(request: pytest.FixtureRequest) -> Callable[..., int]:
    """`counts(small=5, long=50)`: the number this run is meant to use."""
    is_long = request.config.getoption("--long")

    def choose(*, small: int, long: int) -> int:
        return long if is_long else small

    return choose


@pytest.fixture(scope="session")
def parallel() -> Callable[[int, Callable[[int], T]], Race[T]]:
    return run_in_parallel


@dataclass(frozen=True)
class LiveServer:
    """The app behind a real socket; `url` has no trailing slash."""

    url: str


@pytest.fixture
def live_server(app: Flask) -> Iterator[LiveServer]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield LiveServer(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
