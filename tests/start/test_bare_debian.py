"""Both README commands on a bare Debian that has python3 and pip and nothing else, as root and as a newcomer.

Builds a Debian root with debootstrap, clones the project into a closed home inside it, and does there what the README
says. Needs root, debootstrap and a connection, so it runs only with --long. Set CARBON_BARE_DEBIAN to a prepared root
to skip the building, CARBON_BARE_TESTS to choose the tests that `run.py test` runs there (default: all).
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.house.source import ROOT

PACKAGES = "python3,python3-pip,ca-certificates,git"
PEOPLE = {"root": "/root", "newcomer": "/home/newcomer"}  # who, and the home that only they can open
NEEDED = ("debootstrap", "unshare", "chroot")

FIRST_START = textwrap.dedent(
    """
    import json, os, signal, subprocess, sys, time, urllib.request

    def start():
        began = time.monotonic()
        process = subprocess.Popen([sys.executable, "run.py"], stdout=sys.stderr)
        while True:
            assert process.poll() is None, "the server ended by itself"
            try:
                with urllib.request.urlopen("http://127.0.0.1:8000/readyz", timeout=1) as answer:
                    assert answer.status == 200
                    break
            except OSError:
                time.sleep(0.05)
        ready = time.monotonic() - began
        process.send_signal(signal.SIGINT)
        process.wait(20)
        return ready

    print(json.dumps({"first_s": start(), "second_s": start()}))
    """
)


pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def debian(tmp_path_factory):
    """A Debian root of its own, with what only a machine can know: its names, certificates and pip settings."""
    if os.geteuid() != 0 or not all(map(shutil.which, NEEDED)):
        pytest.skip(f"a bare Debian can be built only by root with {', '.join(NEEDED)}")
    root = Path(os.environ.get("CARBON_BARE_DEBIAN") or tmp_path_factory.mktemp("debian"))
    if not (root / "etc").exists():
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(root)],
            check=True,
            stdout=sys.stderr,
        )
    for known in ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt"):
        if Path(known).exists():
            shutil.copy(known, root / known[1:])
    subprocess.run(["chroot", root, "useradd", "--create-home", "newcomer"], check=False, capture_output=True)
    return root


@pytest.fixture(params=PEOPLE)
def somebody(request, debian):
    """A runner of commands in a fresh clone under the closed home of one person."""
    who, home = request.param, PEOPLE[request.param]
    checkout = debian / home[1:] / "carbon"
    shutil.rmtree(checkout, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(checkout)], check=True)
    (debian / home[1:]).chmod(0o700)
    subprocess.run(["chroot", debian, "chown", "-R", who, f"{home}/carbon"], check=True)
    mounts = [f"mount --rbind {path} {debian}{path}" for path in ("/dev", "/proc", *mirrors(debian))]

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        inside = f"cd {home}/carbon && HOME={home} exec {shlex.join(command)}"
        person = f"setpriv --reuid={who} --regid={who} --init-groups sh -c {shlex.quote(inside)}"
        script = " && ".join([*mounts, f"exec chroot {debian} {person}"])
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", script], stdout=subprocess.PIPE, text=True, env=pip_settings()
        )

    yield run
    shutil.rmtree(checkout)


def test_serving_needs_nothing_but_python_and_pip_and_starts_fast_the_second_time(somebody):
    started = somebody("python3", "-c", FIRST_START)
    assert started.returncode == 0
    print(started.stdout)
    assert json.loads(started.stdout)["second_s"] < 3


def test_testing_needs_nothing_but_python_and_pip(somebody):
    chosen = shlex.split(os.environ.get("CARBON_BARE_TESTS", ""))
    tested = somebody("python3", "run.py", "test", *chosen)
    print("\n".join(tested.stdout.splitlines()[-(5 if tested.returncode == 0 else 500) :]))
    assert tested.returncode == 0


def pip_settings() -> dict[str, str]:
    """The machine's own pip settings are all that comes along; everything else of the environment stays out."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"} | kept


def mirrors(debian: Path) -> list[Path]:
    """Folders of packages this machine's pip looks in, each with a place to be mounted on."""
    outside = sys._base_executable  # type: ignore[attr-defined]  # set since Python 3.3, unknown to typeshed
    configured = subprocess.run([outside, "-m", "pip", "config", "list"], capture_output=True, text=True)
    words = configured.stdout.replace("file://", "").replace("'", " ").split()
    folders = sorted({Path(word) for word in words if word.startswith("/") and Path(word).is_dir()})
    for folder in folders:
        (debian / str(folder)[1:]).mkdir(parents=True, exist_ok=True)
    return folders
