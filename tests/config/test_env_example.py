"""`.env.example` names every setting there is, with the default it really has."""

from __future__ import annotations

import re
from dataclasses import fields

from config import Settings, load_settings
from tests.house.source import ROOT

LINE = re.compile(r"^# (CARBON_[A-Z_]+)=(.*)$", re.MULTILINE)
EXAMPLE = dict(LINE.findall((ROOT / ".env.example").read_text(encoding="utf-8")))
DERIVED = {"CARBON_DATABASE_URL", "CARBON_VAR_DIR"}  # their defaults depend on the checkout


def test_every_setting_is_in_the_example_and_no_other():
    assert sorted(EXAMPLE) == sorted(f"CARBON_{field.name.upper()}" for field in fields(Settings))


def test_the_example_shows_the_defaults():
    written_out = {name: value for name, value in EXAMPLE.items() if name not in DERIVED}
    assert load_settings(written_out) == load_settings({})
