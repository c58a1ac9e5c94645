"""Four eyes: a version counts once somebody who wrote none of it approved exactly its content."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backend.methodology import service
from backend.methodology.models import MethodologyVersion
from backend.platform.core import clock
from backend.platform.core.errors import InvalidFields
from backend.platform.data import ids
from backend.platform.privacy.audit import AuditEntry
from calculators import Context, bundle_sha256, compute_estimate, freeze, load_library, parse_methodology
from tests.backend.methodology.adoption import SECOND
from tests.backend.methodology.conftest import (
    AUTHOR,
    FIRST_OPEN_DAY,
    NEXT_MONDAY,
    OTHER_AUTHOR,
    REVIEWER,
    TODAY,
    TRIP,
)
from tests.backend.refusals import refusal
from tests.calculators.test_bundle import with_factor

A_DAY = timedelta(days=1)


def test_a_draft_counts_from_its_day_once_somebody_else_has_approved_it(submit, approve, version_on, shipped):
    version, sha256 = submit(shipped)
    with refusal("methodology.unknown"):
        version_on(NEXT_MONDAY)
    approve(version, sha256, NEXT_MONDAY)
    assert version_on(NEXT_MONDAY) == version == 1
    with refusal("methodology.not_in_force"):
        version_on(NEXT_MONDAY - A_DAY)


def test_an_author_may_not_approve_their_own_words(submit, approve, shipped):
    version, sha256 = submit(shipped)
    with refusal("methodology.four_eyes"):
        approve(version, sha256, reviewer=AUTHOR)


def test_whoever_wrote_an_earlier_draft_may_hold_words_in_the_later_one(submit, approve, shipped, with_lower_weight):
    submit(shipped, author=OTHER_AUTHOR)
    version, sha256 = submit(with_lower_weight)
    with refusal("methodology.four_eyes"):
        approve(version, sha256, reviewer=OTHER_AUTHOR)
    approve(version, sha256, reviewer=REVIEWER)


def test_an_approval_clears_the_list_of_authors_for_the_next_draft(submit, approve, shipped, with_lower_weight):
    approve(*submit(shipped, author=OTHER_AUTHOR))
    version, sha256 = submit(with_lower_weight)
    assert approve(version, sha256, NEXT_MONDAY, reviewer=OTHER_AUTHOR) == NEXT_MONDAY


def test_an_approval_names_exactly_the_content_it_is_for(submit, approve, shipped, with_lower_weight):
    first, sha256 = submit(shipped)
    second, other_sha256 = submit(with_lower_weight)
    assert sha256 != other_sha256
    with refusal("methodology.other_content"):
        approve(second, sha256)
    with refusal("methodology.other_content"):
        approve(first, other_sha256)


def test_what_is_decided_is_decided(in_transaction, submit, approve, shipped):
    version, sha256 = submit(shipped)
    approve(version, sha256)
    with refusal("methodology.decided"):
        approve(version, sha256)
    with refusal("methodology.decided"):
        in_transaction(lambda session: service.reject(session, REVIEWER, TRIP, version, "too late"))


def test_a_rejected_draft_says_why_and_never_counts(in_transaction, submit, approve, shipped):
    version, sha256 = submit(shipped)
    rejected = in_transaction(lambda session: service.reject(session, REVIEWER, TRIP, version, "no source for cycling"))
    assert (rejected.status, rejected.closed_by, rejected.closing_reason) == (
        "rejected",
        REVIEWER,
        "no source for cycling",
    )
    with refusal("methodology.decided"):
        approve(version, sha256)


def test_a_document_with_a_fault_is_refused_with_its_line(submit, shipped):
    without_bound = shipped.replace('maximum = "500"\n', "")
    with pytest.raises(InvalidFields) as refused:
        submit(without_bound)
    (error,) = [error for error in refused.value.errors if error["field"] == "document.inputs.distance.maximum"]
    assert error["message"].startswith("line ")


def test_a_worked_example_that_does_not_come_out_is_refused_twice(in_transaction, submit, approve, shipped):
    """As it is submitted, and again as it is approved: the rule book itself may have changed in between."""
    wrong = shipped.replace("credited_g = 641", "credited_g = 642")
    with pytest.raises(InvalidFields, match="not 642"):
        submit(wrong)
    figures = freeze(parse_methodology(wrong), load_library().tables)
    sha256 = bundle_sha256(wrong, figures)

    def slip_in(session):
        session.add(
            MethodologyVersion(
                id=ids.new_id("methodology_version"),
                methodology_id=TRIP,
                version=1,
                content_sha256=sha256,
                document=wrong,
                figures=figures,
                submitted_by=AUTHOR,
                authors=[AUTHOR],
                created_at=clock.now(),
                status="draft",
            )
        )

    in_transaction(slip_in)
    with refusal("methodology.examples_fail"):
        approve(1, sha256)


def test_only_the_first_version_may_count_for_days_gone_by(submit, approve, shipped, with_lower_weight):
    assert approve(*submit(shipped), date(2026, 1, 1)) == date(2026, 1, 1)
    later = submit(with_lower_weight)
    for begun in (date(2026, 1, 2), TODAY):
        with pytest.raises(InvalidFields, match="day_begun"):
            approve(*later, begun)
    assert approve(*later) == FIRST_OPEN_DAY


def test_a_day_that_has_begun_on_any_island_is_a_day_gone_by(submit, approve, shipped, with_lower_weight, frozen_clock):
    approve(*submit(shipped), date(2026, 1, 1))
    later = submit(with_lower_weight)
    frozen_clock.advance(timedelta(hours=5, minutes=30))  # 17:30 in Beijing: 23:30 in UTC+14, midnight within the hour
    with pytest.raises(InvalidFields, match="day_begun"):
        approve(*later, FIRST_OPEN_DAY)
    assert approve(*later, FIRST_OPEN_DAY + A_DAY)


def test_each_version_ends_where_the_next_begins(submit, approve, version_on, shipped, with_lower_weight):
    approve(*submit(shipped), date(2026, 1, 1))
    approve(*submit(with_lower_weight), NEXT_MONDAY)
    assert [version_on(NEXT_MONDAY + days * A_DAY) for days in (-1, 0, 1)] == [1, 2, 2]


def test_two_versions_cannot_begin_on_one_day(submit, approve, shipped, with_lower_weight):
    approve(*submit(shipped), NEXT_MONDAY)
    with pytest.raises(InvalidFields, match="day_taken"):
        approve(*submit(with_lower_weight), NEXT_MONDAY)


def test_a_withdrawn_version_counts_until_its_last_day(in_transaction, submit, approve, version_on, shipped):
    approve(*submit(shipped), date(2026, 1, 1))
    withdrawn = in_transaction(lambda session: service.withdraw(session, REVIEWER, TRIP, 1, "source retracted"))
    assert withdrawn.ended_on == FIRST_OPEN_DAY
    assert version_on(TODAY) == 1
    with refusal("methodology.not_in_force"):
        version_on(FIRST_OPEN_DAY)


def test_withdrawing_a_version_that_has_not_begun_leaves_the_one_before(
    in_transaction, submit, approve, version_on, shipped, with_lower_weight
):
    approve(*submit(shipped), date(2026, 1, 1))
    approve(*submit(with_lower_weight), NEXT_MONDAY)
    in_transaction(lambda session: service.withdraw(session, REVIEWER, TRIP, 2, "wrong day"))
    assert version_on(NEXT_MONDAY) == 1
    approve(*submit(with_lower_weight), NEXT_MONDAY)
    assert version_on(NEXT_MONDAY) == 3


def test_a_changed_factor_counts_only_from_the_version_that_pins_it(submit, approve, shipped, adopted, session):
    greener = with_factor(load_library().tables, "trip_bus", "CN-BJ", "0.040")
    approve(*submit(shipped, tables=greener), NEXT_MONDAY)

    def by_bus(on: date) -> int:
        found = service.get_in_force(session, TRIP, on)
        inputs = {"mode": "bus", "distance": "10"}
        return compute_estimate(found.methodology, found.tables, inputs, Context(region="CN-BJ", on=on)).project_g

    assert by_bus(NEXT_MONDAY - A_DAY) == 520
    assert by_bus(NEXT_MONDAY) == 400


def test_every_act_leaves_its_line_in_the_audit_trail(in_transaction, submit, approve, shipped, session):
    approve(*submit(shipped))
    in_transaction(lambda session: service.withdraw(session, REVIEWER, TRIP, 1, "source retracted"))
    entries = session.query(AuditEntry).filter(AuditEntry.subject == f"{TRIP} version 1").order_by(AuditEntry.id)
    assert {(entry.action, entry.who) for entry in entries} == {
        ("methodology.submitted", AUTHOR),
        ("methodology.first_approved", REVIEWER),
        ("methodology.approved", SECOND),
        ("methodology.withdrawn", REVIEWER),
    }
