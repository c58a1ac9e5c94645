"""No test talks to the world: every Python socket but loopback and unix ones is refused.

An audit hook sees every connection of the interpreter, whichever library opens it, and cannot be undone.
"""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

REFUSED_EVENTS = {"socket.connect", "socket.sendto", "socket.sendmsg"}


class NetworkRefused(RuntimeError):
    """A test tried to leave this machine."""


def refuse_the_network() -> None:
    """Install the guard for the rest of this process."""
    sys.addaudithook(_guard)


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event in REFUSED_EVENTS:
        address = arguments[1]
        if isinstance(address, tuple) and not _is_here(str(address[0])):
            raise NetworkRefused(f"{event} to {address[0]}: tests stay on this machine.")
    elif event == "socket.getaddrinfo" and not _is_here(str(arguments[0] or "localhost")):
        raise NetworkRefused(f"name look-up of {arguments[0]}: tests stay on this machine.")


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback or host in ("0.0.0.0", "::")
    except ValueError:
        return False
