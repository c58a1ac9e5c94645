"""What can be asked at once for many has its limit: estimates by network, batches and evidence by account."""

from __future__ import annotations

import pytest

from tests.backend.activities.conftest import TRIP

WISH = {"methodology": TRIP, "region": "CN-BJ", "inputs": {"mode": "broomstick"}}


def test_a_network_that_asks_for_estimates_without_end_is_stopped(client, rule_book) -> None:
    def ask():
        return client.post("/v1/estimates", json=WISH).status_code

    assert {ask() for _ in range(600)} == {422}
    assert ask() == 429


@pytest.mark.parametrize(
    ("path", "body", "times"),
    [
        ("/v1/activities/batch", {"items": [{}]}, 60),
        (
            "/v1/activities/act_00000000000000000000000000/evidence",
            {"evidence": ["evd_00000000000000000000000000"]},
            120,
        ),
    ],
)
def test_an_account_that_sends_without_end_is_stopped(path, body, times, new_person) -> None:
    sender, other = new_person(), new_person()
    assert 429 not in {sender.post(path, body).status_code for _ in range(times)}
    assert sender.post(path, body).status_code == 429
    assert other.post(path, body).status_code != 429
