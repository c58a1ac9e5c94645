"""Operators at a browser: signed in by password and a code of an authenticator, as they really do it."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from backend.accounts import service as accounts
from backend.accounts.service.addresses import read_email
from backend.accounts.service.sign_in import set_password
from backend.accounts.sql.credentials import REGISTER_IDENTITY
from backend.platform.core import clock

PASSWORD = "correct horse battery"
# what the pages call it, in the languages that the tests read them in
SAYS = {
    "en": {"sign_in": "Sign in", "continue": "Continue"},
    "zh-CN": {"sign_in": "登录", "continue": "继续"},
}


def register(app: Any, in_transaction: Any, name: str, *roles: str) -> str:
    """An operator called `name` with a password; return their id."""
    email = read_email(f"{name}@example.org")
    with app.app_context():
        hashed = accounts.hash_password(PASSWORD)

    def work(session: Any) -> str:
        user_id = accounts.create_user(session, is_guest=False)
        now = clock.database_now(session)
        row = {"kind": "email", "value_hash": email.hash, "user_id": user_id, "claimed_at": now, "verified_at": now}
        session.execute(REGISTER_IDENTITY, row)
        set_password(session, user_id, hashed)
        for role in roles:
            accounts.grant_role(session, user_id, role, who="the tests", reason="a test needs it")
        return user_id

    return in_transaction(work)


def sign_in(reader: Any, name: str, *, has_factor: bool) -> None:
    """Sign in as `name`; whoever decides about others sets up an authenticator on the way."""
    page, says = reader.page, SAYS[reader.language]
    reader.opens("/console")
    assert page.url.endswith("/console/sign-in")
    reader.check_page()
    page.locator("#email").fill(f"{name}@example.org")
    page.locator("#password").fill(PASSWORD)
    reader.presses(says["sign_in"])
    if has_factor:
        assert page.url.endswith("/console/second-factor")
        reader.check_page()
        reader.clicks(page.locator("main form button"))
        reader.check_page()
        secret = base64.b32decode(page.locator("code.hash").inner_text().replace(" ", ""))
        page.locator("#code").fill(TOTP(secret, 6, SHA1(), 30).generate(int(clock.now().timestamp())).decode())
        reader.presses(says["continue"])
    assert page.url.endswith("/console")
    reader.check_page()
