"""Settings are read once, refused with every problem at once, and cannot be changed afterwards."""

from __future__ import annotations

import os
from dataclasses import FrozenInstanceError

import pytest

from config import SettingsRefused, load_settings
from config.settings import DEVELOPMENT_SECRET

SOUND_PRODUCTION = {
    "CARBON_ENVIRONMENT": "production",
    "CARBON_SECRET_KEY": "a secret of one installation, 32+ long",
    "CARBON_PUBLIC_URL": "https://carbon.example",
    "CARBON_TOKEN_KEYS": "-----BEGIN PRIVATE KEY----- tokens",
    "CARBON_STATEMENT_KEYS": "-----BEGIN PRIVATE KEY----- statements",
    "CARBON_STRIPE_WEBHOOK_SECRET": "whsec_of_our_own",
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
        ("CARBON_TOKEN_KEYS", ""),
        ("CARBON_STATEMENT_KEYS", ""),
        ("CARBON_STATEMENT_KEYS", SOUND_PRODUCTION["CARBON_TOKEN_KEYS"]),
        ("CARBON_PASSWORD_PROFILE", "cheap"),
        ("CARBON_PUBLIC_URL", "http://carbon.example"),
        ("CARBON_STRIPE_WEBHOOK_SECRET", "whsec_sandbox"),
    ],
)
def test_production_refuses_a_default_or_weak_value_and_names_it(name, value):
    problems = problems_of(SOUND_PRODUCTION | {name: value})
    assert [problem.split(":")[0] for problem in problems] == [name]


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


def test_settings_cannot_be_changed():
    settings = load_settings({})
    with pytest.raises(FrozenInstanceError):
        settings.environment = "production"


def test_reading_given_settings_leaves_the_environment_of_the_process_alone():
    before = dict(os.environ)
    load_settings({"CARBON_ENVIRONMENT": "test"})
    assert dict(os.environ) == before
