"""What proves who somebody is, with bytes or values changed: tokens, passkeys, answers of providers. All is refused."""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from backend.accounts.service.passkeys import unreadable
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.privacy import access_tokens
from backend.ports.identity import client as clients
from backend.ports.identity import providers, transport
from backend.ports.identity.local import CLIENT, ISSUER, LOCAL, LocalProvider
from tests.backend.accounts.authenticator import Authenticator
from tests.mutations import changed_bytes, changed_json

ORIGIN, SITE = "http://127.0.0.1:8000", "127.0.0.1"
JOURNEY = {"code": "c", "nonce": "n", "verifier": "v", "redirect_uri": "r"}

pytestmark = [pytest.mark.alike_on_both_engines, pytest.mark.timeout(600)]


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def is_refused(ask: Callable[[], Any], refusal: Any = Refusal) -> bool:
    try:
        ask()
    except refusal:
        return True
    return False


def test_a_changed_access_token_is_refused(app, counts):
    rng = random.Random(1)
    with app.app_context():
        header, claims, signature = access_tokens.sign_access("usr_1", "ses_1", frozenset({"user"})).split(".")
        for _ in range(counts(small=300, long=20_000)):
            changed = ".".join([encoded(changed_json(rng, json.loads(decoded(header)))), claims, signature])
            assert is_refused(lambda changed=changed: access_tokens.read_access(changed))
            text = changed_bytes(rng, f"{header}.{claims}.{signature}".encode()).decode("latin-1")
            is_refused(lambda text=text: access_tokens.read_access(text))


class Provider(LocalProvider):
    """The stand-in with answers that a test chooses."""

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self.keys: Any = self._ring.jwks()
        now = int(clock.now().timestamp())
        self.claims = {"iss": ISSUER, "aud": CLIENT, "sub": "lin@example.org", "nonce": "n", "iat": now, "exp": now + 9}
        self.claims |= {"email": "lin@example.org", "email_verified": True}
        self.header = {"alg": "EdDSA", "kid": self.keys["keys"][0]["kid"], "typ": "JWT"}
        self.answer: Any = self.signed(json.dumps(self.header).encode(), json.dumps(self.claims).encode())

    def signed(self, header: bytes, claims: bytes) -> dict[str, Any]:
        signing = f"{encoded(header)}.{encoded(claims)}"
        return {"token_type": "Bearer", "id_token": f"{signing}.{encoded(self._key.sign(signing.encode()))}"}

    def get(self, _url: str) -> Any:
        return self.keys

    def post(self, _url: str, _form: Any) -> Any:
        return self.answer


@pytest.fixture
def journey(app, monkeypatch):
    """`journey()`: somebody comes back from the provider; `journey.provider` is what answers."""
    with app.app_context():
        provider = Provider(app.extensions["carbon.settings"])
        monkeypatch.setattr(clients, "wire_of", lambda _provider: provider)
        described = providers.get_provider(LOCAL)
        yield SimpleNamespace(provider=provider, end=lambda: clients.exchange(described, **JOURNEY))


def sound(read: Callable[[], Any]) -> Any:
    """What a provider's bytes are, or None where they are no answer at all."""
    try:
        return read()
    except transport.WireFailed:
        return None


def test_a_changed_answer_of_a_provider_proves_nothing_or_what_it_says(journey, counts):
    rng, provider = random.Random(2), journey.provider
    assert journey.end().subject == "lin@example.org"
    kept_keys, kept_answer = provider.keys, provider.answer
    for _ in range(counts(small=100, long=5000)):
        answer = sound(lambda: transport._object(changed_json(rng, kept_answer)))
        keys = sound(lambda: transport._object(changed_json(rng, kept_keys)))
        header = provider.signed(changed_json(rng, provider.header), b"{}")
        claims = provider.signed(json.dumps(provider.header).encode(), changed_json(rng, provider.claims))
        for provider.answer, provider.keys in ((answer, kept_keys), (kept_answer, keys), (header, kept_keys)):
            if provider.answer is not None and provider.keys is not None:
                is_refused(journey.end)
        provider.answer, provider.keys = claims, kept_keys
        if not is_refused(journey.end):
            assert journey.end().subject.isprintable()


@pytest.mark.parametrize("subject", ["\ud800", "a\x00b", "", "x" * 256])
def test_a_subject_that_no_row_can_hold_is_refused(subject, journey):
    provider = journey.provider
    claims = json.dumps(provider.claims | {"sub": subject}).encode()
    provider.answer = provider.signed(json.dumps(provider.header).encode(), claims)
    assert is_refused(journey.end)


def test_an_answer_nested_without_end_is_no_answer():
    for body in (b"[" * 9000 + b"]" * 9000, b'{"a":' * 9000 + b"1" + b"}" * 9000):
        with pytest.raises(transport.WireFailed):
            transport._object(body)


@pytest.fixture(scope="module")
def ceremonies():
    """A passkey made and used, and how each is verified."""
    authenticator = Authenticator(ORIGIN, SITE)
    place = {"expected_rp_id": SITE, "expected_origin": ORIGIN, "require_user_verification": True}
    options = webauthn.generate_registration_options(rp_id=SITE, rp_name="x", user_id=b"u", user_name="u")
    credential = authenticator.create(json.loads(webauthn.options_to_json(options)))

    def register(sent):
        return webauthn.verify_registration_response(credential=sent, expected_challenge=options.challenge, **place)

    made = register(credential)
    asked = webauthn.generate_authentication_options(rp_id=SITE)
    use = authenticator.get(json.loads(webauthn.options_to_json(asked)))
    known = {"credential_public_key": made.credential_public_key, "credential_current_sign_count": 0}

    def sign_in(sent):
        return webauthn.verify_authentication_response(
            credential=sent, expected_challenge=asked.challenge, **place, **known
        )

    return ((credential, register), (use, sign_in))


def test_a_changed_passkey_trips_the_library_only_in_ways_we_know(ceremonies, counts):
    rng = random.Random(3)
    for _ in range(counts(small=100, long=10_000)):
        for whole, verify in ceremonies:
            sent = copy.deepcopy(whole)
            part = rng.choice(list(sent["response"]))
            sent["response"][part] = bytes_to_base64url(changed_bytes(rng, base64url_to_bytes(sent["response"][part])))
            is_refused(lambda sent=sent, verify=verify: verify(sent), unreadable())
            text = changed_json(rng, whole)
            is_refused(lambda text=text, verify=verify: verify(json.loads(text)), (*unreadable(), RecursionError))
