"""Rate limits: by network and by address, shared through Redis, and still there when Redis is not."""

from __future__ import annotations

import pytest

from backend.platform.core import context
from backend.platform.core.actor import NOBODY
from backend.platform.core.errors import Refusal
from backend.platform.web import limits
from tests.backend.accounts.conftest import ACCOUNT, AGREED

WRONG = {"email": "lin@example.org", "password": "wrong horse battery"}


def answers(send, times):
    return [send().status_code for _ in range(times)]


def test_guessing_one_persons_password_is_stopped_with_the_seconds_to_wait(post):
    assert answers(lambda: post("/v1/auth/login", WRONG), 20) == [401] * 20
    stopped = post("/v1/auth/login", WRONG | {"email": "LIN@example.org"})
    assert (stopped.status_code, stopped.json["code"]) == (429, "request.too_many")
    assert 1 <= int(stopped.headers["Retry-After"]) <= 15 * 60
    assert post("/v1/auth/login", WRONG | {"email": "other@example.org"}).status_code == 401


def test_the_right_password_is_stopped_too_so_that_nothing_is_learned(registered, post):
    answers(lambda: post("/v1/auth/login", WRONG), 20)
    right = {name: ACCOUNT[name] for name in ("email", "password")}
    assert post("/v1/auth/login", right).status_code == 429


@pytest.mark.parametrize(
    "path, body, times",
    [
        ("/v1/auth/register", ACCOUNT, 5),
        ("/v1/auth/guest", {"consents": AGREED}, 30),
        ("/v1/auth/refresh", {"refresh_token": "x"}, 30),
        ("/v1/auth/code", {"channel": "email", "address": "lin@example.org"}, 5),
        ("/v1/auth/password/forgotten", {"email": "lin@example.org"}, 5),
        ("/v1/auth/code/sign-in", {"channel": "email", "address": "lin@example.org", "code": "000000"}, 20),
    ],
)
def test_every_door_has_its_limit(path, body, times, post):
    assert 429 not in answers(lambda: post(path, body), times)
    assert post(path, body).status_code == 429


@pytest.mark.parametrize(
    "channel, spellings",
    [
        (
            "email",
            ["lin@example.org", "LIN@example.org", "ｌｉｎ@example.org", " lin@example.org ", "lin＠example.org"],
        ),
        (
            "phone",
            ["+8613800138000", "+86 138 0013 8000", "+86-138-0013-8000", "+86 (138) 0013.8000", "＋８６13800138000"],
        ),
    ],
)
def test_one_address_is_counted_as_one_however_it_is_written(channel, spellings, post, postbox):
    bodies = [{"channel": channel, "address": spelling} for spelling in spellings]
    assert [post("/v1/auth/code", body).status_code for body in bodies] == [204] * 5
    assert post("/v1/auth/code", bodies[-1]).status_code == 429


def test_a_network_that_tries_many_addresses_is_stopped(post):
    def login(index):
        return post("/v1/auth/login", WRONG | {"email": f"person{index}@example.org"}).status_code

    assert [login(index) for index in range(31)][-1] == 429


def counted(app, *addresses):
    """The refusals of one try from each of `addresses` under a limit of one."""
    limit = limits.Limit("test", "1 per minute", limits.NETWORK)
    refused = []
    for address in addresses:
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            try:
                limits.take([limit], NOBODY, {})
                refused.append(False)
            except Refusal:
                refused.append(True)
    return refused


def test_a_household_on_ipv6_counts_as_one_and_neighbours_do_not(app):
    assert counted(app, "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1") == [False, True, False]
    assert counted(app, "192.0.2.1", "192.0.2.1", "192.0.2.2") == [False, True, False]


def test_two_processes_count_together(app, make_app, engine):
    if engine == "sqlite":
        pytest.skip("the in-process Redis belongs to one process")
    assert counted(app, "192.0.2.1") + counted(make_app(), "192.0.2.1") == [False, True]


def test_without_redis_each_process_counts_for_itself(make_app):
    app = make_app(redis_url="redis://127.0.0.1:1/0")
    assert counted(app, "192.0.2.1", "192.0.2.1", "192.0.2.2") == [False, True, False]


def test_redis_that_comes_back_is_used_again(app, make_app, engine, settings, monkeypatch):
    if engine == "sqlite":
        pytest.skip("the in-process Redis does not go away")
    other = make_app()
    with other.app_context():
        counter = context.remembered("limits", limits._counter)
    counter._down_until = float("inf")
    assert counted(other, "192.0.2.1", "192.0.2.1") == [False, True]
    counter._down_until = 0.0
    assert counted(other, "192.0.2.1") == [False]


def test_redis_never_sees_an_address(post, app):
    post("/v1/auth/login", WRONG)
    keys = b" ".join(app.extensions["carbon.redis"].keys())
    assert b"login" in keys
    assert b"lin@" not in keys
    assert b"127.0.0.1" not in keys


def test_limits_can_be_switched_off_for_load_tests(make_app):
    app = make_app(rate_limits=False)
    assert counted(app, "192.0.2.1", "192.0.2.1") == [False, False]
