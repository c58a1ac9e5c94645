"""Pictures made to take memory, eight at once, sent to the web server as production starts it: what it took at most.

Two hundred under --long, a sixth of them as bills that a machine reads; otherwise one of each kind, and nobody reads.
"""

from __future__ import annotations

import http.client
import json
import random
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image

from config import environment_with
from tests.backend.accounts.conftest import AGREED
from tests.backend.ports.test_picture_decoder import BEYOND, fine, written
from tests.house.source import ROOT
from tests.mutations import changed_bytes
from tests.servers.process import end, wait_until_ready
from tests.worlds import test_environ as environ_of_tests

AT_ONCE = 8
PATIENCE_S = 5  # as the refusal says
MOST_MIB = 300
MOST_READING_MIB = 600  # of the child that reads letters, while it reads
MOST_BYTES = 10 * 1024 * 1024
OF_CHILDREN = ("onnxruntime", "cv2", "pdfium", "zxing")  # libraries that only look at strangers' files
PREPARE = "from config import load_settings; from backend.app.factory import create_app as make;"
PREPARE += "from backend.platform.data.schema import upgrade_schema; upgrade_schema(make(load_settings()))"
WORKER, PICTURES, PAPERS = "worker", "picture_child", "paper_child"

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from Linux's /proc")


def dots(seed: int, size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Blocks of colour that no other seed has."""
    content = random.Random(seed).randbytes(48 * 64 * 3)
    return Image.frombytes("RGB", (48, 64), content).resize(size, Image.Resampling.NEAREST).convert(mode)


def noise(seed: int) -> bytes:
    """As many bytes as may be sent, all of which say something."""
    pixels = Image.frombytes("RGB", (2600, 2000), random.Random(seed).randbytes(2600 * 2000 * 3))
    return written(pixels, "JPEG", quality=90)[:MOST_BYTES]


# Each as `make(seed) -> bytes`, and the type it is sent as.
HOSTILE: tuple[tuple[Callable[[int], bytes], str], ...] = (
    (lambda seed: written(dots(seed, (1080, 24_000), "RGBA"), "PNG", compress_level=1), "image/png"),
    (lambda seed: written(dots(seed, (6120, 8160)), "JPEG", progressive=True, quality=40), "image/jpeg"),
    (lambda seed: written(dots(seed, (4032, 3024), "RGBA"), "WEBP", lossless=True, method=0, quality=0), "image/jpeg"),
    (lambda seed: list(BEYOND.values())[seed % len(BEYOND)] + bytes([seed]), "image/png"),
    (noise, "image/jpeg"),
    (lambda seed: written(dots(seed, (1080, 28_000)), "PNG", compress_level=1), "image/webp"),
    (lambda seed: random.Random(seed).randbytes(MOST_BYTES), "image/webp"),
    (lambda seed: changed_bytes(random.Random(seed), written(fine((900, 700)), "JPEG")), "image/jpeg"),
)


@dataclass
class Server:
    """The web server, one worker of eight threads; `answers` counts what was said."""

    process: subprocess.Popen[bytes]
    port: int
    answers: Counter[str] = field(default_factory=Counter)
    peaks: Counter[str] = field(default_factory=Counter)  # MiB
    answered: threading.Condition = field(default_factory=threading.Condition)

    def ask(self, path: str, body: bytes, media: str, token: str = "") -> tuple[int, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=180)
        try:
            headers = {"Content-Type": media} | ({"Authorization": f"Bearer {token}"} if token else {})
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def is_well(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def send(self, token: str, content: bytes, media: str, kind: str) -> None:
        """Hand a picture in, again when somebody else was answered where others were before it."""
        code = "service.busy"
        while code == "service.busy":
            status, said = self.ask(f"/v1/evidence?kind={kind}", content, media, token)
            code = said.get("code", "taken")
            with self.answered:
                self.answers[f"{status} {code}"] += 1
                self.look()
                if code == "service.busy":
                    self.answered.wait(PATIENCE_S)
                else:
                    self.answered.notify_all()

    def worker(self) -> int:
        """The number of the process that answers."""
        (worker,) = [pid for pid in children(self.process.pid) if "_child" not in command(pid)]
        return worker

    def look(self) -> None:
        """Note the most memory that the worker and each of its children took; one that ended was looked at before."""
        self.peaks[WORKER] = peak_mib(self.worker())
        for pid in children(self.worker()):
            with suppress(OSError):  # it has ended since
                name = next((name for name in (PICTURES, PAPERS) if name in command(pid)), "")
                self.peaks[name] = max(self.peaks[name], peak_mib(pid))


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for one in listed for child in one.read_text().split()]


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def peak_mib(pid: int) -> int:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) // 1024


@contextmanager
def serving(folder: Path, reader: str) -> Iterator[Server]:
    """The server as production starts it, on a database of its own; `reader` reads papers or not."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = environ_of_tests(folder) | {"CARBON_RATE_LIMITS": "false", "CARBON_PAPER_READER": reader}
    environment = environment_with(settings)
    subprocess.run([sys.executable, "-c", PREPARE], cwd=ROOT, env=environment, check=True)
    log = folder / "server.log"
    started = [sys.executable, "-m", "backend.app.web_server", "--port", str(port), "--threads", str(AT_ONCE)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            started, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    server = Server(process, port)
    try:
        wait_until_ready(process, server.is_well, log, 90)
        yield server
    finally:
        end(process, signal.SIGTERM, 60)


@pytest.mark.timeout(3600)
def test_hostile_pictures_eight_at_once_leave_a_worker_below_its_bound(tmp_path, counts, record_property, capsys):
    many, reader = counts(small=len(HOSTILE), long=200), ("off", "local")[counts(small=0, long=1)]
    with serving(tmp_path, reader) as server:
        people = [server.ask("/v1/auth/guest", json.dumps({"consents": AGREED}).encode(), "application/json")[1]]
        people += [server.ask("/v1/auth/guest", json.dumps({"consents": AGREED}).encode(), "application/json")[1]]
        server.look()
        idle = server.peaks[WORKER]

        def send(number: int) -> None:
            make, media = HOSTILE[number % len(HOSTILE)]
            kind = "receipt" if reader == "local" and number % 6 == 0 else "photo"
            server.send(people[number % 2]["access_token"], make(number), media, kind)

        with ThreadPoolExecutor(AT_ONCE) as senders:
            list(senders.map(send, range(many)))
        peaks = server.peaks
        assert server.is_well()
        loaded = Path(f"/proc/{server.worker()}/maps").read_text()
    assert not [library for library in OF_CHILDREN if library in loaded]
    said = {"idle worker": idle, **peaks}
    for name, mib in said.items():
        record_property(name, mib)
    with capsys.disabled():
        sys.stdout.write(f"\n{many} hostile pictures: peak MiB {said}, answers {dict(server.answers)}\n")
    assert peaks[WORKER] < MOST_MIB
    assert peaks[PICTURES] < MOST_MIB
    assert peaks[PAPERS] < MOST_READING_MIB
    assert {said for said in server.answers if said.startswith("5")} <= {"503 service.busy"}
    assert sum(count for code, count in server.answers.items() if "busy" not in code) == many
    assert server.answers["201 taken"] >= many // 3
