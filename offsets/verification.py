"""Is this file a statement of ours, to the last byte? Answered from the file and the public keys alone.

Promise: whatever differs from what was issued in a single byte is refused, with the reason. A statement comes as JSON
(its facts, a signature over them, and the name with the salt that opens the commitment) or as PDF (its signature is
the last line of the file, over every byte before it). Whether a statement was revoked since, only its issuer knows.
Touches nothing: bytes and keys come in.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from offsets.certificates import canonical, is_name

STATEMENT = "statement+jws"
PAPER = "statement-pdf+jws"
PDF_BEGINS = b"%PDF-"
SIGNATURE_LINE = b"\n%statement-signature "

Keys = Mapping[str, Ed25519PublicKey]


class NotGenuine(ValueError):
    """The file is not what was signed, or nobody known has signed it; the sentence says what is wrong."""


@dataclass(frozen=True, slots=True)
class Genuine:
    """A file that is as it was issued: the key that signed it, and for JSON its facts and the holder's name."""

    key_id: str
    facts: Mapping[str, Any] | None
    name: str | None


def read_keys(jwks: Mapping[str, Any]) -> Keys:
    """The Ed25519 keys of a JSON Web Key Set by their ids; raise `NotGenuine` for anything else."""
    try:
        return {key["kid"]: _key(key) for key in jwks["keys"]}
    except (KeyError, TypeError, ValueError) as error:
        raise NotGenuine("the keys are no JSON Web Key Set of Ed25519 keys") from error


def check_statement(content: bytes, keys: Keys) -> Genuine:
    """What a genuine statement says; raise `NotGenuine` for any other file."""
    return _check_paper(content, keys) if content.startswith(PDF_BEGINS) else _check_json(content, keys)


def write_file(facts: Mapping[str, Any], signature: str | None, holder: Mapping[str, str] | None) -> bytes:
    """A statement as the file its holder keeps and shows: one spelling, so that every byte of it is checked.

    A draft has no signature.
    """
    return canonical({"holder": holder, "signature": signature, "statement": facts})


def sign_paper(content: bytes, detached_signature: str) -> bytes:
    """A PDF with its signature behind its end, where no reader looks and every verifier does."""
    return content + SIGNATURE_LINE + detached_signature.encode("ascii") + b"\n"


def _check_json(content: bytes, keys: Keys) -> Genuine:
    try:
        file = json.loads(content)
        facts, signature, holder = file["statement"], file["signature"], file["holder"]
        respelt = write_file(facts, signature, holder)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotGenuine("the file is no statement") from error
    if respelt != content:
        raise NotGenuine("the file was changed: it is not spelt as it was issued")
    if signature is None:
        raise NotGenuine("the statement is a draft: nothing is signed before its period is over")
    key_id, signed = _check_signature(str(signature), STATEMENT, keys)
    try:
        as_signed = canonical(json.loads(signed))
    except (ValueError, RecursionError) as error:
        raise NotGenuine("what was signed is no statement") from error
    if as_signed != canonical(facts):
        raise NotGenuine("the facts are not those that were signed")
    return Genuine(key_id, facts, _name(facts, holder))


def _name(facts: Mapping[str, Any], holder: Any) -> str | None:
    commitment = facts.get("holder_commitment")
    if holder is None:
        return None
    try:
        is_genuine = commitment is not None and is_name(commitment, holder["name"], bytes.fromhex(holder["salt"]))
    except (KeyError, TypeError, ValueError):
        is_genuine = False
    if not is_genuine or holder.keys() != {"name", "salt"} or holder["salt"] != holder["salt"].lower():
        raise NotGenuine("the name is not the one that was signed")
    return str(holder["name"])


def _check_paper(content: bytes, keys: Keys) -> Genuine:
    paper, line, signature = content.rpartition(SIGNATURE_LINE)
    if not line or not signature.endswith(b"\n") or not signature.isascii():
        raise NotGenuine("the PDF has no signature of a statement in its last line")
    key_id, _ = _check_signature(signature[:-1].decode("ascii"), PAPER, keys, detached=paper)
    return Genuine(key_id, None, None)


def _check_signature(token: str, kind: str, keys: Keys, *, detached: bytes | None = None) -> tuple[str, bytes]:
    """The id of the key that signed, and the signed bytes; a JWS in compact form, or with its content beside it."""
    try:
        header_part, payload_part, signature_part = token.split(".")
        header = json.loads(_decoded(header_part))
        if (detached is not None) == bool(payload_part):
            raise ValueError("the content stands either in the signature or beside it")
        content = _decoded(payload_part) if detached is None else detached
        key_id, is_ours = header["kid"], header["alg"] == "EdDSA" and header["typ"] == kind
        signature = _decoded(signature_part)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotGenuine("the signature cannot be read") from error
    if not is_ours:
        raise NotGenuine("the signature is of another kind of document")
    if key_id not in keys:
        raise NotGenuine(f"none of the keys is {key_id}, which signed this: fetch the issuer's keys again")
    try:
        keys[key_id].verify(signature, f"{header_part}.{_encoded(content)}".encode())
    except InvalidSignature as error:
        raise NotGenuine("the signature does not fit: the file was changed since it was issued") from error
    return key_id, content


def _key(key: Mapping[str, Any]) -> Ed25519PublicKey:
    if (key["kty"], key["crv"]) != ("OKP", "Ed25519"):
        raise ValueError("another kind of key")
    return Ed25519PublicKey.from_public_bytes(_decoded(key["x"]))


def _decoded(part: str) -> bytes:
    """Base64url without padding, in the only spelling of its bytes: the last character's spare bits are zero."""
    try:
        found = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64url") from error
    if _encoded(found) != part:
        raise ValueError("not the one spelling of these bytes")
    return found


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
