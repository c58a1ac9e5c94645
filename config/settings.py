"""Settings from the environment: one frozen object, every problem named at once.

Names are prefixed ``CARBON_``; `.env.example` lists them all. Nothing else in the project reads the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from environs import Env, EnvValidationError, ValidationError

from config import production
from config.production import DEVELOPMENT_SECRET, SANDBOX_API_KEY, SANDBOX_PUBLISHABLE_KEY, SANDBOX_WEBHOOK_SECRET

SANDBOX = "http://127.0.0.1:12111"  # where `python3 run.py` starts the stand-in for Stripe
PREFIX = "CARBON_"
ENVIRONMENTS = ("development", "test", "production")
POOLERS = ("none", "transaction")
SCHEDULERS = ("embedded", "off")
PASSWORD_PROFILES = ("normal", "cheap")
PAPER_READERS = ("local", "off")
LOG_FORMATS = ("console", "json")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
STRIPE_METHODS = ("card", "alipay", "wechat_pay")
APP_LINK = "carbon-account://payment"
DEFAULT_VAR_DIR = Path(__file__).resolve().parent.parent / "var"


class SettingsRefused(ValueError):
    """The environment does not make valid settings; `problems` names every one with its remedy."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(["The settings are not usable:", *(f"  - {line}" for line in problems)]))


@dataclass(frozen=True)
class Settings:
    """What one installation is configured to be. Durations are seconds, sizes bytes."""

    environment: str
    secret_key: str  # the master: wraps every person's data key; losing it loses personal data
    other_secret_keys: tuple[str, ...]  # masters that open keys and wrap none: the next one, and the former one
    database_url: str
    database_pool_size: int
    database_pooler: str  # "transaction": a pooler in front lends connections by the transaction
    redis_url: str  # "embedded://" keeps an in-process stand-in
    var_dir: Path  # databases, keys and files of a development installation
    listen: str  # HOST:PORT of `python3 run.py`; production chooses its own server
    public_url: str  # where phones and certificates find this installation
    token_keys: str  # PEM private keys for access tokens, newest first; empty: made once under var_dir
    statement_keys: str  # PEM private keys for statements and archives; never the tokens' keys
    access_token_s: int
    refresh_token_s: int
    scheduler: str  # embedded: `python3 run.py` runs the jobs itself; a server behind wsgi.py never does
    password_profile: str
    log_format: str
    log_level: str
    max_body_bytes: int
    trusted_proxies: int  # how many reverse proxies stand in front and may set X-Forwarded-For
    cors_origins: tuple[str, ...]
    rate_limits: bool
    metrics_token: str  # the bearer that /metrics asks for; empty: closed in production, else open to this machine
    sms_and_mail: str  # "log" writes messages to the log; other adapters name themselves
    push: str  # "log" writes pushes to the log; "webpush://CONTACT" sends them
    push_key: str  # PEM P-256 private key that signs pushes; empty: made once under var_dir
    storage: str  # "folder" under var_dir, or the address of an S3-compatible bucket
    paper_reader: str  # "local" reads bills and orders in a child process; "off" leaves them to operators
    oidc_providers: str  # JSON object of providers, see docs/operations.md; empty: the local stand-in in development
    stripe_api_key: str
    stripe_api_base: str  # empty: Stripe itself, the default in production; elsewhere the sandbox beside us
    stripe_webhook_secret: str
    stripe_publishable_key: str  # what payment sheets and pages of the provider's are opened with; no secret
    stripe_methods: tuple[str, ...]  # the ways of paying that the account has
    seller: str  # name, address and tax number on receipts and invoices, one a line
    seller_tax_permille: int  # the tax inside every price: 130 for 13 %; 0: none is charged
    app_links: tuple[str, ...]  # where a payer may be sent back to in the app, as whole links

    @property
    def is_production(self) -> bool:
        return self.environment == "production"


def load_settings(environ: Mapping[str, str] | None = None, *, is_named: bool = False) -> Settings:
    """Read settings from `environ` (default: the process environment); raise `SettingsRefused` naming every problem.

    With `is_named` the environment must say which one it is: a server that forgot it would serve as development does.
    """
    source = dict(os.environ if environ is None else environ)
    if is_named and not source.get(f"{PREFIX}ENVIRONMENT"):
        raise SettingsRefused([f"{PREFIX}ENVIRONMENT: say which it is, {' or '.join(ENVIRONMENTS)}."])
    env = Env(eager=False, expand_vars=False, prefix=PREFIX)
    with _reading(source):
        values = _read(env)
        problems = _sealed_problems(env)
    if not problems:
        problems = _policy_problems(values)
    if problems:
        raise SettingsRefused(problems)
    return Settings(**{field.name: values[field.name] for field in fields(Settings)})


def environment_with(changes: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with `changes`, for a child process that is to read other settings."""
    return {**os.environ, **changes}


@contextmanager
def _reading(source: Mapping[str, str]) -> Iterator[None]:
    """Let environs see exactly `source`, and put the process environment back afterwards."""
    saved = dict(os.environ)
    os.environ.clear()
    os.environ.update(source)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)


def _read(env: Env) -> dict[str, Any]:
    environment = env.str("ENVIRONMENT", "development", validate=_one_of(ENVIRONMENTS))
    var_dir = env.path("VAR_DIR", DEFAULT_VAR_DIR)
    listen = env.str("LISTEN", "127.0.0.1:8000")
    return {
        "environment": environment,
        "secret_key": env.str("SECRET_KEY", DEVELOPMENT_SECRET),
        # one a line: a secret may hold any other character
        "other_secret_keys": tuple(filter(str.strip, env.str("OTHER_SECRET_KEYS", "").splitlines())),
        "database_url": env.str("DATABASE_URL", f"sqlite:///{var_dir}/carbon.db"),
        "database_pool_size": env.int("DATABASE_POOL_SIZE", 10, validate=_at_least(1)),
        "database_pooler": env.str("DATABASE_POOLER", "none", validate=_one_of(POOLERS)),
        "redis_url": env.str("REDIS_URL", "embedded://"),
        "var_dir": var_dir,
        "listen": listen,
        "public_url": (env.str("PUBLIC_URL", f"http://{listen}") or "").rstrip("/"),
        "token_keys": env.str("TOKEN_KEYS", ""),
        "statement_keys": env.str("STATEMENT_KEYS", ""),
        "access_token_s": env.int("ACCESS_TOKEN_S", 900, validate=_at_least(60)),
        "refresh_token_s": env.int("REFRESH_TOKEN_S", 60 * 86400, validate=_at_least(3600)),
        "scheduler": env.str("SCHEDULER", "embedded", validate=_one_of(SCHEDULERS)),
        "password_profile": env.str("PASSWORD_PROFILE", "normal", validate=_one_of(PASSWORD_PROFILES)),
        "log_format": env.str("LOG_FORMAT", "console", validate=_one_of(LOG_FORMATS)),
        "log_level": env.str("LOG_LEVEL", "INFO", validate=_one_of(LOG_LEVELS)),
        "max_body_bytes": env.int("MAX_BODY_BYTES", 1024 * 1024, validate=_at_least(1024)),
        "trusted_proxies": env.int("TRUSTED_PROXIES", 0, validate=_at_least(0)),
        "cors_origins": tuple(env.list("CORS_ORIGINS", [])),
        "rate_limits": env.bool("RATE_LIMITS", True),
        "metrics_token": env.str("METRICS_TOKEN", ""),
        "sms_and_mail": env.str("SMS_AND_MAIL", "log"),
        "push": env.str("PUSH", "log"),
        "push_key": env.str("PUSH_KEY", ""),
        "storage": env.str("STORAGE", "folder"),
        "paper_reader": env.str("PAPER_READER", "local", validate=_one_of(PAPER_READERS)),
        "oidc_providers": env.str("OIDC_PROVIDERS", ""),
        "stripe_api_key": env.str("STRIPE_API_KEY", SANDBOX_API_KEY),
        "stripe_api_base": env.str("STRIPE_API_BASE", "" if environment == "production" else SANDBOX),
        "stripe_webhook_secret": env.str("STRIPE_WEBHOOK_SECRET", SANDBOX_WEBHOOK_SECRET),
        "stripe_publishable_key": env.str("STRIPE_PUBLISHABLE_KEY", SANDBOX_PUBLISHABLE_KEY),
        "stripe_methods": tuple(env.list("STRIPE_METHODS", list(STRIPE_METHODS), validate=_all_of(STRIPE_METHODS))),
        "seller": env.str("SELLER", "Carbon account (demonstration)"),
        "seller_tax_permille": env.int("SELLER_TAX_PERMILLE", 0, validate=_at_least(0)),
        "app_links": tuple(env.list("APP_LINKS", [APP_LINK])),
    }


def _sealed_problems(env: Env) -> list[str]:
    try:
        env.seal()
    except EnvValidationError as refused:
        found = refused.error_messages
        by_name = found if isinstance(found, Mapping) else {"CARBON_": found}
        return [f"{name}: {' '.join(messages)}" for name, messages in sorted(by_name.items())]
    return []


def _policy_problems(values: Mapping[str, Any]) -> list[str]:
    problems = []
    if not values["database_url"].startswith(("sqlite:///", "postgresql+psycopg://", "postgresql://")):
        problems.append("CARBON_DATABASE_URL: use sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME.")
    if not re.fullmatch(r"folder|s3(\+http)?://[^\s/@]+:[^\s/@]+@[^\s/@]+/[^\s/?]+(\?\S*)?", values["storage"]):
        problems.append("CARBON_STORAGE: use folder, or s3://KEY:SECRET@HOST/BUCKET?region=NAME.")
    # push services refuse a contact they could not write to
    if not re.fullmatch(r"log|webpush://[^\s/@]+@[^\s/@]+\.[^\s/@.]+", values["push"]):
        problems.append("CARBON_PUSH: use log, or webpush://CONTACT with an e-mail such as ops@example.org.")
    if not re.fullmatch(r"\S+:\d{1,5}", values["listen"]):
        problems.append("CARBON_LISTEN: use HOST:PORT, such as 127.0.0.1:8000.")
    if not values["redis_url"].startswith(("embedded://", "redis://", "rediss://", "unix://")):
        problems.append("CARBON_REDIS_URL: use embedded://, redis://HOST:PORT/0, rediss://… or unix://SOCKET.")
    if not all(
        re.fullmatch(r"(?!javascript)[a-z][a-z0-9+.-]*://[^\s<>\"']{1,180}", link) for link in values["app_links"]
    ):
        problems.append("CARBON_APP_LINKS: use whole links, such as carbon-account://payment,https://app.example/paid.")
    if values["environment"] == "production":
        problems += production.list_problems(values)
    return problems


def _one_of(choices: tuple[str, ...]) -> Callable[[str], None]:
    def check(value: str) -> None:
        if value not in choices:
            raise ValidationError(f"use one of {', '.join(choices)}.")

    return check


def _all_of(choices: tuple[str, ...]) -> Callable[[list[str]], None]:
    def check(values: list[str]) -> None:
        if not values or not set(values) <= set(choices):
            raise ValidationError(f"use some of {', '.join(choices)}.")

    return check


def _at_least(least: int) -> Callable[[int], None]:
    def check(value: int) -> None:
        if value < least:
            raise ValidationError(f"use {least} or more.")

    return check
