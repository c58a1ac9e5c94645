"""A person with a phone: sends requests, remembers who is signed in, and tells what came back."""

from __future__ import annotations

import contextlib
import json
import sys
import textwrap
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

WIDTH = 100
TIMEOUT_S = 20


class Teller:
    """One caller of the API at `url`; says what it does as it goes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.token = ""
        self.language = "en"

    def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, key: str | None = None
    ) -> tuple[int, Any]:
        """The status and the JSON answer of one request; refusals are answers too."""
        headers = {"Accept": "application/json", "Accept-Language": self.language}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(
            self.url + path, method=method, headers=headers, data=None if body is None else json.dumps(body).encode()
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return answer.status, _read(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, _read(refused.read())

    def get(self, path: str) -> Any:
        """The answer of a GET that is expected to succeed; raise `StoryBroken`."""
        return self._expected("GET", path, None, None)

    def post(self, path: str, body: dict[str, Any], *, key: str | None = None) -> Any:
        """The answer of a POST that is expected to succeed; raise `StoryBroken`."""
        return self._expected("POST", path, body, key)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """The answer of a PATCH that is expected to succeed; raise `StoryBroken`."""
        return self._expected("PATCH", path, body, None)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """The answer of a PUT that is expected to succeed; raise `StoryBroken`."""
        return self._expected("PUT", path, body, None)

    def fill_in(self, page_url: str, answers: dict[str, str]) -> None:
        """Fill in the form on a page, as a browser would: what the address carries, and `answers`."""
        address = urlsplit(page_url)
        fields = dict(parse_qsl(address.query)) | answers
        page = urlunsplit((address.scheme, address.netloc, address.path, "", ""))
        with contextlib.suppress(urllib.error.HTTPError):  # a page that says no is an answer too
            urllib.request.urlopen(page, data=urlencode(fields).encode(), timeout=TIMEOUT_S).close()

    def _expected(self, method: str, path: str, body: dict[str, Any] | None, key: str | None) -> Any:
        status, answer = self.call(method, path, body, key=key)
        if status >= 400:
            raise StoryBroken(f"{method} {path} answered {status}: {json.dumps(answer, ensure_ascii=False)}")
        return answer


class StoryBroken(RuntimeError):
    """A step of the story was refused; the message holds the answer."""


def scene(title: str) -> None:
    """Begin a scene."""
    print(f"\n\033[1m{title}\033[0m" if _colours() else f"\n{title}\n{'-' * len(title)}")


def say(text: str) -> None:
    """Say one thing, wrapped."""
    print(textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="    "))


def figure(label: str, value: str, why: str = "") -> None:
    """Show one number with its reason."""
    print(f"  {label:<26} {value:>14}   {why}".rstrip())


def grams(value: int) -> str:
    """`720 g`, with thin groups of three."""
    return f"{value:,} g"


def _read(body: bytes) -> Any:
    return json.loads(body) if body else None


def _colours() -> bool:
    return sys.stdout.isatty()
