"""Certificates: numbers that notice a slip of the pen, a name only its owner can reveal, and what everybody may see.

Promise: a number with one character changed is no number; the signed payload holds a salted commitment instead of the
name, so that it still verifies when the name has been erased. Touches nothing: random bytes come in, signing is done
outside.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from offsets.catalogue import Project
from offsets.errors import OffsetRefused
from offsets.retirement import Retirement, UpstreamState

# Crockford's base 32: no I, L, O, U, so that nobody reads one for another.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
_VALUES = {symbol: value for value, symbol in enumerate(_ALPHABET)}
ENTROPY_BYTES = 10
_BODY = 16
_LONGEST_NAME = 80
SCHEMA = "carbon-account/certificate/1"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is certified: one order's retirements, for a beneficiary known here only by a commitment."""

    number: str
    project: Project
    retirements: tuple[Retirement, ...]
    name_commitment: str
    issued_at: datetime

    @property
    def grams(self) -> int:
        """Everything retired under this number."""
        return sum(retirement.grams for retirement in self.retirements)


def make_number(entropy: bytes) -> str:
    """A certificate number such as `7Q3D-0K9M-XT5V-2HRA8` from ten random bytes, its check character last."""
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"a number is made from {ENTROPY_BYTES} random bytes")
    whole = int.from_bytes(entropy, "big")
    body = "".join(_ALPHABET[(whole >> 5 * place) & 31] for place in reversed(range(_BODY)))
    return _spaced(body + _check_character(body))


def read_number(text: str) -> str:
    """The number a person typed, in its one spelling; refuses what was never a number."""
    typed = unicodedata.normalize("NFKC", text).upper().translate(_LOOKALIKES)
    fits = len(typed) == _BODY + 1 and all(symbol in _VALUES for symbol in typed)
    if not fits or _check_character(typed[:-1]) != typed[-1]:
        raise OffsetRefused("certificates.not_a_number")
    return _spaced(typed)


def clean_name(text: str) -> str:
    """The name a buyer wants on the certificate; refuses an empty or long one and characters that hide or reverse."""
    composed = unicodedata.normalize("NFC", text)
    name = " ".join(composed.split())
    if not 1 <= len(name) <= _LONGEST_NAME or any(unicodedata.category(c)[0] == "C" for c in composed):
        raise OffsetRefused("certificates.name", maximum=_LONGEST_NAME)
    return name


def commit_name(name: str, salt: bytes) -> str:
    """A commitment to `name`: nothing can be learned from it without the salt (16 random bytes or more)."""
    if len(salt) < 16:
        raise ValueError("a salt has at least 16 random bytes")
    return hmac.new(salt, name.encode("utf-8"), hashlib.sha256).hexdigest()


def is_name(commitment: str, name: str, salt: bytes) -> bool:
    """Whether a commitment was made to exactly this name."""
    return hmac.compare_digest(commitment, commit_name(name, salt))


def signed_payload(certificate: Certificate) -> Mapping[str, Any]:
    """What is signed: every fact of the retirement and no personal data; integers, texts and booleans only."""
    project = certificate.project
    return {
        "schema": SCHEMA,
        "number": certificate.number,
        "grams": certificate.grams,
        "beneficiary_commitment": certificate.name_commitment,
        "issued_at": _instant(certificate.issued_at),
        "project": {
            "id": project.project_id,
            "title": dict(project.title),
            "registry": project.registry_id,
            "registry_project_id": project.registry_project_id,
            "standard": project.standard,
            "methodology": project.methodology,
            "country": project.country,
            "type": project.credit_type,
            "public_url": project.public_url,
            "corresponding_adjustment": project.corresponding_adjustment,
            "document_sha256": project.sha256,
        },
        "retirements": [_signed_retirement(retirement) for retirement in certificate.retirements],
    }


def public_view(
    certificate: Certificate, shown_name: str | None, upstream: Sequence[UpstreamState]
) -> Mapping[str, Any]:
    """What anybody with the number may see: the signed facts, the name if its owner shows it, and where the
    registry stands for each retirement."""
    signed = signed_payload(certificate)
    stated = [
        {**retirement, "registry_state": state.value}
        for retirement, state in zip(signed["retirements"], upstream, strict=True)
    ]
    return {**signed, "beneficiary": shown_name, "retirements": stated}


def canonical(payload: Mapping[str, Any]) -> bytes:
    """The bytes a signature is made over: sorted keys, no spaces, UTF-8."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _signed_retirement(retirement: Retirement) -> dict[str, Any]:
    return {
        "vintage": retirement.vintage,
        "serials": retirement.serials,
        "start_g": retirement.interval.start_g,
        "end_g": retirement.interval.end_g,
        "retired_at": _instant(retirement.retired_at),
        "purpose": retirement.purpose,
        "demonstration": retirement.demonstration,
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _spaced(symbols: str) -> str:
    return "-".join((symbols[:4], symbols[4:8], symbols[8:12], symbols[12:]))


def _check_character(body: str) -> str:
    """The hybrid system of ISO 7064 with modulus 33, 32: any one changed character is noticed."""
    rest = len(_ALPHABET)
    for symbol in body:
        rest = (rest + _VALUES[symbol]) % 32 or 32
        rest = rest * 2 % 33
    return _ALPHABET[(33 - rest) % 32]
