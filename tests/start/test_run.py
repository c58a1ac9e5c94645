"""The one door: what `run.py` does before the command, and what it says when it cannot."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import distributions

import pytest

from tests.house.source import ROOT

COPIED = ("run.py", "requirements.txt", "requirements-dev.txt", "constraints.txt")


@pytest.fixture
def checkout(tmp_path):
    """A bare checkout with nothing installed, whose requirements are empty."""
    for name in COPIED:
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\n")
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / "demo.py").write_text("import sys\nprint('told', sys.prefix, *sys.argv[1:])\n")
    return tmp_path


def run(checkout, *arguments, **environ):
    return subprocess.run(
        [sys.executable, str(checkout / "run.py"), *arguments],
        capture_output=True,
        text=True,
        cwd="/",
        env=os.environ | environ,
    )


def test_the_first_start_makes_the_environment_and_the_second_finds_it(checkout):
    first = run(checkout, "demo", "--quick")
    assert first.returncode == 0, first.stderr
    assert first.stdout.split() == ["told", str(checkout / ".venv"), "--quick"]
    assert "Installing" in first.stderr

    second = run(checkout, "demo")
    assert second.stdout.startswith("told")
    assert second.stderr == ""


def test_a_changed_requirement_is_installed_at_the_next_start(checkout):
    run(checkout, "demo")
    (checkout / "requirements.txt").write_text("# something else\n")
    assert "Installing" in run(checkout, "demo").stderr


def test_the_development_environment_serves_too(checkout):
    assert run(checkout, "check").returncode != 0  # there is no ruff in it
    assert "Installing" not in run(checkout, "demo").stderr


def test_requirements_that_cannot_be_fetched_are_explained_and_tried_again(checkout):
    (checkout / "requirements.txt").write_text("carbon-account-has-no-such-package==1.0\n")
    for _ in range(2):
        refused = run(checkout, "demo", PIP_NO_INDEX="1", PIP_RETRIES="0")
        assert refused.returncode == 2
        assert "carbon-account-has-no-such-package" in refused.stderr
        assert "connection" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_a_missing_pip_is_explained(checkout, tmp_path):
    broken = tmp_path / "broken"
    (broken / "pip").mkdir(parents=True)
    (broken / "pip" / "__init__.py").touch()
    (broken / "pip" / "__main__.py").write_text("raise SystemExit(1)\n")
    refused = run(checkout, "demo", PYTHONPATH=str(broken), PATH="/nowhere")
    assert refused.returncode == 2
    assert "apt-get install python3-pip" in refused.stderr


def test_an_unknown_command_lists_the_known_ones(checkout):
    refused = run(checkout, "sevre")
    assert refused.returncode == 2
    assert "serve, demo, test, bench, check" in refused.stderr


def test_the_exit_code_is_that_of_the_command(checkout):
    (checkout / "backend" / "demo.py").write_text("raise SystemExit(7)\n")
    assert run(checkout, "demo").returncode == 7


def test_the_tests_keep_what_they_have_compiled_whatever_the_environment_says(checkout):
    (checkout / "pytest.py").write_text("import sys\nprint('writes nothing:', sys.dont_write_bytecode)\n")
    assert run(checkout, "test", PYTHONDONTWRITEBYTECODE="1").stdout == "writes nothing: False\n"


def test_everything_installed_is_pinned_in_the_constraints():
    pinned = dict(re.findall(r"^([^#\s]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
    wanted = {canonical(name): version for name, version in pinned.items()}
    installed = {canonical(found.metadata["Name"]): found.version for found in distributions()}
    installed = {name: version for name, version in installed.items() if name not in ("pip", "setuptools")}
    loose = {name: version for name, version in installed.items() if wanted.get(name) != version}
    assert not loose, "add to constraints.txt what `python3 -m pip --python .venv/bin/python freeze` says"


def test_every_pin_of_the_requirements_is_in_the_constraints():
    pinned = set((ROOT / "constraints.txt").read_text().lower().replace("_", "-").split())
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if "==" in line:
                assert re.sub(r"\[.*\]", "", line).lower() in pinned


def test_nothing_installed_is_missing_what_it_needs():
    pip = importlib.util.find_spec("pip")
    outside = getattr(sys, "_base_executable", sys.executable) if pip is None else sys.executable
    checked = subprocess.run(
        [outside, "-m", "pip", "--python", sys.executable, "check"], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
