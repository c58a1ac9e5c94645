"""Pages of the console: who sees which, signed in how, and that no form is taken that was not given to its sender."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import text

from backend.console.api import edge
from backend.jobs.runner.schedule import JOBS
from backend.jobs.runner.slots import run_slot
from backend.platform.core import clock
from backend.platform.core.roles import holders_of
from backend.platform.web.pages import DeclaredPage
from tests.backend.console.conftest import TOKEN, TRIP

PASSWORD = "correct horse battery"


@pytest.fixture
def account(app, in_transaction):
    """An operator with a password: their e-mail and id."""
    from backend.accounts import service as accounts
    from backend.accounts.service.addresses import read_email
    from backend.accounts.sql.credentials import REGISTER_IDENTITY

    def make(*roles: str, email: str = "lin@example.org") -> str:
        with app.app_context():
            hashed = accounts.hash_password(PASSWORD)

        def work(session):
            from backend.accounts.service.sign_in import set_password

            user_id = accounts.create_user(session, is_guest=False)
            row = {"kind": "email", "value_hash": read_email(email).hash, "user_id": user_id}
            now = clock.database_now(session)
            session.execute(REGISTER_IDENTITY, {**row, "claimed_at": now, "verified_at": now})
            set_password(session, user_id, hashed)
            for role in roles:
                accounts.grant_role(session, user_id, role, who="the tests", reason="a test needs it")
            return user_id

        return in_transaction(work)

    return make


def sign_in(client, password=PASSWORD, email="lin@example.org"):
    token = TOKEN.search(client.get("/console/sign-in").text)[1]
    return client.post("/console/sign-in", data={"form_token": token, "email": email, "password": password})


def test_a_methodologist_signs_in_by_password_and_out_again(app, account):
    account("methodologist")
    client = app.test_client()
    assert client.get("/console").headers["Location"] == "/console/sign-in"
    client.get("/console/sign-in")
    before = client.get_cookie(edge.cookie, path="/console")
    answer = sign_in(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console")
    after = client.get_cookie(edge.cookie, path="/console")
    assert before.value != after.value  # nobody who planted a cookie is signed in with it
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Strict" in answer.headers["Set-Cookie"]
    page = client.get("/console")
    assert page.status_code == 200
    client.post("/console/sign-out", data={"form_token": TOKEN.search(page.text)[1]})
    client.set_cookie(edge.cookie, after.value, path="/console")
    assert client.get("/console").headers["Location"] == "/console/sign-in"


def test_a_wrong_password_and_somebody_without_a_role_come_no_further(app, account):
    account("methodologist")
    account(email="user@example.org")
    assert sign_in(app.test_client(), "another one").status_code == 401
    assert sign_in(app.test_client(), email="user@example.org").status_code == 403


@pytest.mark.parametrize("environment, is_secure", [("development", False), ("production", True)])
def test_the_cookie_is_secure_outside_of_development(make_app, environment, is_secure):
    client = make_app(environment=environment).test_client()
    cookie = client.get("/console/sign-in").headers["Set-Cookie"].split("; ")
    assert ("Secure" in cookie) == is_secure
    assert {"HttpOnly", "SameSite=Strict", "Path=/console"} <= set(cookie)


def test_a_reviewer_shows_a_code_that_is_taken_once(app, account, frozen_clock):
    account("reviewer")
    client = app.test_client()
    sign_in(client)
    assert client.get("/console").headers["Location"] == "/console/second-factor"
    token = TOKEN.search(client.get("/console/second-factor").text)[1]
    shown = client.post("/console/second-factor/new", data={"form_token": token}).text
    secret = base64.b32decode(re.search(r'<code class="hash">([A-Z2-7 ]+)</code>', shown)[1].replace(" ", ""))
    code = TOTP(secret, 6, SHA1(), 30).generate(int(clock.now().timestamp())).decode()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert client.post("/console/second-factor", data={"form_token": token, "code": wrong}).status_code == 422
    assert client.post("/console/second-factor", data={"form_token": token, "code": code}).status_code == 303
    assert client.get("/console").status_code == 200
    other = app.test_client()
    sign_in(other)
    again = TOKEN.search(other.get("/console/second-factor").text)[1]
    assert other.post("/console/second-factor/new", data={"form_token": again}).status_code == 403
    assert other.post("/console/second-factor", data={"form_token": again, "code": code}).status_code == 422
    assert other.get("/console").headers["Location"] == "/console/second-factor"


def test_without_the_second_step_no_form_of_an_approver_is_taken(browser, submitted):
    half = browser("reviewer", has_factor=False)
    token = TOKEN.search(half.get("/console/second-factor").text)[1]
    answer = half.post(f"{submitted}/reject", token=token, reason="no")
    assert answer.status_code == 403
    assert "auth.second_factor" in answer.text


FORMS = (
    "/console/sign-in",
    "/console/sign-out",
    "/console/second-factor",
    "/console/second-factor/new",
    "/console/drafts",
    "/console/drafts/wdr_x",
    "/console/drafts/wdr_x/submit",
    "/console/drafts/wdr_x/take-back",
    f"/console/methodologies/{TRIP}/versions/2/approve",
    f"/console/methodologies/{TRIP}/versions/2/reject",
    f"/console/methodologies/{TRIP}/versions/2/request-changes",
    f"/console/methodologies/{TRIP}/versions/2/comments",
    f"/console/methodologies/{TRIP}/versions/2/comments/settle",
)


def concrete(rule):
    path = rule.rule.replace("<methodology_id>", TRIP).replace("<int(max=1000000):version>", "2")
    return path.replace("<draft_id>", "wdr_x")


def test_every_form_of_the_console_is_in_the_list(app):
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/console") and "POST" in rule.methods]
    missing = {concrete(rule) for rule in rules} - set(FORMS)
    assert not {path for path in missing if "<" not in path}


def test_each_form_without_or_with_a_foreign_token_is_refused(app, browser):
    every, other = browser("reviewer", "methodologist", "support", "admin"), browser("reviewer")
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/console") and "POST" in rule.methods]
    assert len(rules) >= len(FORMS)
    paths = [re.sub(r"<[^>]+>", "x1", concrete(rule)) for rule in rules]
    foreign = other.token()
    for path in paths:
        for token in ("", foreign, "0" * 64):
            answer = every.post(path, token=token)
            assert (answer.status_code, "request.foreign_form" in answer.text) == (403, True), path
        origin = every.client.post(path, data={"form_token": every.token()}, headers={"Origin": "https://evil.example"})
        assert (origin.status_code, "request.foreign_form" in origin.text) == (403, True), path


def test_an_access_token_opens_no_page_and_the_cookie_no_endpoint(new_person, browser):
    person, reviewer = new_person(roles=("reviewer",)), browser("reviewer")
    assert person.get("/console").headers["Location"] == "/console/sign-in"
    assert reviewer.get("/v1/operator/methodologies").status_code == 401


def test_pages_forbid_scripts_frames_and_caches(reviewer):
    answer = reviewer.get("/console")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "<script" not in answer.text


@pytest.mark.parametrize(
    "role, path, is_shown",
    [
        ("support", "/console/methodologies", False),
        ("auditor", "/console/methodologies", True),
        ("methodologist", "/console/methodologies", True),
        ("support", "/console", True),
        ("user", "/console", False),
    ],
)
def test_a_page_is_for_the_roles_that_need_it(browser, role, path, is_shown):
    answer = browser(*(() if role == "user" else (role,))).get(path)
    assert answer.status_code == (200 if is_shown else 403)


def test_whoever_loses_a_role_or_the_session_loses_the_pages_at_once(browser, in_transaction):
    from backend.accounts import service as accounts

    one = browser("auditor", "methodologist")
    assert one.get("/console/methodologies").status_code == 200
    for role in ("auditor", "methodologist"):
        in_transaction(
            lambda session, role=role: accounts.withdraw_role(session, one.user_id, role, who="t", reason="t")
        )
    assert one.get("/console/methodologies").status_code == 403
    two = browser("auditor")
    in_transaction(lambda session: accounts.suspend(session, two.user_id, who="t", reason="t"))
    assert two.get("/console").headers["Location"] == "/console/sign-in"


def test_the_pages_speak_english_and_chinese(reviewer):
    english = reviewer.get("/console", headers={"Accept-Language": "en"})
    chinese = reviewer.get("/console", headers={"Accept-Language": "zh-CN"})
    assert "What waits for me" in english.text
    assert 'lang="en"' in english.text
    assert "待办" in chinese.text
    assert 'lang="zh-CN"' in chinese.text


def test_a_job_drops_the_sign_ins_whose_time_is_over_and_no_others(app, browser, in_transaction, frozen_clock):
    past = browser("reviewer")
    frozen_clock.advance(timedelta(hours=9))
    present = browser("reviewer")
    (job,) = (job for job in JOBS if job.name == "console_sign_ins.drop")
    assert run_slot(app, job)
    kept = in_transaction(lambda session: session.execute(text("SELECT user_id FROM console_sessions")).scalars().all())
    assert past.user_id not in kept
    assert kept == [present.user_id]


def test_a_page_that_asks_nobody_who_they_are_is_for_anybody():
    with pytest.raises(ValueError, match="for anybody"):
        DeclaredPage(method="GET", who=holders_of("reviewer"), transaction=False)


def test_a_browser_is_let_say_that_a_form_comes_from_here(app):
    """Under `no-referrer` Chromium sends a form with `Origin: null`, and no form of the pages would be taken."""
    assert app.test_client().get("/console/sign-in").headers["Referrer-Policy"] == "same-origin"
