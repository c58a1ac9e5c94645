"""Telling the merchant: signed notices over HTTP, repeated until acknowledged, and on order held, delayed or dropped.

Promise: every event kept is told until the endpoint answers 2xx or the attempts run out; what is told is signed as
Stripe signs. Talks to one loopback address; touches the store to mark what was acknowledged.
"""

from __future__ import annotations

import heapq
import ipaddress
import itertools
import json
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from urllib.parse import urlsplit

from stripe import WebhookSignature

from offsets.sandbox.events import mark_told
from offsets.sandbox.store import Store

_ATTEMPTS = 6
_FIRST_PAUSE_S = 0.5
_TIMEOUT_S = 10.0
log = logging.getLogger("offsets.sandbox")


class Mode(StrEnum):
    """What happens to new notices."""

    DELIVER = "deliver"
    HOLD = "hold"  # kept until released, in the order then given
    DROP = "drop"  # lost for ever


class NoticeSender:
    """One thread that tells events in the order they fall due."""

    def __init__(self, store: Store, url: str | None, secret: str) -> None:
        self._store, self._secret = store, secret
        self._url = _loopback(url) if url else None
        self._mode, self._delay_s = Mode.DELIVER, 0.0
        self._due: list[tuple[float, int, str, int]] = []
        self._numbers = itertools.count()
        self._seen = 0
        self._held: list[str] = []
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> None:
        """Begin, with whatever was not acknowledged before."""
        self._thread.start()
        self.wake()

    def stop(self) -> None:
        """Finish the notice in hand and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(_TIMEOUT_S)

    def configure(self, *, url: str | None, mode: Mode, delay_s: float) -> None:
        """Where to, and what happens to notices from now on."""
        with self._changed:
            self._url = _loopback(url) if url else self._url
            self._mode, self._delay_s = mode, delay_s

    def wake(self) -> None:
        """Take up every event that is new."""
        with self._changed:
            with self._store.transaction():
                new = list(self._store.list_after("event", self._seen))
            for number, event in new:
                self._seen = number
                if event["pending_webhooks"]:
                    self._take_up(event["id"])
            self._changed.notify_all()

    def release(self, order: Iterable[str]) -> list[tuple[str, int]]:
        """Tell held notices now, one after the other in this order; what is not named stays held."""
        with self._changed:
            chosen = [event_id for event_id in order if event_id in self._held]
            self._held = [event_id for event_id in self._held if event_id not in chosen]
        return [(event_id, self._tell(event_id)) for event_id in chosen]

    def held(self) -> list[str]:
        """The events kept back, oldest first."""
        with self._changed:
            return list(self._held)

    def repeat(self, event_id: str, times: int) -> list[int]:
        """Tell one event many times at once; the statuses answered (0 for no answer)."""
        with ThreadPoolExecutor(max_workers=min(times, 32)) as crowd:
            return list(crowd.map(self._tell, [event_id] * times))

    def _take_up(self, event_id: str) -> None:
        if self._mode is Mode.HOLD:
            self._held.append(event_id)
        elif self._mode is Mode.DELIVER:
            self._schedule(event_id, self._delay_s, attempt=1)

    def _schedule(self, event_id: str, in_s: float, attempt: int) -> None:
        heapq.heappush(self._due, (time.monotonic() + in_s, next(self._numbers), event_id, attempt))

    def _run(self) -> None:
        while (job := self._next()) is not None:
            event_id, attempt = job
            status = self._tell(event_id)
            if not 200 <= status < 300 and attempt < _ATTEMPTS:
                with self._changed:
                    self._schedule(event_id, _FIRST_PAUSE_S * 2 ** (attempt - 1), attempt + 1)

    def _next(self) -> tuple[str, int] | None:
        with self._changed:
            while not self._stopping:
                pause = self._due[0][0] - time.monotonic() if self._due else None
                if pause is not None and pause <= 0:
                    _, _, event_id, attempt = heapq.heappop(self._due)
                    return event_id, attempt
                self._changed.wait(pause)
        return None

    def _tell(self, event_id: str) -> int:
        with self._store.transaction():
            event = self._store.find("event", event_id)
        if event is None or self._url is None:
            return 0
        payload = json.dumps(event)
        signature = WebhookSignature.generate_signature_header(payload, self._secret, self._store.now())
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
        request = urllib.request.Request(self._url, payload.encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
                status = int(response.status)
        except urllib.error.HTTPError as error:
            status = error.code
            error.close()
        except OSError as error:
            log.info("notice %s not delivered: %s", event_id, error)
            return 0
        if 200 <= status < 300:
            with self._store.transaction():
                mark_told(self._store, event_id)
        return status


def _loopback(url: str) -> str:
    """The address, if it stays on this machine: a sandbox must not send to anybody else."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = False
    if parts.scheme not in ("http", "https") or not here:
        raise ValueError(f"notices go to a loopback address, not to {url}")
    return url
