"""Providers as data: those described in `providers.toml`, switched on and completed by the installation's settings."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from backend.platform.core import context
from backend.platform.core.errors import Refusal, invalid_field
from backend.ports.identity.local import LOCAL, local_description
from config import Settings

DESCRIPTIONS = Path(__file__).with_name("providers.toml")
PROTOCOLS = ("oidc", "oauth2", "alipay")
SIGNED_IN_PATH = "/signed-in"


@dataclass(frozen=True)
class Provider:
    """One provider and our client there; see `providers.toml` for what each value means."""

    name: str
    title: Mapping[str, str]
    protocol: str
    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    authorization_endpoint: str
    token_endpoint: str
    scope: str
    pkce: bool
    issuer: str = ""
    jwks_uri: str = ""
    algorithms: tuple[str, ...] = ()
    client_id_name: str = "client_id"
    client_secret_name: str = "client_secret"
    subject_names: tuple[str, ...] = ()
    fragment: str = ""


def list_providers() -> list[Provider]:
    """Every provider that is switched on; in development, where none is, the local stand-in."""
    known: dict[str, Provider] = context.remembered("identity_providers", lambda: _load(context.settings()))
    return list(known.values())


def get_provider(name: str) -> Provider:
    """The provider that is switched on under this name; raise `not_found`."""
    for provider in list_providers():
        if provider.name == name:
            return provider
    raise Refusal("not_found")


def check_redirect(provider: Provider, redirect_uri: str | None) -> str:
    """Where the provider may send people back to: the given address when it is one of ours, by default the first."""
    if redirect_uri is None:
        return provider.redirect_uris[0]
    if redirect_uri not in provider.redirect_uris:
        raise invalid_field("redirect_uri", "not_one_of", choices=", ".join(provider.redirect_uris))
    return redirect_uri


def _load(settings: Settings) -> dict[str, Provider]:
    described = tomllib.loads(DESCRIPTIONS.read_text(encoding="utf-8"))
    wanted: dict[str, Any] = json.loads(settings.oidc_providers) if settings.oidc_providers else {}
    if not wanted and not settings.is_production:
        wanted = {LOCAL: local_description(settings)}
    return {name: _provider(settings, name, described.get(name, {}) | given) for name, given in wanted.items()}


def _provider(settings: Settings, name: str, values: dict[str, Any]) -> Provider:
    values = {"redirect_uris": [settings.public_url + SIGNED_IN_PATH], "title": {"en": name}} | values
    known = {field.name for field in fields(Provider)}
    if unknown := sorted(values.keys() - known):
        raise ValueError(f"CARBON_OIDC_PROVIDERS: {name} has unknown values {unknown}; known are {sorted(known)}")
    if values.get("protocol") not in PROTOCOLS:
        raise ValueError(f"CARBON_OIDC_PROVIDERS: {name}.protocol must be one of {', '.join(PROTOCOLS)}")
    for endpoint in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if name != LOCAL and not values.get(endpoint, "https://").startswith("https://"):
            raise ValueError(f"CARBON_OIDC_PROVIDERS: {name}.{endpoint} must be an https:// address")
    try:
        return Provider(name=name, **{key: _frozen(value) for key, value in values.items()})
    except TypeError as error:
        raise ValueError(f"CARBON_OIDC_PROVIDERS: {name} is incomplete: {error}") from error


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
