"""Each request has an id, one log line without secrets, and its share of the figures."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.backend.probe import make_probe
from tests.house.source import ROOT


@pytest.fixture
def lines(make_app, capsys):
    """Build the probing application with JSON logs; read the lines it has written."""
    probe = make_probe(make_app(log_format="json", log_level="INFO"))
    capsys.readouterr()

    def read():
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    return probe, read


@pytest.mark.parametrize("given", ["abc-123", "x" * 64])
def test_a_callers_request_id_is_kept(given, client):
    assert client.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "na\u00efve", "tab\there"])
def test_an_id_that_would_spoil_a_log_is_replaced(given, client):
    made = client.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    assert re.fullmatch(r"[\w-]{16}", made)


def test_a_problem_names_its_request(client):
    answer = client.get("/nowhere", headers={"X-Request-Id": "abc-123"})
    assert answer.json["instance"] == "urn:request:abc-123"


def test_each_request_is_one_line_with_its_id_route_and_user(lines):
    probe, read = lines
    note = probe.post("line").json["id"]
    probe.get(f"/v1/probe/notes/{note}?secret=canary", **{"X-Request-Id": "abc-123"})
    created, shown = read()
    assert (created["method"], created["route"], created["status"]) == ("POST", "/v1/probe/notes", 201)
    assert (shown["route"], shown["status"], shown["request_id"]) == ("/v1/probe/notes/<note_id>", 200, "abc-123")
    assert shown["user"] == probe.user_id
    assert shown["took_ms"] >= 0


def test_machines_that_ask_all_the_time_leave_no_line(lines):
    probe, read = lines
    for path in ("/healthz", "/readyz", "/metrics"):
        probe.client.get(path)
    assert read() == []


def test_no_secret_of_a_request_gets_into_the_log_even_when_it_fails(lines):
    probe, read = lines
    answer = probe.post("canary-line", key="canary-key", refuse="break")
    assert answer.status_code == 500
    written = json.dumps(read())
    assert "ZeroDivisionError" in written
    for secret in ("canary-line", "canary-key", probe.token, "lin@example.org"):
        assert secret not in written
    assert "canary-4711" not in answer.text, "what an unexpected error says is for the log alone"


def test_a_line_of_a_later_request_does_not_carry_the_id_of_an_earlier_one(lines):
    probe, read = lines
    probe.client.get("/nowhere", headers={"X-Request-Id": "first"})
    probe.client.get("/nowhere", headers={"X-Request-Id": "second"})
    assert [line["request_id"] for line in read()] == ["first", "second"]


def test_requests_are_counted_by_route_and_status(probe):
    for _ in range(3):
        probe.get("/v1/probe/notes/none")
    probe.client.get("/nowhere/at/all")
    figures = probe.client.get("/metrics")
    assert figures.mimetype == "text/plain"
    assert 'carbon_http_requests_total{method="GET",route="/v1/probe/notes/<note_id>",status="404"} 3.0' in figures.text
    assert 'carbon_http_request_seconds_count{route="/v1/probe/notes/<note_id>"} 3.0' in figures.text
    assert 'route="(none)",status="404"} 1.0' in figures.text
    assert "/nowhere" not in figures.text, "addresses made up by strangers make no series"


def test_figures_come_without_those_of_the_database_while_it_is_away(make_app, tmp_path):
    (tmp_path / "gone.db").mkdir()
    app = make_app(database_url=f"sqlite:///{tmp_path}/gone.db")
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    assert "carbon_dead_letters" not in answer.text


SEVERAL_WORKERS = """
import sys
from multiprocessing import get_context
from backend.app.factory import create_app
from config import load_settings

app = create_app(load_settings({"CARBON_VAR_DIR": sys.argv[1], "CARBON_LOG_LEVEL": "ERROR"}))

def work():
    app.test_client().get("/healthz")

workers = [get_context("fork").Process(target=work) for _ in range(2)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
print(app.test_client().get("/metrics").text)
"""


def test_several_workers_are_added_up_when_they_share_a_directory(tmp_path):
    script = tmp_path / "workers.py"
    script.write_text(SEVERAL_WORKERS)
    shared = tmp_path / "shared"
    shared.mkdir()
    figures = subprocess.run(
        [sys.executable, script, tmp_path / "var"],
        cwd=ROOT,
        env={"PROMETHEUS_MULTIPROC_DIR": str(shared), "PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert 'carbon_http_requests_total{method="GET",route="/healthz",status="200"} 2.0' in figures
