"""Blocks come onto the shelf once: however the same units are spelled, and whoever imports them at the same time."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from backend.platform.core.errors import Refusal
from backend.registry import service as registry
from backend.registry.models import SerialDue
from backend.registry.service import lot_import
from offsets import LotOffer, get_registry, list_project_documents, parse_block
from tests.backend.registry.conftest import AT, PROJECT, SERIALS, small_lot

TONNE = 1_000_000


def test_an_imported_block_is_all_available(shelf, stock):
    shelf(small_lot("a", units=3))
    assert stock() == (3 * TONNE, 0, 0)


@pytest.mark.parametrize(
    "spelling",
    [
        SERIALS.format(first=1, last=3),
        SERIALS.format(first=1, last=3).lower(),
        "  ".join(SERIALS.format(first=1, last=3)),
        "DEMO-0-1-3-VCS-VCU-0-VER-ID-14-1477-01012019-31122019-0",
        "ＤＥＭＯ-００００-００００００００１-００００００００３-VCS-VCU-000-VER-ID-14-1477-01012019-31122019-0",
    ],
    ids=["as it is", "lower case", "spaces", "no zeros", "full width"],
)
def test_the_same_block_in_another_spelling_is_refused(spelling, shelf):
    shelf(small_lot("a", units=3))
    again = LotOffer("b", 2019, parse_block(get_registry("verra"), spelling), demonstration=True)
    with pytest.raises(Refusal) as refused:
        shelf(again)
    assert refused.value.code == "registry.block_overlaps"


@pytest.mark.parametrize(
    "now",
    [
        "15220-380210001-380210040-VCS-VCU-019-VER-KE-3-4410-01032011-28022012-0",
        "15220-380210040-380210060-VCS-VCU-019-VER-KE-3-4410-01032011-28022012-0",
        "7117-380210040-380210040-vcu-019-apx-ke-3-4410-01032011-28022012-0",
    ],
)
def test_the_same_units_in_a_later_spelling_of_their_registry_are_refused(now, shelf):
    def lot(lot_id: str, text: str) -> LotOffer:
        block = parse_block(get_registry("verra"), f"DEMO-{text}")
        return LotOffer(lot_id, 2013, block, demonstration=True)

    shelf(lot("a", "7117-380210001-380210040-VCU-019-MER-KE-3-4410-01032011-28022012-1"))
    with pytest.raises(Refusal) as refused:
        shelf(lot("b", now))
    assert (refused.value.code, refused.value.facts["lot_id"]) == ("registry.block_overlaps", "a")


def counted(lot_id: str, text: str, units: int = 4, registry_id: str = "ccer") -> LotOffer:
    """A block of a registry whose serials are any text."""
    return LotOffer(lot_id, 2024, parse_block(get_registry(registry_id), f"DEMO-{text}", units), demonstration=True)


@pytest.fixture
def shelf_of(in_transaction):
    """`shelf_of("ccer", lots)`: a project of that registry with these lots."""

    def fill(registry_id: str, *lots: LotOffer) -> str:
        document = list_project_documents()[PROJECT].split("[[lot]]")
        after = document[1][document[1].index("[[price]]") :]
        text = document[0].replace('"verra"', f'"{registry_id}"').replace(PROJECT, f"{registry_id}-project") + after

        def work(session) -> str:
            project = registry.record_project(session, "project.toml", text)
            for lot in lots:
                registry.import_block(session, project.project_id, lot, who="test")
            return project.project_id

        return in_transaction(work)

    return fill


SPELLINGS = [
    "CCER-2024/0007(海上风电)",
    "ccer-2024/0007(海上风电)",
    "CCER － 2024 / 7（海上风电）",
    "CCER-2024/007(海上风电)\n",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("registry_id", ["ccer", "other"])
def test_a_block_that_is_any_text_comes_in_once_under_whichever_registry(spelling, registry_id, shelf_of):
    shelf_of("ccer", counted("a", SPELLINGS[0]))
    with pytest.raises(Refusal) as refused:
        shelf_of(registry_id, counted("b", spelling, units=9, registry_id=registry_id))
    assert (refused.value.code, refused.value.facts["lot_id"]) == ("registry.block_overlaps", "a")
    shelf_of("ccer", counted("c", "CCER-2024/0008(海上风电)"))


def test_of_a_block_that_is_any_text_the_units_sold_are_due_by_its_text_and_their_numbers(
    shelf_of, buyer, in_transaction
):
    project_id = shelf_of("other", counted("a", "PURO 77/B", units=4, registry_id="other"))
    for reference, grams in (("ord_1", TONNE + 1), ("ord_2", TONNE)):
        holder = registry.Holder(buyer.id, reference)
        in_transaction(lambda s, h=holder, g=grams: registry.hold(s, h, project_id, g, AT))
        buyer.retire(reference)
    dues = in_transaction(lambda session: session.execute(select(SerialDue.from_unit, SerialDue.serials)).all())
    assert [tuple(due) for due in sorted(dues)] == [(0, "DEMO-PURO77/B#1-2"), (2, "DEMO-PURO77/B#3-3")]


@pytest.mark.parametrize("first, units", [(3, 5), (1, 1), (2, 1), (1, 9)])
def test_a_block_that_shares_one_unit_is_refused(first, units, shelf):
    shelf(small_lot("a", units=3))
    with pytest.raises(Refusal) as refused:
        shelf(small_lot("b", units=units, first=first))
    assert refused.value.facts["lot_id"] == "a"


def test_the_next_block_of_the_series_is_accepted(shelf, stock):
    shelf(small_lot("a", units=3), small_lot("b", units=2, first=4))
    assert stock() == (5 * TONNE, 0, 0)


def test_a_lot_id_is_used_once(shelf):
    shelf(small_lot("a", units=3))
    with pytest.raises(Refusal) as refused:
        shelf(small_lot("a", units=3, first=10))
    assert refused.value.code == "registry.lot_known"


def test_an_invented_block_is_refused_in_production(make_app):
    from backend.platform.data.transactions import in_transaction

    production = make_app(environment="production")
    with production.app_context(), pytest.raises(Refusal) as refused:
        in_transaction(lambda session: (registry.import_library(session), import_one(session)))
    assert refused.value.code == "registry.demonstration"


def import_one(session) -> None:
    registry.import_block(session, PROJECT, small_lot("a", units=1), who="test")


def test_importing_the_library_again_changes_nothing(in_transaction, stock):
    assert in_transaction(registry.import_library) > 0
    before = stock()
    assert in_transaction(registry.import_library) == 0
    assert stock() == before


@pytest.mark.concurrency
def test_of_many_overlapping_imports_at_once_one_succeeds(shelf, in_transaction, parallel):
    shelf()
    race = parallel(8, lambda index: in_transaction(overlapping_import(index)))
    assert len(race.results) == 1
    assert {error.code for error in race.errors} == {"registry.block_overlaps"}


@pytest.mark.concurrency
@pytest.mark.breaks_invariants("the guard is switched off")
def test_control_without_the_lock_or_the_check_overlapping_blocks_come_in(
    shelf, in_transaction, parallel, engine, monkeypatch
):
    shelf()
    # SQLite writes one at a time, so there the check is the guard; on PostgreSQL the lock before it is
    guard = "lock_series" if engine == "postgresql" else "refuse_overlap"
    original = lot_import.lock_series
    monkeypatch.setattr(lot_import, guard, lambda *_: None)
    if guard == "lock_series":
        in_transaction(lambda session: original(session, small_lot("a", units=1).block))
    for attempt in range(20):
        parallel(8, lambda index, attempt=attempt: in_transaction(overlapping_import(index, 100 * attempt)))
        if list(in_transaction(lambda session: list(registry.verify(session)))):
            return
    pytest.fail("the guard was off and no overlap came in")


def overlapping_import(index: int, offset: int = 0):
    """A block of nine units that shares units with each of its neighbours, under a lot id of its own."""
    lot = small_lot(f"lot-{offset}-{index}", units=9, first=1 + index + offset)
    return lambda session: registry.import_block(session, PROJECT, lot, who="test")
