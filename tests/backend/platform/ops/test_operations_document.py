"""What `docs/operations.md` names is there: commands with their options, settings, jobs, figures and files."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from backend.jobs.runner.schedule import JOBS
from config import load_policy

ROOT = Path(__file__).resolve().parents[4]
DOCUMENT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\s*(flask --app wsgi [^#\n]+)|`(flask --app wsgi [^`]+)`", DOCUMENT, re.MULTILINE)
COMMANDS = sorted({" ".join((block or within).split()) for block, within in LINES})

pytestmark = pytest.mark.alike_on_both_engines


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_can_be_given_as_it_stands(line, app, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "heads.jsonl").touch()  # as the day's backup left it
    words = shlex.split(line.replace("…", "x").split(" > ")[0])[3:]
    command: click.Command = app.cli
    context = click.Context(command)
    while isinstance(command, click.Group) and words:
        found = command.get_command(context, words.pop(0))
        assert found is not None, line
        command = found
    if not isinstance(command, click.Group):
        command.make_context(command.name, words, resilient_parsing=False)


def test_the_document_names_many_commands() -> None:
    assert len(COMMANDS) > 20


def test_each_setting_is_one() -> None:
    known = set(re.findall(r"\b(?:CARBON|PROMETHEUS)_[A-Z_]+\b", (ROOT / ".env.example").read_text(encoding="utf-8")))
    assert set(re.findall(r"\bCARBON_[A-Z_]+\b", DOCUMENT)) <= known


def test_each_job_is_one() -> None:
    names = {job.name for job in JOBS}
    told = set(re.findall(r"`((?:people|guests|invariants|ledger|checkout|points)\.[a-z_]+)`", DOCUMENT))
    assert told
    assert told <= names


def test_each_file_it_leads_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", DOCUMENT)
    assert links
    assert all((ROOT / "docs" / link).exists() for link in links if "://" not in link)
    named = re.findall(r"`((?:config|backend|docs)/[\w./-]+\.\w+)`", DOCUMENT)
    assert all((ROOT / path).exists() for path in named)


def test_what_the_policy_is_said_to_hold_it_holds() -> None:
    assert load_policy().privacy.erased_within_days > 0
