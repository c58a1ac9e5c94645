"""What the project says of itself agrees with itself: Python, checks, releases."""

from __future__ import annotations

import re
import tomllib

import yaml

import run
from tests.house.source import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RELEASE = re.compile(r"^## (\d+\.\d+\.\d+(?:rc\d+)?), (\d{4}-\d{2}-\d{2})(?: \(pre-release\))?$")


def test_the_oldest_python_is_the_one_that_run_asks_for():
    assert PROJECT["requires-python"] == f">={'.'.join(map(str, run.OLDEST_PYTHON))}"


def test_what_is_checked_before_a_commit_is_what_run_checks():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert {repository["repo"] for repository in config["repos"]} == {"local"}
    hooks = [hook["entry"].split() for repository in config["repos"] for hook in repository["hooks"]]
    assert hooks == [[".venv/bin/python", *line] for line in run.COMMANDS["check"][1]]


def test_the_changelog_is_dated_newest_first_below_what_is_unreleased():
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    first, *releases = [line for line in lines if line.startswith("## ")]
    dates = [RELEASE.match(line)[2] for line in releases]
    assert first == "## Unreleased"
    assert dates == sorted(dates, reverse=True)
    assert releases
