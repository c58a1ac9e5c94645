"""Where chaos is played: the product, a bank, people, an operator, and what strikes."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from backend.accounts import service as accounts
from backend.accounts.service import guests
from backend.checkout import flow, service
from backend.checkout.models import OrderRow
from backend.jobs import service as jobs
from backend.platform.core import clock
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.platform.core.roles import USER
from backend.platform.data.transactions import in_transaction
from backend.platform.ops.outbox import OutboxRow
from backend.platform.privacy.access_tokens import sign_access
from backend.profiles import service as profiles
from backend.registry import service as registry
from offsets import list_project_documents
from offsets.sandbox import Sandbox
from tests.backend.checkout.bank import Bank
from tests.backend.methodology.adoption import adopt_library
from tests.backend.registry.conftest import PROJECT, small_lot
from tests.faults.chaos import HANGS_UP, LOSES_MANY, Clocks, Guest, Person, Told, Traffic
from tests.faults.chaos_server import Product
from tests.faults.chaos_tally import Tally, list_all, take
from tests.faults.on_call import look_around
from tests.invariants import violations
from tests.worlds import LIVE, World

PEOPLE, GUESTS_EACH = 8, 12
BEFORE = timedelta(days=13)  # the accounts are this old
UNITS = 2_000
BEIJING = {"region": "CN-BJ", "zone": "Asia/Shanghai"}
ROUNDS = 30  # of the jobs; what still waits then waits for ever
LEAST_KILLS = 2
SHOWN = 20
REST_S = (0.2, 4.0)  # between a start and the next strike


@dataclass
class City:
    """A world, the product in it, people, and from play to play a new bank."""

    world: World
    product: Product
    bank_port: int

    @property
    def books(self) -> Flask:
        """The test's own application on the same database, to look and to act as an operator."""
        return self.world.app

    def rehearse(self) -> None:
        """Let somebody do everything once, so that the product starts as one that ran yesterday."""
        with self._opened() as bank, self.product.rehearsal():
            (person, *_) = self._settle(bank, Traffic(self.product.port), 0)
            person.rehearse()

    def play(self, seed: int, seconds: float, *, careless: bool = False) -> Outcome:
        """Let people live for `seconds` while `seed` decides what strikes, and compare when all is quiet."""
        with self._opened() as bank:
            traffic = Traffic(self.product.port)
            people = self._settle(bank, traffic, seed)
            for person in people:
                person.hangs_up = LOSES_MANY if careless else HANGS_UP
            killer = Killer(self, random.Random(seed))
            operator = Operator(self.books, traffic, random.Random(f"{seed} operator"))
            with ThreadPoolExecutor(len(people) + 1) as threads, self._running(traffic, careless=careless):
                lives = [threads.submit(person.live) for person in people] + [threads.submit(operator.live)]
                killer.strike_for(seconds, careless=careless)
                traffic.stopping.set()
                wait(lives)
            for life in lives:
                life.result()
            self._quiesce(bank)
            told = [person.told for person in people]
            tally = take(self.books, bank, told)
            return Outcome(
                traffic.counted, killer.strikes, self.product.slowest_start_s, told, tally, self._find_broken()
            )

    @contextmanager
    def _running(self, traffic: Traffic, *, careless: bool) -> Iterator[None]:
        """The product, killed a last time in the end; where it could not be started again nobody waits for it."""
        self.product.start(careless=careless)
        try:
            yield
        except BaseException:
            traffic.give_up()
            raise
        finally:
            self.product.kill()

    @contextmanager
    def _opened(self) -> Iterator[Bank]:
        """A database as new, and a bank that has seen nobody yet."""
        self.world.refresh()
        with self.books.app_context(), long_ago():
            self.world.begin_with("shelf", lambda: in_transaction(fill_shelf))
        notice_url = f"http://127.0.0.1:{self.product.port}/v1/webhooks/stripe"
        with Sandbox(port=self.bank_port, notice_url=notice_url) as sandbox:
            settings = self.books.extensions["carbon.settings"]
            self.books.extensions["carbon.settings"] = replace(settings, stripe_api_base=sandbox.url)
            bank = Bank(sandbox)
            yield bank
            bank.gateway.close()

    def _find_broken(self) -> list[Any]:
        """Every invariant that does not hold, every payment that the two books do not agree about, what lies dead."""
        with self.books.app_context():
            letters = in_transaction(jobs.list_dead_letters, read_only=True)
            return [*violations(self.books), *flow.compare_books(timedelta(days=1)), *letters]

    def _settle(self, bank: Bank, traffic: Traffic, seed: int) -> list[Person]:
        """Fresh people, and a shelf."""

        clocks = Clocks(
            end_hold=partial(self.write, "UPDATE orders SET hold_expires_at = placed_at WHERE id = %s"),
            ripen=partial(self.write, "UPDATE grants SET matures_at = now() WHERE user_id = %s AND matures_at > now()"),
        )
        with self.books.app_context(), long_ago():
            settled = [in_transaction(settle_in) for _ in range(PEOPLE)]
        people = []
        for number, (user_id, session_id, invited) in enumerate(settled):
            sessions = {user_id: session_id} | {guest.user_id: guest.session_id for guest in invited}
            dice = random.Random(f"{seed} {number}")
            sign = self._signer(sessions)
            people.append(Person(Told(user_id), invited, sign, bank, clocks, traffic, dice))
        return people

    def _signer(self, sessions: dict[str, str]) -> Callable[[str], str]:
        def sign(user_id: str) -> str:
            with self.books.app_context():
                return sign_access(user_id, sessions[user_id], frozenset({USER}))

        return sign

    def write(self, statement: str, *values: str) -> None:
        """Write past the product, again until the database is there: so that time passes."""
        while True:
            try:
                with psycopg.connect(self.world.place.postgres.dsn(LIVE), autocommit=True) as connection:
                    connection.execute(statement, values)
                    return
            except psycopg.OperationalError:
                threading.Event().wait(0.1)

    def let_time_pass(self) -> None:
        """Leases run out and looks fall due."""
        self.write("UPDATE outbox SET not_before = due_at")
        self.write("UPDATE payments SET look_at = asked_at WHERE look_at IS NOT NULL")

    def _quiesce(self, bank: Bank) -> None:
        """Every pending refund settles, every row of the outbox is handled, every payment is fetched."""
        bank.call("DELETE", "/_sandbox/faults")
        # a guest's record comes when nobody can act as the guest any more
        self.write("UPDATE outbox SET due_at = due_at - interval '1 day'")
        for number in range(ROUNDS):
            settled = settle_refunds(bank)
            self.let_time_pass()
            look_around(self.books)
            if number and not settled and not self._count_waiting():
                return
        raise AssertionError(f"{self._count_waiting()} rows of the outbox are never handled")

    def _count_waiting(self) -> int:
        with self.books.app_context():
            count = select(func.count()).select_from(OutboxRow)
            return in_transaction(lambda session: session.scalar(count), read_only=True)


@dataclass(frozen=True)
class Outcome:
    """What one play came to."""

    counted: Counter[str]
    strikes: Counter[str]
    slowest_start_s: float
    told: list[Told]
    tally: Tally
    broken: list[Any]

    def report(self) -> str:
        """For whoever reads the log of a long run."""
        refused: Counter[str] = sum((told.refused for told in self.told), Counter())
        return (
            f"{dict(self.counted)}\nstrikes {dict(self.strikes)}, slowest start {self.slowest_start_s:.1f} s\n"
            f"compared {dict(self.tally.compared)}\n"
            f"refused {dict(refused)}\n"
            + "\n".join(
                f"{name} {len(found)}" + "".join(f"\n    {one}" for one in found[:SHOWN])
                for name, found in (("lost", self.tally.lost), ("doubled", self.tally.doubled), ("broken", self.broken))
            )
        )


@dataclass
class Killer:
    """What strikes, and when."""

    city: City
    dice: random.Random

    def __post_init__(self) -> None:
        self.strikes: Counter[str] = Counter()

    def strike_for(self, seconds: float, *, careless: bool) -> None:
        """Strike until the time is over by the monotonic clock, and a few times at least, however slow the machine."""
        ends_at = time.monotonic() + seconds
        strikes = (self.kill_group, self.cut_connections, self.crash_database, self.empty_redis)
        while time.monotonic() < ends_at or self.strikes["kill_group"] < LEAST_KILLS:
            threading.Event().wait(self.dice.uniform(*REST_S))
            strike = self.dice.choices(strikes, (70, 12, 10, 8))[0]
            self.strikes[strike.__name__] += 1
            strike()
            if self.city.product.group is None:
                self.city.product.start(careless=careless)

    def kill_group(self) -> None:
        """Web server, workers and scheduler at once; now and then they stay away until every lease has run out."""
        self.city.product.kill()
        if self.dice.random() < 0.5:
            self.city.let_time_pass()

    def cut_connections(self) -> None:
        """Every connection to the database breaks, wherever it is."""
        with psycopg.connect(self.city.world.place.postgres.dsn("postgres"), autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (LIVE,))

    def crash_database(self) -> None:
        """The database dies under load, and recovers from its log."""
        self.city.world.place.postgres.restart("immediate")

    def empty_redis(self) -> None:
        """Redis forgets everything."""
        self.city.world.app.extensions["carbon.redis"].flushall()


@dataclass
class Operator:
    """Somebody of finance who gives back the money of whatever order may have it back, again and again."""

    books: Any
    traffic: Traffic
    dice: random.Random

    def live(self) -> None:
        """Ask until it is time to stop."""
        while not self.traffic.stopping.wait(0.3):
            try:
                with self.books.app_context():
                    in_transaction(self._refund_one)
            except (SQLAlchemyError, Refusal):  # the database is away, or the order has moved on
                continue

    def _refund_one(self, session: Any) -> None:
        going_back = select(OrderRow.user_id, OrderRow.id).where(OrderRow.state.in_(("paid", "late", "refunding")))
        found = session.execute(going_back.order_by(OrderRow.id)).all()
        if found:
            user_id, order_id = self.dice.choice(found)
            decision = service.RefundDecision("usr_finance", "asked by telephone")
            service.refund(session, user_id, order_id, decision)
            self.traffic.count("refunds asked by an operator")


def settle_refunds(bank: Bank) -> int:
    """Let every refund that is on its way arrive; return how many."""
    pending = [refund["id"] for refund in list_all(bank, "/v1/refunds") if refund["status"] == "pending"]
    for refund_id in pending:
        bank.call("POST", f"/_sandbox/refunds/{refund_id}/settle", {"succeeded": True})
    return len(pending)


def long_ago() -> AbstractContextManager[None]:
    """Both clocks stand before anything that will happen."""
    return clock.installed(lambda: datetime.now(UTC) - BEFORE)


def fill_shelf(session: Any) -> None:
    adopt_library(session, "usr_reviewer")
    registry.record_project(session, PROJECT, list_project_documents()[PROJECT])
    registry.import_block(session, PROJECT, small_lot("a", units=UNITS), who="test")


def settle_in(session: Any) -> tuple[str, str, list[Guest]]:
    """Somebody in Beijing, and guests who were asked whether they join."""
    user_id, session_id = _enter(session, is_guest=False)
    invited = []
    for _ in range(GUESTS_EACH):
        guest_id, guest_session = _enter(session, is_guest=True)
        question = guests.ask(session, Actor(guest_id, guest_session, frozenset({USER})), user_id)
        assert question is not None
        invited.append(Guest(guest_id, guest_session, question))
    return user_id, session_id, invited


def _enter(session: Any, *, is_guest: bool) -> tuple[str, str]:
    user_id = accounts.create_user(session, is_guest=is_guest)
    profiles.change_profile(session, user_id, BEIJING)
    opened = accounts.open_session(session, user_id, "guest", None, is_guest=is_guest)
    return user_id, opened.session_id
