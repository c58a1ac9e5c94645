"""One command adopts the shipped library; the second time there is nothing left to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from backend.methodology import service
from backend.platform.core.errors import Refusal
from calculators import load_library
from tests.backend.methodology.adoption import adopt_library
from tests.backend.methodology.conftest import FIRST_OPEN_DAY, REVIEWER, TRIP
from tests.calculators.test_bundle import with_factor


def test_every_shipped_document_counts_from_the_oldest_day_that_may_still_be_logged(adopted, version_on):
    assert {item.methodology_id for item in adopted} == set(load_library().methodologies)
    assert {(item.version, item.effective_on, item.is_new) for item in adopted} == {(1, date(2026, 11, 5), True)}
    assert version_on(date(2026, 11, 5)) == 1


def test_adopting_again_changes_nothing(adopted, in_transaction):
    again = in_transaction(lambda session: adopt_library(session, REVIEWER))
    assert again == [replace(item, is_new=False) for item in adopted]


def test_a_library_with_one_changed_figure_makes_new_versions_of_what_rests_on_it(
    adopted, in_transaction, version_on, monkeypatch
):
    library = load_library()
    # only the trip's document looks coaches up, and none of its worked examples rests on them
    coach = library.tables.find_rows("transport_uk_coach_2025")[0]
    tables = with_factor(library.tables, coach.key, coach.region, coach.value + Decimal("0.001"))
    changed = replace(library, tables=tables)
    for module in ("adoption", "reviews"):
        monkeypatch.setattr(f"backend.methodology.service.{module}.load_library", lambda: changed)
    renewed = [item for item in in_transaction(lambda session: adopt_library(session, REVIEWER)) if item.is_new]
    assert [(item.methodology_id, item.version, item.effective_on) for item in renewed] == [(TRIP, 2, FIRST_OPEN_DAY)]
    assert version_on(date(2026, 11, 20)) == 1
    assert version_on(FIRST_OPEN_DAY) == 2


def test_the_library_cannot_approve_itself(in_transaction, frozen_clock):
    with pytest.raises(Refusal, match=r"methodology\.four_eyes"):
        in_transaction(lambda session: service.adopt_library(session, service.LIBRARY))
