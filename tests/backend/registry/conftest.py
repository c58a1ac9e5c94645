"""A shelf with one small project, and the fewest words to hold, retire and certify from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from backend.platform.data import ids
from backend.platform.privacy import vault
from backend.registry import service as registry
from offsets import LotOffer, get_registry, list_project_documents, parse_block

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
PROJECT = "katingan-peatland"
SERIALS = "DEMO-0000-{first:09}-{last:09}-VCS-VCU-000-VER-ID-14-1477-01012019-31122019-0"


def small_lot(lot_id: str, units: int, first: int = 1, vintage: int = 2019) -> LotOffer:
    """A demonstration block of a few whole units."""
    text = SERIALS.format(first=first, last=first + units - 1)
    return LotOffer(lot_id, vintage, parse_block(get_registry("verra"), text), demonstration=True)


@dataclass
class Buyer:
    """One person at the shelf; each verb is a transaction of its own."""

    in_transaction: Callable[..., Any]
    id: str = field(default_factory=lambda: ids.new_id("user"))

    def hold(self, reference: str, grams: int) -> Any:
        return self.in_transaction(lambda s: registry.hold(s, registry.Holder(self.id, reference), PROJECT, grams, AT))

    def release(self, reference: str) -> int:
        return self.in_transaction(lambda s: registry.release(s, self.id, reference, AT))

    def retire(self, reference: str) -> Any:
        return self.in_transaction(lambda s: registry.retire(s, self.id, reference, "voluntary offset", AT))

    def certify(self, reference: str, name: str = "Lin Wei", *, shows_name: bool = True) -> str:
        return self.in_transaction(
            lambda s: registry.issue_certificate(s, self.id, reference, name, shows_name=shows_name, at=AT)
        )


@pytest.fixture
def shelf(in_transaction) -> Callable[..., None]:
    """`shelf(small_lot(...), ...)`: the project, with these lots and no others."""

    def fill(*lots: LotOffer) -> None:
        def work(session) -> None:
            registry.record_project(session, PROJECT, list_project_documents()[PROJECT])
            for lot in lots:
                registry.import_block(session, PROJECT, lot, who="test")

        in_transaction(work)

    return fill


@pytest.fixture
def make_buyer(in_transaction) -> Callable[[], Buyer]:
    def make() -> Buyer:
        buyer = Buyer(in_transaction)
        in_transaction(lambda session: vault.the_vault().make_key(session, buyer.id))
        return buyer

    return make


@pytest.fixture
def buyer(make_buyer) -> Buyer:
    return make_buyer()


@pytest.fixture
def stock(in_transaction) -> Callable[[], tuple[int, int, int]]:
    """Available, held and retired grams over all lots."""
    from sqlalchemy import text

    def look() -> tuple[int, int, int]:
        query = text("SELECT sum(available_g), sum(held_g), sum(retired_g) FROM lots")
        return tuple(int(grams) for grams in in_transaction(lambda s: s.execute(query).one()))

    return look
