"""What production refuses to start with, each with its remedy: defaults that are public, weak and shared secrets."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any
from urllib.parse import urlsplit

DEVELOPMENT_SECRET = "development-only-do-not-use-in-production"
SANDBOX_API_KEY = "sk_test_sandbox"
SANDBOX_WEBHOOK_SECRET = "whsec_sandbox"
SANDBOX_PUBLISHABLE_KEY = "pk_test_sandbox"
SHORTEST_SECRET = 32
# assumed: what 16 random bytes have in whatever way they are written, less what so short a sample leaves unseen:
# of 300,000 made by `openssl rand -hex 16` the least had 89
LEAST_BITS = 80
OWN_KEY = "set an Ed25519 private key in PEM; production makes none by itself."


def list_problems(values: Mapping[str, Any]) -> list[str]:
    """Every reason why `values` must not serve real people, by the name of the setting."""
    found = {
        "SECRET_KEY: set a secret of your own, 32 characters or more, made by a machine.": _is_weak(
            values["secret_key"]
        ),
        f"TOKEN_KEYS: {OWN_KEY}": not values["token_keys"],
        f"STATEMENT_KEYS: {OWN_KEY}": not values["statement_keys"],
        "PUSH_KEY: set a P-256 private key in PEM; production makes none by itself.": (
            values["push"] != "log" and not values["push_key"]
        ),
        "PASSWORD_PROFILE: only 'normal' protects real passwords.": values["password_profile"] != "normal",
        "PUBLIC_URL: production is served over https://.": not values["public_url"].startswith("https://"),
        "STRIPE_API_KEY: set your own account's; the sandbox's pays for nothing.": (
            values["stripe_api_key"] in ("", SANDBOX_API_KEY)
        ),
        "STRIPE_WEBHOOK_SECRET: set your own endpoint's; the sandbox's is public.": (
            values["stripe_webhook_secret"] in ("", SANDBOX_WEBHOOK_SECRET)
        ),
        "STRIPE_PUBLISHABLE_KEY: set your own account's; payment sheets are opened with it.": (
            values["stripe_publishable_key"] in ("", SANDBOX_PUBLISHABLE_KEY)
        ),
        "SMS_AND_MAIL: name a way out; the log would hold every code that signs somebody in.": (
            values["sms_and_mail"] == "log"
        ),
        "CORS_ORIGINS: name the origins of your apps, not all.": any("*" in one for one in values["cors_origins"]),
        "RATE_LIMITS: without limits every password can be guessed.": not values["rate_limits"],
        "METRICS_TOKEN: set one of 16 characters or more, or none, and /metrics is closed.": (
            0 < len(values["metrics_token"]) < 16
        ),
    }
    return [f"CARBON_{problem}" for problem, is_there in found.items() if is_there] + list(_shared(values))


def _is_weak(secret: str) -> bool:
    if secret == DEVELOPMENT_SECRET or len(secret) < SHORTEST_SECRET:
        return True
    return _measure_bits(_find_repeated(secret)) < LEAST_BITS


def _find_repeated(text: str) -> str:
    """The shortest beginning of a text that, written again and again, makes the whole of it."""
    lengths = range(1, len(text) + 1)
    return next(text[:length] for length in lengths if text == (text[:length] * len(text))[: len(text)])


def _measure_bits(text: str) -> float:
    """Shannon's measure of a text by how often its own characters occur."""
    counts = Counter(text).values()
    return -sum(count * math.log2(count / len(text)) for count in counts)


def _shared(values: Mapping[str, Any]) -> Iterator[str]:
    """Secrets that serve two purposes: who gets hold of one would hold the other."""
    for (one, own), (other, others) in combinations(_secrets(values).items(), 2):
        if own & others:
            yield f"CARBON_{other}: it must not be the secret of CARBON_{one} too; one secret for each purpose."


def _secrets(values: Mapping[str, Any]) -> dict[str, set[str]]:
    texts = {
        "SECRET_KEY": {values["secret_key"]},
        # whether they are weak is not asked: one may be on its way out, and the next is measured when it wraps
        "OTHER_SECRET_KEYS": set(values["other_secret_keys"]),
        "TOKEN_KEYS": _read_pem(values["token_keys"]),
        "STATEMENT_KEYS": _read_pem(values["statement_keys"]),
        "PUSH_KEY": _read_pem(values["push_key"]),
        "STRIPE_API_KEY": {values["stripe_api_key"]},
        "STRIPE_WEBHOOK_SECRET": {values["stripe_webhook_secret"]},
        "METRICS_TOKEN": {values["metrics_token"]},
        **{name.upper(): {_password_of(values[name])} for name in ("database_url", "sms_and_mail", "storage")},
    }
    return {name: {text for text in own if text} for name, own in texts.items()}


def _read_pem(text: str) -> set[str]:
    """Each key of a text of PEM blocks, without blanks."""
    return {"".join(block.split()) for block in re.split(r"(?<=KEY-----)\s+(?=-----BEGIN)", text) if block.strip()}


def _password_of(address: str) -> str:
    return urlsplit(address).password or ""
