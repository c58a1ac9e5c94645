"""Settings are read once, refused with every problem at once, and cannot be changed afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from dataclasses import FrozenInstanceError

import pytest

from config import SettingsRefused, load_settings
from config.production import DEVELOPMENT_SECRET
from tests.house.source import ROOT

SOUND_PRODUCTION = {
    "CARBON_ENVIRONMENT": "production",
    "CARBON_SECRET_KEY": "a secret of one installation, 32+ long",
    "CARBON_PUBLIC_URL": "https://carbon.example",
    "CARBON_TOKEN_KEYS": "-----BEGIN PRIVATE KEY----- tokens",
    "CARBON_STATEMENT_KEYS": "-----BEGIN PRIVATE KEY----- statements",
    "CARBON_STRIPE_API_KEY": "sk_live_of_our_own",
    "CARBON_STRIPE_WEBHOOK_SECRET": "whsec_of_our_own",
    "CARBON_STRIPE_PUBLISHABLE_KEY": "pk_live_of_our_own",
    "CARBON_SMS_AND_MAIL": "smtp://account:of-the-mail-server@mail.internal:587?from=account@carbon.example",
}


def problems_of(environ):
    with pytest.raises(SettingsRefused) as refused:
        load_settings(environ)
    return refused.value.problems


def test_development_needs_no_settings_at_all():
    settings = load_settings({})
    assert settings.environment == "development"
    assert settings.database_url.startswith("sqlite:///")
    assert settings.redis_url == "embedded://"


def test_production_starts_with_secrets_of_its_own():
    assert load_settings(SOUND_PRODUCTION).is_production


@pytest.mark.parametrize(
    "name, value",
    [
        ("CARBON_SECRET_KEY", DEVELOPMENT_SECRET),
        ("CARBON_SECRET_KEY", "short"),
        ("CARBON_SECRET_KEY", "a" * 64),
        ("CARBON_SECRET_KEY", "changeme" * 8),
        ("CARBON_SECRET_KEY", "1234567890" * 3 + "12"),
        ("CARBON_SECRET_KEY", "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbc"),
        ("CARBON_TOKEN_KEYS", ""),
        ("CARBON_STATEMENT_KEYS", ""),
        ("CARBON_STATEMENT_KEYS", SOUND_PRODUCTION["CARBON_TOKEN_KEYS"]),
        ("CARBON_PASSWORD_PROFILE", "cheap"),
        ("CARBON_PUBLIC_URL", "http://carbon.example"),
        ("CARBON_STRIPE_WEBHOOK_SECRET", "whsec_sandbox"),
        ("CARBON_STRIPE_WEBHOOK_SECRET", ""),
        ("CARBON_STRIPE_API_KEY", "sk_test_sandbox"),
        ("CARBON_STRIPE_API_KEY", ""),
        ("CARBON_STRIPE_PUBLISHABLE_KEY", "pk_test_sandbox"),
        ("CARBON_SMS_AND_MAIL", "log"),
        ("CARBON_CORS_ORIGINS", "https://app.example,*"),
        ("CARBON_CORS_ORIGINS", "https://*.example"),
        ("CARBON_RATE_LIMITS", "false"),
        ("CARBON_METRICS_TOKEN", "short"),
    ],
)
def test_production_refuses_a_default_or_weak_value_and_names_it(name, value):
    problems = problems_of(SOUND_PRODUCTION | {name: value})
    assert [problem.split(":")[0] for problem in problems] == [name]


@pytest.mark.parametrize(
    "name, value",
    [
        ("CARBON_STRIPE_WEBHOOK_SECRET", SOUND_PRODUCTION["CARBON_SECRET_KEY"]),
        ("CARBON_STRIPE_WEBHOOK_SECRET", SOUND_PRODUCTION["CARBON_STRIPE_API_KEY"]),
        ("CARBON_METRICS_TOKEN", SOUND_PRODUCTION["CARBON_SECRET_KEY"]),
        ("CARBON_OTHER_SECRET_KEYS", SOUND_PRODUCTION["CARBON_SECRET_KEY"]),
        ("CARBON_OTHER_SECRET_KEYS", f"the next one\n{SOUND_PRODUCTION['CARBON_STRIPE_WEBHOOK_SECRET']}"),
        ("CARBON_DATABASE_URL", "postgresql://carbon:of-the-mail-server@db.internal/carbon"),
        ("CARBON_STORAGE", "s3://key:of-the-mail-server@host/bucket?region=eu"),
    ],
)
def test_one_secret_for_two_purposes_is_refused(name, value):
    [problem] = problems_of(SOUND_PRODUCTION | {name: value})
    assert "one secret for each purpose" in problem
    assert name in problem


def test_two_rings_that_share_one_key_of_several_are_refused():
    first, second, third = (
        f"-----BEGIN PRIVATE KEY-----\n{name}\n-----END PRIVATE KEY-----" for name in ("one", "two", "three")
    )
    rings = {"CARBON_TOKEN_KEYS": f"{first}\n{second}", "CARBON_STATEMENT_KEYS": f"{third}\n{second}\n"}
    [problem] = problems_of(SOUND_PRODUCTION | rings)
    assert problem.startswith("CARBON_STATEMENT_KEYS")
    assert load_settings(SOUND_PRODUCTION | rings | {"CARBON_STATEMENT_KEYS": third}).is_production


@pytest.mark.parametrize("made_by", ["rand -base64 48", "rand -hex 16", "rand -base64 24"])
def test_what_a_machine_made_is_no_weak_secret(made_by):
    for _ in range(200):
        made = {
            "rand -base64 48": b64encode(os.urandom(48)).decode(),
            "rand -hex 16": os.urandom(16).hex(),
            "rand -base64 24": b64encode(os.urandom(24)).decode(),
        }[made_by]
        assert load_settings(SOUND_PRODUCTION | {"CARBON_SECRET_KEY": made}).is_production


def test_other_masters_stand_one_a_line_each_as_it_was_typed():
    assert load_settings({"CARBON_OTHER_SECRET_KEYS": "the, next one \n\nthe former one\n"}).other_secret_keys == (
        "the, next one ",
        "the former one",
    )
    assert load_settings({}).other_secret_keys == ()


def test_a_weak_master_may_be_on_its_way_out_and_may_not_wrap():
    assert load_settings(SOUND_PRODUCTION | {"CARBON_OTHER_SECRET_KEYS": DEVELOPMENT_SECRET}).is_production
    [problem] = problems_of(SOUND_PRODUCTION | {"CARBON_SECRET_KEY": "weak", "CARBON_OTHER_SECRET_KEYS": "a sound one"})
    assert problem.startswith("CARBON_SECRET_KEY")


def test_a_server_that_does_not_know_what_it_is_does_not_start():
    with pytest.raises(SettingsRefused, match="CARBON_ENVIRONMENT: say which it is"):
        load_settings({}, is_named=True)
    assert load_settings({"CARBON_ENVIRONMENT": "development"}, is_named=True).environment == "development"


def test_wsgi_app_without_a_named_environment_says_so_in_words(tmp_path):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CARBON_")}
    refused = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env=environ | {"CARBON_VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert refused.returncode != 0
    assert "CARBON_ENVIRONMENT: say which it is" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_bare_production_is_told_everything_at_once():
    problems = problems_of({"CARBON_ENVIRONMENT": "production"})
    assert {problem.split(":")[0] for problem in problems} == set(SOUND_PRODUCTION) - {"CARBON_ENVIRONMENT"}


def test_values_that_cannot_be_read_are_named_together():
    problems = problems_of(
        {
            "CARBON_ENVIRONMENT": "staging",
            "CARBON_DATABASE_POOL_SIZE": "many",
            "CARBON_ACCESS_TOKEN_S": "1",
            "CARBON_RATE_LIMITS": "perhaps",
        }
    )
    assert [problem.split(":")[0] for problem in problems] == [
        "CARBON_ACCESS_TOKEN_S",
        "CARBON_DATABASE_POOL_SIZE",
        "CARBON_ENVIRONMENT",
        "CARBON_RATE_LIMITS",
    ]


@pytest.mark.parametrize(
    "name, value",
    [
        ("CARBON_DATABASE_URL", "mysql://db/carbon"),
        ("CARBON_REDIS_URL", "memcached://cache"),
        ("CARBON_LISTEN", "everywhere"),
    ],
)
def test_a_service_we_cannot_speak_to_is_refused(name, value):
    assert [problem.split(":")[0] for problem in problems_of({name: value})] == [name]


def test_links_lead_to_where_it_listens_unless_another_address_is_given():
    assert load_settings({"CARBON_LISTEN": "127.0.0.1:8931"}).public_url == "http://127.0.0.1:8931"
    elsewhere = load_settings({"CARBON_LISTEN": "127.0.0.1:8931", "CARBON_PUBLIC_URL": "https://carbon.example/"})
    assert elsewhere.public_url == "https://carbon.example"


def test_settings_cannot_be_changed():
    settings = load_settings({})
    with pytest.raises(FrozenInstanceError):
        settings.environment = "production"


def test_reading_given_settings_leaves_the_environment_of_the_process_alone():
    before = dict(os.environ)
    load_settings({"CARBON_ENVIRONMENT": "test"})
    assert dict(os.environ) == before
