"""The command that adopts the shipped library under a named reviewer."""

from __future__ import annotations

from calculators import load_library


def adopt(app, reviewer: str):
    return app.test_cli_runner().invoke(args=["methodology", "adopt", "--reviewer", reviewer])


def words_of(result) -> list[str]:
    """The state of each methodology, as the command says it."""
    assert result.exit_code == 0, result.output
    return [line.split()[0] for line in result.output.splitlines()]


def test_two_reviewers_adopt_the_library_and_once_more_changes_nothing(app, new_person, frozen_clock):
    lin, sun = (new_person(roles=("reviewer",)).user_id for _ in range(2))
    first, again, second, last = (words_of(adopt(app, who)) for who in (lin, lin, sun, lin))
    assert set(first) == {"approved", "waiting"}
    assert again == ["waiting" if one == "waiting" else "unchanged" for one in first]
    assert second == ["approved" if one == "waiting" else "unchanged" for one in first]
    assert last == ["unchanged"] * len(load_library().methodologies)


def test_nobody_else_adopts_it(app, new_person):
    for somebody in (new_person(roles=("methodologist",)).user_id, "usr_nobody"):
        refused = adopt(app, somebody)
        assert refused.exit_code == 1
        assert "is no reviewer" in refused.output
