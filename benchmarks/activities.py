"""Logging an activity over HTTP, on real PostgreSQL under granian, beside the smallest route that writes one row.

Four hundred people live through real days, one day a round. In each round the same bodies go to the yardstick, then to
the product, then to the yardstick again, so that a busy machine slows both. A caller is cold when the server's
processes have just started and never saw them: so is everybody for the first activity they post of their day. The
other seven find them warm. Which of the eight comes first differs from person to person: both parts hold the same mix.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from benchmarks import habits, population, yardstick
from benchmarks.databases import Databases
from benchmarks.http_client import HttpClient, Sent
from benchmarks.measurement import ROUNDS, Outcome, Unmeasured, apart, is_quick, paired_row, row
from benchmarks.population import Person, Written
from benchmarks.server import PRODUCT, WORKERS, YARDSTICK, Served, served
from benchmarks.traffic import Traffic, TrafficCounter, counted
from tests.worlds import World, postgresql_world

AIM = ">= 0.3"
# Turns of somebody's day: in the first they are cold, in the rest warm.
DAY, FIRST, REST = range(habits.A_DAY), range(1), range(1, habits.A_DAY)
# Who was away for longer may be unknown to the process again.
WARM_WITHIN_S = 4.0
TOO_BUSY = "The machine is so busy that callers grow cold between two of their requests."
LEAST_CREDITED, MOST_HELD = 0.7, 0.02  # shares of the answers: a benchmark of refusals is worth nothing


@dataclass(frozen=True)
class Plan:
    """How much is measured; `newcomers` are people who only warm the server up."""

    people: int = 400
    newcomers: int = 96
    rounds: int = ROUNDS
    spare_days: int = 4  # for rounds that do not count
    connections: int = 32
    workers: int = WORKERS

    @property
    def days(self) -> int:
        """How many days are lived at most: one a round, and the last to count on."""
        return self.rounds + self.spare_days + 1


@dataclass(frozen=True)
class Part:
    """What the requests of one kind took in one round, all together."""

    requests: int
    seconds: float
    wal_bytes: int
    server_cpu_s: float
    database_cpu_s: float
    client_cpu_s: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds

    def __add__(self, other: Part) -> Part:
        return Part(
            self.requests + other.requests,
            self.seconds + other.seconds,
            self.wal_bytes + other.wal_bytes,
            self.server_cpu_s + other.server_cpu_s,
            self.database_cpu_s + other.database_cpu_s,
            self.client_cpu_s + other.client_cpu_s,
        )


@dataclass(frozen=True)
class Round:
    """One day: everybody's first activity, their other seven, and the yardstick before and after."""

    cold: Part
    warm: Part
    yardstick: Part


@dataclass
class Stage:
    """Where it is measured: the people and their days, the client, and what the product has answered so far."""

    world: World
    plan: Plan
    client: HttpClient
    people: Sequence[Person]
    days: Sequence[date]
    databases: Databases
    answered: Counter[str] = field(default_factory=Counter)  # by status, and by reason where nothing was credited

    def connect(self, server: Served) -> None:
        self.client.connect(server.port, self.plan.connections)

    def stayed_warm(self, made: Round) -> bool:
        """Whether nobody was away for so long in a round that the server may have forgotten them."""
        return self.plan.people / made.warm.rate <= WARM_WITHIN_S

    def crowd_on(self, on: date) -> list[list[Written]]:
        """What those who are measured post on a day."""
        return population.write_day(self.world, self.people[: self.plan.people], on)

    def newcomers_on(self, on: date) -> list[list[Written]]:
        """What those post who only warm the server up."""
        return population.write_day(self.world, self.people[self.plan.people :], on)


QUICKLY = Plan(people=96, newcomers=32, rounds=2, spare_days=1)


def run() -> Iterator[Outcome]:
    """Requests per second of both routes, with commits that wait for the disk and with commits that do not."""
    plan = QUICKLY if is_quick() else Plan()
    with postgresql_world(durable=True) as world, HttpClient() as client:
        stage = prepare(world, plan, client, population.last_days(plan.days))
        stage.databases.keep()
        yield from measure(stage)
        stage.databases.begin_again(synchronous=False)
        name = "log an activity, not waiting for the disk"
        yield from apart(name, lambda: _rates(name, stage, measure_rounds(stage)))


def prepare(world: World, plan: Plan, client: HttpClient, days: Sequence[date]) -> Stage:
    """The people of `plan` in the database of `world`, which must be empty, and a place for the yardstick's rows.

    `days` are those they are going to live, as many as the plan says.
    """
    people = population.settle_in(world, plan.people + plan.newcomers, days)
    databases = Databases(world)
    databases.execute(yardstick.TABLE)
    return Stage(world, plan, client, people, days, databases)


def measure(stage: Stage) -> Iterator[Outcome]:
    """The rows of one life of the people: rates and costs day by day, and on the last day what PostgreSQL was asked."""
    name = "log an activity"
    yield from apart(name, lambda: _rates_and_costs(name, stage))
    yield from apart(f"{name}, statements and round trips", lambda: _traffic_rows(name, stage))


def _rates_and_costs(name: str, stage: Stage) -> Iterator[Outcome]:
    rounds = measure_rounds(stage)
    yield from _rates(name, stage, rounds)
    yield from _costs(name, stage, rounds)


def measure_rounds(stage: Stage) -> list[Round]:
    """One round a day; raises `RuntimeError` where the answers are not those of an ordinary life.

    A round so slow that callers grew cold between two of their requests says nothing of warm ones, and another day
    takes its place as long as there is one.
    """
    stage.answered.clear()
    rounds: list[Round] = []
    with served(stage.world, YARDSTICK, workers=stage.plan.workers) as smallest:
        for on in stage.days[:-1]:
            rounds.append(_round(stage, smallest, on))
            print("." if stage.stayed_warm(rounds[-1]) else "x", end="", file=sys.stderr, flush=True)
            if sum(map(stage.stayed_warm, rounds)) == stage.plan.rounds:
                break
    print(file=sys.stderr)
    check_answers(stage.answered)
    return rounds


def _round(stage: Stage, smallest: Served, on: date) -> Round:
    crowd, newcomers = stage.crowd_on(on), stage.newcomers_on(on)
    same_bodies = _streams(stage.plan, crowd, DAY, yardstick.ROUTE)
    stage.connect(smallest)
    before = _measured(stage, smallest, same_bodies)
    with served(stage.world, PRODUCT, workers=stage.plan.workers) as product:
        stage.connect(product)
        _post(stage, _streams(stage.plan, newcomers, DAY, population.ROUTE))
        cold = _measured(stage, product, _streams(stage.plan, crowd, FIRST, population.ROUTE))
        warm = _measured(stage, product, _streams(stage.plan, crowd, REST, population.ROUTE))
    stage.connect(smallest)
    after = _measured(stage, smallest, same_bodies)
    stage.databases.execute("VACUUM ANALYZE")  # now, so that it does not begin by itself in the midst of a round
    return Round(cold, warm, before + after)


def _measured(stage: Stage, server: Served, streams: list[list[bytes]]) -> Part:
    """Send `streams` and take the time, the log and the processors' share of it."""
    databases = stage.databases
    began = databases.wal_bytes(), server.cpu_s(), databases.cpu_s()
    sent = _post(stage, streams)
    ended = databases.wal_bytes(), server.cpu_s(), databases.cpu_s()
    wal_bytes, server_cpu_s, database_cpu_s = (last - first for first, last in zip(began, ended, strict=True))
    return Part(sent.requests, sent.seconds, int(wal_bytes), server_cpu_s, database_cpu_s, sent.cpu_s)


def _post(stage: Stage, streams: list[list[bytes]]) -> Sent:
    """Send `streams`; raise `RuntimeError` at the first answer that is not 201."""
    sent = stage.client.send(streams)
    for answers in sent.answers:
        for answer in answers:
            if answer.status != 201:
                raise RuntimeError(f"answered {answer.status}: {answer.body[:300]!r}")
            shown = json.loads(answer.body)
            if "status" in shown:  # the yardstick's rows have none
                stage.answered[_outcome(shown)] += 1
    return sent


def _outcome(shown: dict[str, Any]) -> str:
    """The status of an activity with what explains it, as in `credited: cap` and `uncredited: no_factor`."""
    if shown["reason"]:
        return f"{shown['status']}: {shown['reason']['code']}"
    is_cut = any(deduction["kind"] == "cap" for deduction in shown["reduction"]["deductions"])
    return f"{shown['status']}: cap" if is_cut else shown["status"]


def _streams(plan: Plan, days: Sequence[Sequence[Written]], turns: range, path: str) -> list[list[bytes]]:
    """The requests of each connection: one person stays on one, and everybody's turn comes before anybody's next."""
    shares = [days[first :: plan.connections] for first in range(plan.connections)]
    return [
        [day[(turn + number) % habits.A_DAY].to(path) for turn in turns for number, day in enumerate(share, start=lane)]
        for lane, share in enumerate(shares)
    ]


def check_answers(answered: Counter[str]) -> None:
    """Raise `RuntimeError` unless most was credited and next to nothing held."""
    total = answered.total()
    credited, held = (
        sum(count for outcome, count in answered.items() if outcome.startswith(status))
        for status in ("credited", "held")
    )
    if credited < LEAST_CREDITED * total or held > MOST_HELD * total:
        raise RuntimeError(f"These are not the answers of an ordinary life: {dict(answered)}")


def _facts(stage: Stage, rounds: Sequence[Round]) -> dict[str, object]:
    """How it was measured, for the results: how much, what was answered, and how little of it was the client."""
    warm = sum(map(stage.stayed_warm, rounds))
    client = sum(one.yardstick.client_cpu_s for one in rounds) / sum(one.yardstick.requests for one in rounds)
    return {
        "people": stage.plan.people,
        "rounds": f"{len(rounds)}, {warm} of them with warm callers",
        "connections": stage.plan.connections,
        "workers": stage.plan.workers,
        "answered": dict(stage.answered.most_common()),
        "client_cpu_us_per_yardstick_request": client * 1e6,
    }


def _rates(name: str, stage: Stage, rounds: Sequence[Round]) -> Iterator[Outcome]:
    """Requests per second; the last rows name what else was seen of the rounds."""
    if warm := list(filter(stage.stayed_warm, rounds)):
        pairs = [(one.warm.rate, one.yardstick.rate) for one in warm]
        yield replace(paired_row(f"{name}, caller warm", pairs, AIM, "requests/s"), facts=_facts(stage, rounds))
    else:
        yield Unmeasured(f"{name}, caller warm", TOO_BUSY)
    cold = [(one.cold.rate, one.yardstick.rate) for one in rounds]
    yield paired_row(f"{name}, caller cold", cold, AIM, "requests/s")


def _costs(name: str, stage: Stage, rounds: Sequence[Round]) -> Iterator[Outcome]:
    """WAL and processor time per request."""
    costs = {
        "WAL": ("bytes/request", lambda part: part.wal_bytes / part.requests),
        "processor of the server": ("ms/request", lambda part: part.server_cpu_s / part.requests * 1e3),
        "processor of PostgreSQL": ("ms/request", lambda part: part.database_cpu_s / part.requests * 1e3),
    }
    kinds = {
        "warm": [(one.warm, one) for one in rounds if stage.stayed_warm(one)],
        "cold": [(one.cold, one) for one in rounds],
    }
    for what, (unit, cost) in costs.items():
        for kind, parts in kinds.items():
            if parts:
                pairs = [(cost(part), cost(one.yardstick)) for part, one in parts]
                yield paired_row(f"{name}, {kind}: {what}", pairs, None, unit)


def _traffic_rows(name: str, stage: Stage) -> Iterator[Outcome]:
    """Statements and round trips per request on the last day, counted between the server and PostgreSQL."""
    with counted(stage.databases.socket) as counter:
        yard = _traffic(stage, counter, YARDSTICK, yardstick.ROUTE)["warm"]
        found = _traffic(stage, counter, PRODUCT, population.ROUTE)
    for kind, seen in found.items():
        yield row(f"{name}, {kind}: statements", seen.statements, yard.statements, None, "per request")
        yield row(f"{name}, {kind}: round trips", seen.round_trips, yard.round_trips, None, "per request")


def _traffic(stage: Stage, counter: TrafficCounter, target: tuple[str, ...], path: str) -> dict[str, Traffic]:
    """What a server asked behind the counter for each request of the last day, from warm callers and from cold ones."""
    crowd, newcomers = stage.crowd_on(stage.days[-1]), stage.newcomers_on(stage.days[-1])
    behind = {"CARBON_DATABASE_URL": stage.databases.url_at(counter.port)}
    found = {}
    with served(stage.world, target, workers=stage.plan.workers, changes=behind) as server:
        stage.connect(server)
        _post(stage, _streams(stage.plan, newcomers, DAY, path))
        for kind, turns in (("cold", FIRST), ("warm", REST)):
            before = counter.seen
            sent = _post(stage, _streams(stage.plan, crowd, turns, path))
            found[kind] = (counter.seen - before).per(sent.requests)
    return found
