"""The command that adopts the shipped library under a named reviewer."""

from __future__ import annotations

from calculators import load_library


def adopt(app, reviewer: str):
    return app.test_cli_runner().invoke(args=["methodology", "adopt", "--reviewer", reviewer])


def test_a_reviewer_adopts_the_library_and_a_second_time_changes_nothing(app, new_person, frozen_clock):
    reviewer = new_person(roles=("reviewer",)).user_id
    first, second = adopt(app, reviewer), adopt(app, reviewer)
    assert (first.exit_code, second.exit_code) == (0, 0)
    count = len(load_library().methodologies)
    assert [line.split()[0] for line in first.output.splitlines()] == ["approved"] * count
    assert [line.split()[0] for line in second.output.splitlines()] == ["unchanged"] * count


def test_nobody_else_adopts_it(app, new_person):
    for somebody in (new_person(roles=("methodologist",)).user_id, "usr_nobody"):
        refused = adopt(app, somebody)
        assert refused.exit_code == 1
        assert "is no reviewer" in refused.output
