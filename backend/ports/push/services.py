"""Which push services we send to: `services.toml`, read once. An address that names another host is never called."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("services.toml")
LONGEST_ENDPOINT = 2000

# the whole text, so that no two readers can see different hosts in it: no user, no port, no fragment, no odd letter
_ENDPOINT = re.compile(r"https://([a-z0-9-]+(?:\.[a-z0-9-]+)+)/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]+\Z", re.ASCII)


@dataclass(frozen=True)
class PushService:
    """One push service: its hosts, and the headers it asks for."""

    name: str
    hosts: tuple[str, ...]
    headers: Mapping[str, str]

    def has_host(self, host: str) -> bool:
        """Whether `host` is one of its own."""
        return any(host.endswith(known[1:]) if known.startswith("*.") else host == known for known in self.hosts)


@cache
def all_services() -> tuple[PushService, ...]:
    """Every service of the file, in its order."""
    read = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(PushService(name, tuple(one["hosts"]), one.get("headers", {})) for name, one in read.items())


def find_service(endpoint: str) -> PushService | None:
    """Whose address `endpoint` is; None for whatever we would never call."""
    found = _ENDPOINT.match(endpoint) if len(endpoint) <= LONGEST_ENDPOINT else None
    if found is None:
        return None
    return next((service for service in all_services() if service.has_host(found[1])), None)


def origin_of(endpoint: str) -> str:
    """Scheme and host of an endpoint that `find_service` knows."""
    return "/".join(endpoint.split("/", 3)[:3])
