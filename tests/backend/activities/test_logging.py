"""Logging an activity: judged at once, explained, and paid into pending."""

from __future__ import annotations

import pytest

from tests.backend.activities.conftest import trip


def logged(person, **given):
    answer = person.post("/v1/activities", trip(**given))
    assert answer.status_code == 201, answer.json
    return answer.json


def test_ten_kilometres_by_metro_in_beijing(beijinger):
    activity = logged(beijinger)
    assert activity["status"] == "credited"
    assert activity["local_day"] == "2026-11-20"
    reduction = activity["reduction"]
    assert {name: value for name, value in reduction.items() if name.endswith("_g")} == {
        "baseline_g": 1040,
        "project_g": 320,
        "reduction_g": 720,
        "credited_g": 320,
        "low_g": 490,
        "high_g": 950,
    }
    assert [(part["kind"], part["weight"]) for part in reduction["deductions"]] == [
        ("conservativeness", "0.89"),
        ("evidence", "0.5"),
    ]
    assert reduction["contrast"]["credited"] is False
    assert reduction["contrast"]["grams"] == 2180
    assert activity["points"] == {
        "amount": 320,
        "state": "pending",
        "matures_at": "2026-11-20T16:00:00+00:00",
    }
