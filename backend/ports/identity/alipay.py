"""Alipay's gateway: one address, every request signed with the app's RSA key (RSA2: SHA-256, PKCS #1 v1.5).

https://opendocs.alipay.com/common/02mse7: parameters sorted by name, joined as `k=v&k=v`, signed, base64.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from backend.platform.core import clock
from backend.ports.identity.providers import Provider

METHOD = "alipay.system.oauth.token"
ANSWER = "alipay_system_oauth_token_response"
GATEWAY_ZONE = ZoneInfo("Asia/Shanghai")


class _Wire(Protocol):
    def post(self, url: str, form: Mapping[str, str]) -> Mapping[str, Any]: ...


def ask(wire: _Wire, provider: Provider, code: str) -> Mapping[str, Any]:
    """The gateway's answer to a code; empty when it refused."""
    form = {
        "app_id": provider.client_id,
        "method": METHOD,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": clock.now().astimezone(GATEWAY_ZONE).strftime("%Y-%m-%d %H:%M:%S"),
        "version": "1.0",
        "grant_type": "authorization_code",
        "code": code,
    }
    answer = wire.post(provider.token_endpoint, form | {"sign": sign(form, provider.client_secret)}).get(ANSWER)
    return answer if isinstance(answer, dict) else {}


def sign(form: Mapping[str, str], private_pem: str) -> str:
    """The signature of `form` as the gateway checks it."""
    key = serialization.load_pem_private_key(private_pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("CARBON_OIDC_PROVIDERS: alipay.client_secret must be an RSA private key in PEM")
    return base64.b64encode(key.sign(signed_text(form), padding.PKCS1v15(), hashes.SHA256())).decode()


def signed_text(form: Mapping[str, str]) -> bytes:
    """What is signed: every parameter that has a value, sorted by name."""
    return "&".join(f"{name}={form[name]}" for name in sorted(form) if form[name]).encode()
