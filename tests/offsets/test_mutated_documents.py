"""Notices, statements and documents with bytes or values changed: refused in their own words, and never raised."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import offsets
from offsets import NoticeRefused, list_project_documents
from offsets.catalogue import read_project
from offsets.certificates import canonical
from offsets.errors import DocumentRefused
from offsets.planting import read_species
from offsets.stripe_gateway import StripeGateway, StripeSettings
from offsets.verification import NotGenuine, check_statement
from tests.mutations import DIGITS, changed_bytes, changed_json, changed_line

SECRET = "whsec_of_this_test"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
ABOUT = {"id": "pi_1", "object": "payment_intent", "metadata": {"user_id": "usr_1", "carbon_account_order": "ord_1"}}
EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.succeeded",
    "created": int(NOW.timestamp()),
    "data": {"object": ABOUT},
}
SPECIES = sorted(Path(offsets.__file__).parent.glob("library/species/*.toml"))

pytestmark = pytest.mark.timeout(600)


def refusals(read: Callable[[Any], object], refusal: type[Exception], bodies: Any) -> int:
    """How many of `bodies` were refused; anything else that is raised is the test's to show."""
    count = 0
    for body in bodies:
        try:
            read(body)
        except refusal:
            count += 1
    return count


@pytest.fixture
def hear() -> Callable[[bytes], object]:
    """Read a notice that the provider has signed, whatever it says."""
    gateway = StripeGateway(StripeSettings("sk_test_1", SECRET, "http://127.0.0.1:1"))

    def read(payload: bytes) -> object:
        at = int(NOW.timestamp())
        signature = hmac.new(SECRET.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
        return gateway.read_notice(payload, f"t={at},v1={signature}", NOW)

    return read


def test_a_signed_notice_may_say_anything(hear, counts) -> None:
    rng, many = random.Random(1), counts(small=300, long=20_000)
    assert 0 < refusals(hear, NoticeRefused, (changed_json(rng, EVENT) for _ in range(many))) < many
    assert refusals(hear, NoticeRefused, (changed_bytes(rng, json.dumps(EVENT).encode()) for _ in range(many)))


@pytest.mark.parametrize(
    "payload", [b"[" * 9000 + b"]" * 9000, b'{"a":' * 9000 + b"1" + b"}" * 9000, DIGITS, b'{"created": %b}' % DIGITS]
)
def test_a_signed_notice_nested_or_numbered_without_end_is_refused(hear, payload) -> None:
    with pytest.raises(NoticeRefused):
        hear(payload)


@pytest.mark.parametrize("line", [f"a = {DIGITS.decode()}", "a = " + "[" * 5000, "a = " + "{b = " * 5000])
@pytest.mark.parametrize("read", [read_project, read_species])
def test_a_number_or_nesting_beyond_every_bound_is_refused_with_its_line(read, line) -> None:
    with pytest.raises(DocumentRefused):
        read("a.toml", line)


def test_a_changed_document_is_read_or_refused_with_its_line(counts) -> None:
    rng = random.Random(2)
    projects = list(list_project_documents().values())
    species = [path.read_text(encoding="utf-8") for path in SPECIES]
    many = counts(small=100, long=5000)
    for read, texts in ((read_project, projects), (read_species, species)):
        chosen = [texts[turn % len(texts)] for turn in range(many)]
        changed = [changed_bytes(rng, text.encode()).decode("utf-8", "replace") for text in chosen]
        changed += [changed_line(rng, text) for text in chosen]
        assert refusals(lambda text, read=read: read("a.toml", text), DocumentRefused, changed)


@pytest.mark.parametrize("begins", [b"", b"%PDF-1.7 "])
def test_a_changed_statement_is_not_genuine(begins, counts) -> None:
    rng = random.Random(3)
    header = base64.urlsafe_b64encode(b'{"alg":"EdDSA","kid":"k","typ":"statement+jws"}').rstrip(b"=").decode()
    file = {"holder": {"name": "Lin", "salt": "00"}, "signature": f"{header}.e30.AAAA", "statement": {"number": "1"}}
    whole = begins + canonical(file) + b"\n%statement-signature " + header.encode() + b"..AAAA\n"
    bodies = [changed_bytes(rng, whole) for _ in range(counts(small=300, long=20_000))]
    bodies += [begins + b"\n%statement-signature " + nested_header() + b"..AAAA\n"]
    assert refusals(lambda body: check_statement(body, {}), NotGenuine, bodies) == len(bodies)


def nested_header() -> bytes:
    return base64.urlsafe_b64encode(b"[" * 9000 + b"]" * 9000).rstrip(b"=")
