"""A second server at a taken port says so in one sentence and stops; it never serves beside the first."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from config import environment_with
from tests.house.source import ROOT

TAKEN = "Port {port} of 127.0.0.1 is taken: a server is running there already. Stop it, or choose another port.\n"


@contextmanager
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as first:
        yield first.getsockname()[1]


def start(arguments, folder, **changes):
    settings = {
        "CARBON_VAR_DIR": str(folder),
        "CARBON_ENVIRONMENT": "development",
        "CARBON_SCHEDULER": "off",
        **changes,
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment_with(settings),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("what_is_taken", ["the server's", "the sandbox's"])
def test_run_py_beside_another_server_says_so_before_it_writes_anything(what_is_taken, tmp_path) -> None:
    with taken_port() as free:
        pass  # free again when the block has ended
    with taken_port() as taken:
        ports = (taken, free) if what_is_taken == "the server's" else (free, taken)
        second = start(
            ["-m", "backend"],
            tmp_path / "var",
            CARBON_LISTEN=f"127.0.0.1:{ports[0]}",
            CARBON_STRIPE_API_BASE=f"http://127.0.0.1:{ports[1]}",
        )
        assert (second.returncode, second.stderr) == (2, TAKEN.format(port=taken))
    assert not (tmp_path / "var").exists()


def test_the_web_server_beside_another_says_so(tmp_path) -> None:
    with taken_port() as taken:
        second = start(["-m", "backend.app.web_server", "--port", str(taken)], tmp_path / "var")
    assert second.returncode == 2
    assert second.stderr.endswith(TAKEN.format(port=taken))
    assert "Traceback" not in second.stderr
