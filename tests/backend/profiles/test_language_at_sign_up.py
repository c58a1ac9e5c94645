"""Somebody new has the language they came with, unless they have said one; who came with none of ours says nothing."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from backend.jobs.runner.dispatch import dispatch
from backend.platform.ops.outbox import OutboxRow
from backend.profiles import service
from tests.backend.accounts.conftest import ACCOUNT, AGREED

GUEST, REGISTER = "/v1/auth/guest", "/v1/auth/register"
BODIES = {GUEST: {"consents": AGREED, "device": None}, REGISTER: ACCOUNT}


@pytest.fixture
def begin(client):
    """`begin(path, "zh-CN")`: the tokens of somebody new, by the language they came with."""

    def call(path, header, token=None):
        headers = {"Accept-Language": header} if header else {}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        answer = client.post(path, data=json.dumps(BODIES[path]), content_type="application/json", headers=headers)
        assert answer.status_code == 201, answer.json
        return answer.json

    return call


@pytest.fixture
def settled_profile(app, in_transaction, client):
    """The profile of whoever holds these tokens, once the outbox has nothing left to do."""

    def read(tokens):
        while dispatch(app):
            pass
        return client.get("/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"}).json

    return read


@pytest.mark.parametrize("path", [GUEST, REGISTER])
@pytest.mark.parametrize(
    ("header", "language", "is_assumed"),
    [("zh-TW, en;q=0.5", "zh-CN", False), ("fr, en;q=0.2", "en", False), ("fr", "en", True), (None, "en", True)],
)
def test_somebody_new_has_the_language_they_came_with(path, header, language, is_assumed, begin, settled_profile):
    profile = settled_profile(begin(path, header))
    assert (profile["language"], "language" in profile["assumed"]) == (language, is_assumed)


def test_a_guest_who_registers_later_keeps_the_language_they_came_with(begin, settled_profile):
    guest = begin(GUEST, "zh-CN")
    settled_profile(guest)
    account = begin(REGISTER, "en", token=guest["access_token"])
    assert settled_profile(account)["language"] == "zh-CN"


def test_what_a_person_has_said_of_their_language_stays(begin, settled_profile, in_transaction):
    guest = begin(GUEST, "zh-CN")
    user_id = in_transaction(lambda opened: opened.scalar(select(OutboxRow.user_id)))
    in_transaction(lambda opened: service.change_profile(opened, user_id, {"language": "en"}))
    assert settled_profile(guest)["language"] == "en"
    assert in_transaction(lambda opened: opened.scalar(select(func.count()).select_from(OutboxRow))) == 0
