"""The client of the identity port: where to send a browser, and whom the code it brings back stands for.

Called outside any transaction. An ID token is believed only with a signature of the provider's published keys, our
client as its audience, the issuer, a time that has not passed and the nonce of this very journey.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import jwt

from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.ports.identity import alipay
from backend.ports.identity.providers import Provider
from backend.ports.identity.transport import Wire, WireFailed, wire_of

LEEWAY_S = 60
REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]
LONGEST_SUBJECT, LONGEST_EMAIL = 255, 254  # OpenID Connect Core 1.0, section 2; RFC 5321, section 4.5.3.1
# What the libraries trip over in an answer that is not as the protocol has it: all of it means "no proof".
UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True)
class Vouched:
    """Whom the provider vouches for; `email` only when it says that it has verified it."""

    subject: str
    email: str | None


def authorization_url(provider: Provider, *, state: str, nonce: str, verifier: str, redirect_uri: str) -> str:
    """Where the browser goes to be asked by the provider."""
    query = {
        provider.client_id_name: provider.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": provider.scope,
        "state": state,
    }
    if provider.protocol == "oidc":
        query["nonce"] = nonce
    if provider.pkce:
        query |= {"code_challenge": code_challenge(verifier), "code_challenge_method": "S256"}
    fragment = f"#{provider.fragment}" if provider.fragment else ""
    return f"{provider.authorization_endpoint}?{urlencode(query)}{fragment}"


def exchange(provider: Provider, *, code: str, nonce: str, verifier: str, redirect_uri: str) -> Vouched:
    """Exchange the code for whom it stands for.

    Raises `auth.provider_refused` when the provider, or the proof it gives, says no, and
    `auth.provider_unavailable` when it cannot be reached.
    """
    wire = wire_of(provider)
    try:
        if provider.protocol == "alipay":
            return _named(provider, alipay.ask(wire, provider, code))
        answer = wire.post(provider.token_endpoint, _form(provider, code, verifier, redirect_uri))
        if provider.protocol == "oauth2":
            return _named(provider, answer)
        return _vouched(_verified(wire, provider, answer, nonce))
    except WireFailed as error:
        raise Refusal("auth.provider_unavailable", retry_after_s=5) from error
    except UNREADABLE as error:
        raise Refusal("auth.provider_refused") from error


def code_challenge(verifier: str) -> str:
    """The S256 challenge of RFC 7636."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _form(provider: Provider, code: str, verifier: str, redirect_uri: str) -> dict[str, str]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        provider.client_id_name: provider.client_id,
        provider.client_secret_name: provider.client_secret,
    }
    return form | ({"code_verifier": verifier} if provider.pkce else {})


def _verified(wire: Wire, provider: Provider, answer: Mapping[str, Any], nonce: str) -> dict[str, Any]:
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise Refusal("auth.provider_refused")
    claims: dict[str, Any] = jwt.decode(
        token,
        _key_of(wire, provider, token),
        algorithms=list(provider.algorithms),
        audience=provider.client_id,
        issuer=provider.issuer,
        options={"require": REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
    )
    is_timely = _is_number(claims["exp"]) and _is_number(claims["iat"])
    if is_timely:
        now = clock.now().timestamp()
        is_timely = claims["exp"] > now - LEEWAY_S and claims["iat"] < now + LEEWAY_S
    is_ours = claims.get("azp", provider.client_id) == provider.client_id
    if not (is_timely and is_ours and hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode())):
        raise Refusal("auth.provider_refused")
    return claims


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _key_of(wire: Wire, provider: Provider, token: str) -> jwt.PyJWK:
    kid = jwt.get_unverified_header(token).get("kid")
    for key in jwt.PyJWKSet.from_dict(dict(wire.get(provider.jwks_uri))).keys:
        if key.key_id == kid:
            return key
    raise Refusal("auth.provider_refused")


def _vouched(claims: Mapping[str, Any]) -> Vouched:
    # Apple writes its booleans as texts
    is_verified = claims.get("email_verified") in (True, "true")
    email = claims.get("email")
    return Vouched(_subject(str(claims["sub"])), email if is_verified and _is_text(email, LONGEST_EMAIL) else None)


def _named(provider: Provider, answer: Mapping[str, Any]) -> Vouched:
    for name in provider.subject_names:
        if isinstance(answer.get(name), str) and answer[name]:
            return Vouched(_subject(f"{name}:{answer[name]}"), None)
    raise Refusal("auth.provider_refused")


def _subject(subject: str) -> str:
    if not _is_text(subject, LONGEST_SUBJECT):
        raise Refusal("auth.provider_refused")
    return subject


def _is_text(value: Any, longest: int) -> bool:
    """Whether it is text that a row can hold: no half of a character, nothing that cannot be printed."""
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()
