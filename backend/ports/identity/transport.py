"""How the identity port reaches a provider: over HTTPS, or, for the local stand-in, within this process."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

from backend.platform.core import context
from backend.ports.identity.local import LOCAL, LocalProvider
from backend.ports.identity.providers import Provider

TIMEOUT_S = 10
MAX_BYTES = 256 * 1024


class WireFailed(OSError):
    """The provider could not be reached, or what it said is no JSON object."""


class Wire(Protocol):
    """Two calls of a provider; both raise `WireFailed`."""

    def get(self, url: str) -> Mapping[str, Any]:
        """The JSON object at `url`."""

    def post(self, url: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        """The JSON object that answers `form`; a refusal of the provider is an object like any other."""


class HttpsWire:
    """A provider on the network. Only addresses from the settings are ever called."""

    def get(self, url: str) -> Mapping[str, Any]:
        """Fetch `url`."""
        return self._call(urllib.request.Request(url, headers={"Accept": "application/json"}))

    def post(self, url: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        """Send `form` to `url`."""
        data = urlencode(form).encode()
        return self._call(urllib.request.Request(url, data=data, headers={"Accept": "application/json"}))

    def _call(self, request: urllib.request.Request) -> Mapping[str, Any]:
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return _object(answer.read(MAX_BYTES))
        except urllib.error.HTTPError as error:
            if error.code >= 500:
                raise WireFailed(f"the provider answered {error.code}") from error
            # RFC 6749 answers a refused code with 400 and an object that says why
            return _object(error.read(MAX_BYTES))
        except OSError as error:
            raise WireFailed(str(error)) from error


def wire_of(provider: Provider) -> Wire:
    """The way to `provider`."""
    if provider.name == LOCAL:
        return LocalProvider(context.settings())
    return HttpsWire()


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WireFailed("the answer is no JSON") from error
    if not isinstance(read, dict):
        raise WireFailed("the answer is no JSON object")
    return read
