"""An installation begins, exchanges its master and comes back from a backup by the words of docs/operations.md alone.

The commands are those that stand there; only the addresses of other machines are replaced by servers of this one.
"""

from __future__ import annotations

import json
import re
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any

import pytest

from offsets.sandbox import Sandbox
from tests.backend.accounts.conftest import AGREED
from tests.backend.accounts.test_ports import MailServer, serving
from tests.house.source import ROOT
from tests.servers import PostgresServer, RedisServer, process

BLOCK = re.compile(r"^( *)```sh\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
PASSWORD = "correct horse battery staple"
PATIENCE_S = 240
DOCTOR = "flask --app wsgi doctor"
STAYS = ("python -m backend.app.web_server", "flask --app wsgi jobs run")


def block_with(piece: str) -> str:
    """The one block of commands in the document that holds `piece`."""
    blocks = [textwrap.dedent(block) for _, block in BLOCK.findall(OPERATIONS)]
    [found] = [block for block in blocks if piece in block]
    return found


@dataclass
class Installation:
    """A checkout of its own, and the shell of somebody who types what the document says."""

    folder: Path
    port: int
    replaced: dict[str, str]
    environ: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def type(self, block: str) -> str:
        """Run the lines of a block, what stays beside, until the doctor is content; return what they printed."""
        said = ""
        for line in block.splitlines():
            if line.startswith(STAYS):
                self.start(line)
            elif line == DOCTOR:
                self.wait_until_well()
            else:
                said += self.run(line)
        return said

    def run(self, line: str, *, code: int = 0) -> str:
        """Run one line in a shell that knows what was exported before; what it printed, once it ended with `code`."""
        for place, here in self.replaced.items():
            line = line.replace(place, here)
        before, after = (
            "if [ -f exported ]; then . ./exported; fi; set -euo pipefail",
            "(export -p; umask -p) > exported",
        )
        script = f"{before}\n{line}\n{after}"
        ended = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.environ, capture_output=True, text=True, timeout=300
        )
        assert ended.returncode == code, (line, ended.stdout + ended.stderr)
        return ended.stdout + ended.stderr

    def start(self, line: str) -> None:
        """Begin what stays, as typed, but with two workers and at a port that is free."""
        own = f" --workers 2 --port {self.port}" if "web_server" in line else ""
        with (self.folder / "log").open("ab") as log:
            self.running[line] = subprocess.Popen(
                ["bash", "-c", f". ./exported\nexec {line.partition('#')[0]}{own}"],
                cwd=self.folder, env=self.environ, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def stop(self) -> list[str]:
        """End what stays; return the lines that began it."""
        lines = list(self.running)
        for line in lines:
            process.end(self.running.pop(line), signal.SIGTERM, 60)
        return lines

    def exchange(self) -> None:
        """Exchange the workers and the jobs process; it serves again."""
        for line in self.stop():
            self.start(line)
        for one in self.running.values():
            process.wait_until_ready(one, lambda: self.ask("/readyz")[0] == 200, self.folder / "log", PATIENCE_S)

    def wait_until_well(self) -> None:
        """Return when it serves and the doctor finds nothing wrong."""
        for one in self.running.values():
            process.wait_until_ready(one, self.is_well, self.folder / "log", PATIENCE_S)

    def is_well(self) -> bool:
        if self.ask("/readyz")[0] != 200:
            return False
        script = f". ./exported\n{DOCTOR} > found"
        return subprocess.run(["bash", "-c", script], cwd=self.folder, env=self.environ).returncode == 0

    def ask(
        self, path: str, body: object = None, token: str = "", method: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """The status and the answer of one request; 0 where nobody listens."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return answer.status, _read(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, _read(refused)
        except OSError:
            return 0, {}


def _read(answer: Any) -> dict[str, Any]:
    content = answer.read()
    read: dict[str, Any] = json.loads(content) if "json" in answer.headers.get("Content-Type", "") else {}
    return read


def now() -> str:
    return datetime.now(UTC).isoformat()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mails():
    server = ThreadingTCPServer(("127.0.0.1", 0), MailServer)
    server.mails, server.lines = [], []
    with serving(server):
        yield server


@pytest.fixture
def installation(tmp_path, mails):
    """An empty database, a Redis, a mail server and a payment provider of this machine, and a checkout."""
    for part in ROOT.iterdir():
        if part.name not in (".venv", "var", ".git"):
            (tmp_path / part.name).symlink_to(part)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    with ExitStack() as beside:
        postgres = beside.enter_context(PostgresServer.started())
        postgres.create_database("carbon")
        redis = beside.enter_context(RedisServer.started())
        port, bank = free_port(), free_port()
        secret = "whsec_of_this_endpoint"
        beside.enter_context(
            Sandbox(
                port=bank,
                path=str(tmp_path / "bank.db"),
                notice_url=f"http://127.0.0.1:{port}/v1/webhooks/stripe",
                notice_secret=secret,
            )
        )
        made = Installation(
            folder=tmp_path,
            port=port,
            replaced={
                "postgresql+psycopg://carbon@db.internal/carbon": f"'{postgres.url('carbon')}'",
                "redis://redis.internal:6379/0": f"'{redis.url}'",
                "smtp://USER:PASSWORD@mail.internal:587": f"smtp://127.0.0.1:{mails.server_address[1]}",
                "whsec_…": secret,
                "sk_live_…": "sk_test_of_this_account",
            },
            environ=process.clean_environ()
            | {
                "PATH": f"{postgres.binaries}:{process.clean_environ()['PATH']}",
                "DATABASE": f"postgresql://carbon@/carbon?host={postgres.scratch}",
                "CARBON_VAR_DIR": str(tmp_path / "var"),
                "CARBON_STRIPE_API_BASE": f"http://127.0.0.1:{bank}",
            },
        )
        yield made
        made.stop()


def register(installation, mails, email) -> str:
    """The access token of somebody who registered and proved their e-mail."""
    body = {"email": email, "password": PASSWORD, "born": "1990", "consents": AGREED}
    status, made = installation.ask("/v1/auth/register", body)
    assert status == 201, made
    jobs = next(one for line, one in installation.running.items() if "jobs" in line)
    process.wait_until_ready(
        jobs, lambda: any(f"To: {email}" in mail for mail in mails.mails), installation.folder / "log"
    )
    mail = next(mail for mail in mails.mails if f"To: {email}" in mail)
    code = re.search(r"code: (\d+)", mail)[1]
    assert installation.ask("/v1/auth/verify", {"code": code}, made["access_token"])[0] == 204
    return str(made["access_token"])


def login(installation, email) -> int:
    return installation.ask("/v1/auth/login", {"email": email, "password": PASSWORD})[0]


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_an_installation_begins_exchanges_its_master_and_comes_back_from_a_backup(installation, mails) -> None:
    here = installation
    here.type(block_with("-out token_key.pem"))
    made = ("token_key.pem", "statement_key.pem", "secret_key", "metrics_token")
    assert {stat.S_IMODE((here.folder / name).stat().st_mode) for name in made} == {0o600}
    here.type(block_with("CARBON_ENVIRONMENT=production"))
    here.type(block_with("db upgrade\npython"))
    register(here, mails, "wei@example.org")
    register(here, mails, "sun@example.org")
    lin = register(here, mails, "lin@example.org")
    assert "approved" in here.type(block_with("bootstrap-admin"))
    assert here.ask("/metrics", token=(here.folder / "metrics_token").read_text().strip())[0] == 200
    trip = {
        "methodology": "transport.low_carbon_trip",
        "inputs": {"mode": "metro", "distance": "10"},
        "region": "CN-BJ",
    }
    assert here.ask("/v1/me", {"region": "CN-BJ", "zone": "Asia/Shanghai"}, lin, "PATCH")[0] == 200
    status, logged = here.ask("/v1/activities", trip | {"occurred_at": now()}, lin)
    assert (status, logged["status"]) == (201, "credited"), logged

    here.type(block_with("pg_dump"))
    assert here.type(block_with("rand -base64 48 > new_secret_key")) == ""
    here.exchange()
    here.type(block_with('"$(cat new_secret_key)"\nexport CARBON_OTHER_SECRET_KEYS="$(cat secret_key)"'))
    here.exchange()
    assert " 0 left under other masters, 0 not opened." in here.type(block_with("keys rewrap"))
    here.type(block_with("unset CARBON_OTHER_SECRET_KEYS"))
    here.exchange()
    here.wait_until_well()
    assert login(here, "lin@example.org") == 200
    register(here, mails, "late@example.org")

    stays = here.stop()
    restore, upgrade, masters, *verify = block_with("pg_restore").splitlines()
    here.run(restore)
    here.run(upgrade)
    assert "NOT CONFIGURED" in here.run(masters)
    for line in stays:
        assert "CARBON_OTHER_SECRET_KEYS: keys are wrapped by the master" in here.run(line, code=1)
    here.run('export CARBON_OTHER_SECRET_KEYS="$(cat former_secret_key)"')
    assert " 0 left under other masters" in here.type(block_with("keys rewrap"))
    here.run("unset CARBON_OTHER_SECRET_KEYS")
    for line in verify:
        here.run(line)
    for line in stays:
        here.start(line)
    here.wait_until_well()
    assert [login(here, f"{name}@example.org") for name in ("lin", "late")] == [200, 401]
