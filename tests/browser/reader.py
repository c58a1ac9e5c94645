"""Somebody who reads our pages in a real browser, and everything that their browser complains about.

A page that breaks its own content security policy, writes an error to the console, fails to load something, throws or
opens a dialog has a fault. The fixture `read` fails the test for each of them, so no test has to ask.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request

PHONE, LAPTOP = 390, 1280  # pixels wide
HEIGHT = 800
WIDTHS = (PHONE, LAPTOP)
LANGUAGES = ("zh-CN", "en")
PATIENCE_MS = 20_000
# Whoever breaks the policy is told to the page before the console hears of it.
REPORT_BREACHES = """document.addEventListener('securitypolicyviolation',
  e => console.error(`content security policy: ${e.effectiveDirective} ${e.blockedURI}`))"""
# WCAG 2.2, A and AA, and what axe calls good practice besides
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = 64  # enough for a page of text, and a third of the bytes


@dataclass
class Reader:
    """One browser window: `page` is Playwright's, `faults` what its browser complained about so far."""

    page: Page
    url: str
    width: int
    language: str
    album: Path | None = None
    faults: list[str] = field(default_factory=list)
    _expected: list[re.Pattern[str]] = field(default_factory=list)

    def opens(self, path: str) -> Page:
        """Go to a path of ours, or to a whole address, and wait until everything on it has loaded."""
        self.page.goto(path if "://" in path else self.url + path, wait_until="load")
        return self.page

    def presses(self, name: str) -> None:
        """Press the button with this name, and wait for the page that follows."""
        self.clicks(self.page.get_by_role("button", name=name, exact=True))

    def clicks(self, place: Locator) -> None:
        """Click what leads to another page, and wait for that page."""
        with self.page.expect_navigation(wait_until="load"):
            place.click()

    @contextmanager
    def expecting(self, pattern: str) -> Iterator[None]:
        """Let faults whose text has `pattern` pass inside the block, and fail where there is none."""
        self._expected.append(re.compile(pattern))
        before = len(self.faults)
        yield
        self.listen()
        asked = self._expected.pop()
        heard = [fault for fault in self.faults[before:] if asked.search(fault)]
        assert heard, f"no fault with {pattern!r} among {self.faults[before:]}"
        self.faults[before:] = [fault for fault in self.faults[before:] if fault not in heard]

    def listen(self) -> list[str]:
        """Every fault so far: what the browser said before it answers this is heard by then."""
        if not self.page.is_closed():
            self.page.evaluate("0")
        return self.faults

    def find_barriers(self) -> list[str]:
        """What axe finds that keeps somebody from using the page, one sentence for each place."""
        answer = Axe().run(self.page, options={"runOnly": {"type": "tag", "values": RULES}}).response
        return [
            f"{rule['id']} ({rule['impact']}): {rule['help']} at {', '.join(map(str, node['target']))}: {node['html']}"
            for rule in answer["violations"]
            for node in rule["nodes"]
        ]

    def overflows(self) -> bool:
        """Whether the page as a whole has to be moved sideways to be read."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))

    def check_page(self, *, but: Collection[str] = ()) -> None:
        """Assert what holds on every page in every language at every width: no barrier, nothing beyond the edge.

        `but` names rules of axe that a page of somebody else's making breaks.

        With --album DIRECTORY what is seen is kept there for a person to look at.
        """
        if self.album is not None:
            self.photograph(self.album / f"{self._page_name()}-{self.language}-{self.width}.png")
        barriers = [barrier for barrier in self.find_barriers() if barrier.split(" ")[0] not in but]
        assert not barriers, "\n".join([self.page.url, *barriers])
        assert not self.overflows(), self.page.url

    def _page_name(self) -> str:
        path = re.sub(r"[^a-z0-9.]+", "-", urlsplit(self.page.url).path.lower()).strip("-") or "front-page"
        return f"{len(list(self.album.glob('*.png'))):03d}-{path[:60]}" if self.album else path

    def photograph(self, to: Path, *, whole: bool = True) -> None:
        """Keep what is seen as a small PNG."""
        from io import BytesIO

        from PIL import Image

        to.parent.mkdir(parents=True, exist_ok=True)
        seen = Image.open(BytesIO(self.page.screenshot(full_page=whole)))
        seen.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(to, optimize=True)


def watch(context: BrowserContext, reader: Callable[[Page], Reader]) -> Reader:
    """The reader of a new page in `context`, whose faults are heard from now on."""
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(REPORT_BREACHES)
    page = context.new_page()
    hears = reader(page)

    def hear_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            hears.faults.append(f"console: {message.text}")

    def hear_failure(request: Request) -> None:
        hears.faults.append(f"request failed: {request.method} {request.url} {request.failure}")

    page.on("console", hear_console)
    page.on("requestfailed", hear_failure)
    page.on("pageerror", lambda error: hears.faults.append(f"page: {error}"))
    page.on("dialog", lambda dialog: (hears.faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    return hears
