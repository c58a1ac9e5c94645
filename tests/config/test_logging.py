"""Nothing secret and nothing personal gets into a log, whoever writes it and in whichever form."""

from __future__ import annotations

import json
import logging

import jwt
import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from config import configure_logs, load_settings
from config.logging import REDACTED

TOKEN = jwt.encode({"sub": "usr_1"}, Ed25519PrivateKey.generate(), algorithm="EdDSA")
CANARY = "canary-4711"


@pytest.fixture(autouse=True)
def _quiet_afterwards():
    yield
    configure_logs(load_settings({"CARBON_LOG_LEVEL": "WARNING"}))


@pytest.fixture(params=["json", "console"])
def written(request, capsys):
    """What has been written to the log so far, as one text."""
    configure_logs(load_settings({"CARBON_LOG_FORMAT": request.param}))
    so_far = []

    def read():
        so_far.append(capsys.readouterr().err)
        return "".join(so_far)

    return read


@pytest.mark.parametrize(
    "name",
    [
        "authorization", "Authorization", "password", "new_password", "refresh_token", "secret_key", "email",
        "phone", "Set-Cookie", "Idempotency-Key", "stripe_signature", "address_hash",
    ],
)  # fmt: skip
def test_a_value_under_a_telling_name_is_replaced(name, written):
    structlog.get_logger("any").warning("line", **{name: CANARY})
    structlog.get_logger("any").warning("line", inner={"list": [{name: CANARY}]})
    assert written().count(REDACTED) == 2
    assert CANARY not in written()


@pytest.mark.parametrize(
    "secret",
    [
        TOKEN,
        f"Authorization: Bearer {CANARY}-long-enough",
        "-----BEGIN PRIVATE KEY-----\ncanary-4711\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\ncanary-4711",
        "sk_live_canary4711",
        "whsec_canary4711canary",
        "canary.4711+tag@mail.example.org",
        "postgresql://lin:canary-4711@db.example/carbon",
        b"canary-4711",
    ],
)
def test_what_looks_like_a_secret_is_replaced_wherever_it_stands(secret, written):
    log = structlog.get_logger("any")
    log.warning("line", words=f"tried {secret} twice" if isinstance(secret, str) else secret)
    log.warning(f"tried {secret} twice" if isinstance(secret, str) else "line")
    assert "canary" not in written()
    assert TOKEN not in written()


def test_a_traceback_is_cleaned_too(written):
    try:
        raise ValueError(f"nobody is called {CANARY}@example.org")
    except ValueError:
        structlog.get_logger("any").exception("failed")
        logging.getLogger("some.library").exception("failed")
    assert written().count("ValueError") >= 2
    assert CANARY not in written()


def test_lines_of_libraries_pass_through_the_same_list(written):
    logging.getLogger("some.library").warning("sent to %s", f"{CANARY}@example.org", extra={"token": CANARY})
    assert "sent to" in written()
    assert CANARY not in written()


def test_ordinary_facts_stay(written):
    structlog.get_logger("any").warning("line", user="usr_01m8", route="/v1/home", status=200, grams=-720)
    for fact in ("usr_01m8", "/v1/home", "200", "-720"):
        assert fact in written()


def test_letters_of_the_stand_in_mailbox_are_shown_as_they_are(written):
    structlog.get_logger("messages").info("message", to="lin@example.org", body="Your code is 123456")
    assert "123456" in written()
    assert "lin@example.org" in written()


def test_json_is_one_object_a_line(capsys):
    configure_logs(load_settings({"CARBON_LOG_FORMAT": "json"}))
    structlog.get_logger("any").warning("first\nline", city="北京")
    [line] = capsys.readouterr().err.splitlines()
    read = json.loads(line)
    assert (read["event"], read["level"], read["logger"], read["city"]) == ("first\nline", "warning", "any", "北京")
    assert read["timestamp"].endswith("Z")


def test_configuring_again_does_not_write_lines_twice(written):
    configure_logs(load_settings({}))
    structlog.get_logger("any").warning("only once")
    assert written().count("only once") == 1
