"""A real headless Chromium for the tests of pages.

read(width=…, language=…)   a `Reader`: a fresh window on the app; what its browser complains of fails the test
open_window(url, …)         the same for pages of another server
keep_picture(reader, name)  a PNG of what is seen under docs/pictures, with --renew-pictures; nothing otherwise

--album DIRECTORY keeps every page that a test has checked, in every language at every width, for somebody to look at.

One browser for each worker, one window for each call of `read`. Where there is no Chromium the tests are skipped with
the remedy; under CI=true and under --long they fail instead, so that nobody lands without them unawares.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.backend.conftest import new_person, person
from tests.browser.chromium import ChromiumMissing, find_chromium

__all__ = ["new_person", "person"]

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"]


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The browser of this worker."""
    is_required = request.config.getoption("--long") or os.environ.get("CI") == "true"
    try:
        found = find_chromium()
        from playwright.sync_api import sync_playwright
    except (ChromiumMissing, ImportError) as missing:
        remedy = (
            "Playwright is missing: python3 run.py test installs it." if isinstance(missing, ImportError) else missing
        )
        (pytest.fail if is_required else pytest.skip)(str(remedy))
    with sync_playwright() as driver:
        environ = {"PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC", **found.environ}
        opened = driver.chromium.launch(executable_path=found.program, args=SWITCHES, env=environ)
        yield opened
        opened.close()


@pytest.fixture
def open_window(chromium: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """`open_window(url)`: a reader of the pages there; afterwards no browser may have complained."""
    from tests.browser.reader import HEIGHT, LAPTOP, Reader, watch

    album = request.config.getoption("--album")
    readers: list[Reader] = []
    with ExitStack() as windows:

        def make(url: str, *, width: int = LAPTOP, language: str = "en") -> Reader:
            options = {"viewport": {"width": width, "height": HEIGHT}, "locale": language, "timezone_id": "UTC"}
            context = chromium.new_context(**options, reduced_motion="reduce")
            windows.callback(context.close)
            made = watch(context, lambda page: Reader(page, url, width, language, album))
            readers.append(made)
            return made

        yield make
        faults = [fault for reader in readers for fault in reader.listen()]
    assert faults == []


@pytest.fixture
def read(open_window: Callable[..., Any], live_server: Any) -> Callable[..., Any]:
    """`read(width=…, language=…)`: somebody who reads the pages of the app."""
    return partial(open_window, live_server.url)


@pytest.fixture
def keep_picture(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`keep_picture(reader, "review")`: renew that picture of the documentation, where the run was asked to."""

    def keep(reader: Any, name: str) -> None:
        if request.config.getoption("--renew-pictures"):
            reader.photograph(PICTURES / f"{name}.png", whole=False)

    return keep
