"""The harness itself: what a browser complains of is heard, what axe finds is said, and where Chromium is missing."""

from __future__ import annotations

import threading

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.browser import chromium as builds

PAGE = "<!doctype html><html lang='en'><head><title>Planted</title></head><body>{body}</body></html>"
STRICT, OPEN = "default-src 'none'", "default-src * 'unsafe-inline'"
FAULTS = {
    "a script against the policy": (STRICT, "<script>document.title='ran'</script>", "content security policy: script"),
    "a style against the policy": (STRICT, "<p style='color:red'>red</p>", "content security policy: style"),
    "a picture from elsewhere": (STRICT, "<img src='http://127.0.0.1:9/x.png' alt=''>", "content security policy: img"),
    "an error in the console": (OPEN, "<script>console.error('broken')</script>", "console: broken"),
    "an error nobody catches": (OPEN, "<script>throw new Error('thrown')</script>", "page: thrown"),
    "a dialog": (OPEN, "<script>alert('here')</script>", "dialog: here"),
    "a file that is not there": (OPEN, "<img src='/static/nowhere.png' alt=''>", "404"),
    "a server that does not answer": (OPEN, "<img src='http://127.0.0.1:9/x.png' alt=''>", "request failed: GET"),
}


class Quiet(WSGIRequestHandler):
    def log(self, *_args):
        """Say nothing of a request: the reader hears what matters."""


@pytest.fixture
def plant():
    """`plant(body, policy)`: the address of a page with that body and that policy, on a server of its own."""
    planted = {}

    def answer(environ, start_response):
        path = environ["PATH_INFO"]
        body, policy = planted.get(path, ("", OPEN))
        head = [("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", policy)]
        start_response("200 OK" if path in planted else "404 Not Found", head)
        return [PAGE.format(body=body).encode()]

    server = make_server("127.0.0.1", 0, answer, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    def serve(body: str, policy: str = OPEN) -> str:
        planted["/planted"] = body, policy
        return f"http://127.0.0.1:{server.server_port}/planted"

    yield serve
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def reader(open_window):
    return open_window("")


@pytest.mark.parametrize("kind", FAULTS)
def test_what_a_browser_complains_of_is_a_fault(reader, plant, kind):
    policy, body, complaint = FAULTS[kind]
    with reader.expecting(complaint):
        reader.opens(plant(body, policy))
    reader.faults.clear()  # one breach is told twice: by the page and by the console


def test_a_page_without_a_fault_has_none_and_an_expected_one_that_is_missing_fails(reader, plant):
    with pytest.raises(AssertionError, match="no fault"), reader.expecting("console"):
        reader.opens(plant("<main><h1>Fine</h1></main>"))
    assert (reader.faults, reader.find_barriers()) == ([], [])


def test_axe_says_what_keeps_somebody_from_using_a_page(reader, plant):
    reader.opens(plant("<main><h1>Form</h1><input><p style='color:#bbb;background:#fff'>faint</p></main>"))
    rules = {barrier.split(" ")[0] for barrier in reader.find_barriers()}
    assert rules == {"label", "color-contrast"}


def test_a_page_that_is_wider_than_a_phone_is_told(open_window, plant):
    reader = open_window("", width=390)
    reader.opens(plant("<main><h1>Wide</h1><pre>" + "x" * 400 + "</pre></main>"))
    assert reader.overflows()


def test_without_npm_and_without_a_chromium_the_remedy_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(builds.sys, "prefix", str(tmp_path))
    monkeypatch.setattr(builds.shutil, "which", lambda _name: None)
    with pytest.raises(builds.ChromiumMissing, match="apt-get install npm"):
        builds.find_chromium()


def test_another_content_than_the_pinned_one_is_not_unpacked(monkeypatch, tmp_path):
    def pack(*command, given=b""):
        (tmp_path / "package.tgz").write_bytes(b"something else")
        (builds.Path(command[-1]) / "package.tgz").write_bytes(b"something else")
        return b""

    monkeypatch.setattr(builds, "_run", pack)
    with pytest.raises(builds.ChromiumMissing, match="another content"):
        builds._install(tmp_path / "chromium")
    assert not (tmp_path / "chromium").exists()
