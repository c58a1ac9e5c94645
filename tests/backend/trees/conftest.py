"""A small wood: one pool that is sold and one that is earned, and the fewest words to buy, plant and survey there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.platform.core.actor import OperatorAct
from backend.platform.data import ids
from backend.platform.privacy import vault
from backend.trees import service as trees
from backend.trees.sql import plantings as sql
from offsets import Sample, get_species, list_pool_documents
from offsets.planting import Share

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SOLD, EARNED = "demo-minqin-saxaul-2027", "demo-minqin-saxaul-gift-2027"
KEEPER = OperatorAct("usr_keeper", "the tests")
PLANTING_HEADING = "number,plot,planted_on,latitude,longitude,photo"
SURVEY_HEADING = "plot,surveyed_on,planted,sampled,alive"
# as if somebody had published how many live; the real species shows no kilograms
SAXAUL = get_species("haloxylon-ammodendron")
CITED = replace(SAXAUL, survival=Share(Decimal("0.5"), SAXAUL.buffer.source))


def small_pool(pool_id: str, capacity: int, *, shares: int = 1, reserve: int = 50) -> str:
    """A document of the library with fewer trees."""
    text = list_pool_documents()[pool_id]
    for name, known, wanted in (
        ("capacity_trees", {SOLD: 10_000, EARNED: 1_000}[pool_id], capacity),
        ("reserve_trees", {SOLD: 1_000, EARNED: 100}[pool_id], reserve),
        ("shares_per_tree", {SOLD: 4, EARNED: 1}[pool_id], shares),
    ):
        assert f"{name} = {known}\n" in text
        text = text.replace(f"{name} = {known}\n", f"{name} = {wanted}\n")
    return text


@dataclass
class Wood:
    """The pools, and what operators and buyers do there; each verb is a transaction of its own."""

    in_transaction: Callable[..., Any]
    planted: int = 0
    photos: int = 0
    owners: list[str] = field(default_factory=list)

    def record(self, text: str) -> None:
        self.in_transaction(lambda session: trees.record_pool(session, "pool.toml", text, KEEPER))

    def pool(self, pool_id: str = SOLD) -> Any:
        return self.in_transaction(lambda session: trees.get_pool(session, pool_id).pool)

    def new_owner(self) -> str:
        user_id = ids.new_id("user")
        self.in_transaction(lambda session: vault.the_vault().make_key(session, user_id))
        self.owners.append(user_id)
        return user_id

    def buy(self, shares: int, user_id: str | None = None, pool_id: str = SOLD, at: datetime = AT) -> Any:
        """Held and funded for an order; the holding."""
        owner, reference = user_id or self.new_owner(), ids.new_id("order")

        def work(session: Any) -> Any:
            trees.hold(session, trees.TreeHolder(owner, reference), pool_id, shares, at)
            grant = trees.Grant(owner, reference, trees.Origin.BOUGHT, "Lin Wei", shows_name=True)
            return trees.fund(session, grant, at)

        return self.in_transaction(work)

    def contract(self, count: int, pool_id: str = SOLD) -> Any:
        return self.in_transaction(lambda session: trees.contract(session, pool_id, count, KEEPER))

    def photo(self, fingerprint: str | None = None, pool_id: str = SOLD) -> str:
        """A picture that looks like no other, unless told what it looks like."""
        self.photos += 1
        photo_id = ids.new_id("tree_photo")
        bits = fingerprint or f"{self.photos * 0x9E3779B97F4A7C15 % 2**64:016x}"
        row = {
            "id": photo_id, "pool_id": pool_id, "digest": f"{self.photos:064x}", "fingerprint": bits,
            "width": 640, "height": 480, "sent_by": "usr_keeper", "sent_at": AT,
        }  # fmt: skip
        self.in_transaction(lambda session: session.execute(sql.INSERT_PHOTO, row))
        return photo_id

    def register(self, count: int, *, planted_on: date = date(2021, 4, 1), plots: int = 1, pool_id: str = SOLD) -> str:
        """So many trees two hundred metres apart, on plots in turn."""
        rows = []
        for _ in range(count):
            self.planted += 1
            latitude = f"{38.0 + self.planted * 0.002:.6f}"
            plot = f"P{self.planted % plots}"
            rows.append(f"MQ-{self.planted},{plot},{planted_on},{latitude},103.1,{self.photo(pool_id=pool_id)}")
        return "\n".join([PLANTING_HEADING, *rows])

    def plant(self, count: int, pool_id: str = SOLD, **how: Any) -> str:
        """The id of the planting."""
        register = self.register(count, pool_id=pool_id, **how)
        report = self.in_transaction(lambda session: trees.plant(session, pool_id, register, KEEPER))
        assert report.planting_id is not None
        return report.planting_id

    def survey(self, planting_id: str, age: int, found: Sample, on: date, *, is_trial: bool = False) -> Any:
        """One plot with all trees of a planting."""
        row = f"P0,{on},{found.planted},{found.sampled},{found.alive}"
        act = replace(KEEPER, is_trial=is_trial)
        text = f"{SURVEY_HEADING}\n{row}"
        return self.in_transaction(lambda session: trees.survey(session, planting_id, age, text, act))

    def replace_dead(self, planting_id: str, count: int, planted_on: date = date(2023, 4, 1)) -> Any:
        register = self.register(count, planted_on=planted_on)
        return self.in_transaction(lambda session: trees.replace_dead(session, planting_id, register, KEEPER))

    def write_down(self, planting_id: str, count: int) -> Any:
        return self.in_transaction(lambda session: trees.write_down(session, planting_id, count, KEEPER))

    def holdings(self, user_id: str) -> Any:
        return self.in_transaction(lambda session: trees.list_holdings(session, user_id))

    def growth(self, user_id: str, year: int) -> Any:
        return self.in_transaction(lambda session: trees.get_growth(session, user_id, year))

    def broken(self) -> list[Any]:
        return self.in_transaction(lambda session: list(trees.verify(session)))


@pytest.fixture
def wood(in_transaction) -> Wood:
    return Wood(in_transaction)


@pytest.fixture
def cited_species(monkeypatch) -> None:
    """The species of the pools has its survival published."""
    from backend.trees.service import invariants, pools, surveys

    for module in (pools, surveys, invariants):
        monkeypatch.setattr(module, "get_species", lambda _species_id: CITED)


def a_year_later(day: date) -> date:
    return day + timedelta(days=366)
