"""Key rings: Ed25519 keys that sign, rotate and are published.

The first key signs, all of them verify, so a new key is put in front and an old one stays until nothing signed with
it is still in use. Access tokens and statements have rings of their own.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

ALGORITHM = "EdDSA"
END_OF_KEY = "-----END PRIVATE KEY-----"


class KeyRing:
    """Ed25519 keys, the signing one first; `verified` is for whoever keeps what a token of theirs was found to say."""

    def __init__(self, keys: list[Ed25519PrivateKey]) -> None:
        if not keys:
            raise ValueError("a key ring needs at least one key")
        self._signing = keys[0]
        self._public: dict[str, Ed25519PublicKey] = {key_id(k.public_key()): k.public_key() for k in keys}
        self._signing_id = key_id(keys[0].public_key())
        self.verified: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def sign(self, claims: dict[str, Any], kind: str) -> str:
        """`claims` as a compact JWS of type `kind`, signed by the newest key."""
        return jwt.encode(claims, self._signing, algorithm=ALGORITHM, headers={"kid": self._signing_id, "typ": kind})

    def sign_detached(self, content: bytes, kind: str) -> str:
        """A JWS over `content` that does not carry it (RFC 7515, appendix F): header, nothing, signature."""
        headers = {"kid": self._signing_id, "typ": kind}
        header, _, signature = jwt.PyJWS().encode(content, self._signing, ALGORITHM, headers).split(".")
        return f"{header}..{signature}"

    def verify(self, token: str, kind: str, *, audience: str, issuer: str) -> dict[str, Any]:
        """The claims of `token`; raise `jwt.InvalidTokenError` unless one of our keys signed exactly this kind."""
        header = jwt.get_unverified_header(token)
        key = self._public.get(str(header.get("kid")))
        if key is None or header.get("typ") != kind:
            raise jwt.InvalidTokenError("unknown key or another kind of token")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=audience,
            issuer=issuer,
            options={
                "require": ["exp", "iat", "aud", "iss", "sub", "sid", "roles"],
                # whoever verifies compares these with the project's one clock
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        return claims

    def jwks(self) -> dict[str, Any]:
        """The public keys as a JSON Web Key Set."""
        return {"keys": [_jwk(name, key) for name, key in self._public.items()]}


def key_id(key: Ed25519PublicKey) -> str:
    """A short name for a public key, made from the key itself."""
    return hashlib.sha256(_raw(key)).hexdigest()[:16]


def read_ring(pem: str, fallback: Path) -> KeyRing:
    """The ring in `pem` (one or more private keys, newest first); when empty, one made and kept at `fallback`."""
    if not pem:
        pem = made_once(fallback, Ed25519PrivateKey.generate)
    blocks = [block + END_OF_KEY for block in pem.split(END_OF_KEY) if block.strip()]
    keys = [serialization.load_pem_private_key(block.strip().encode(), password=None) for block in blocks]
    ed25519 = [key for key in keys if isinstance(key, Ed25519PrivateKey)]
    if len(ed25519) != len(keys):
        raise ValueError("only Ed25519 private keys sign here")
    return KeyRing(ed25519)


def made_once(path: Path, generate: Callable[[], PrivateKeyTypes]) -> str:
    """The private key kept at `path` in PEM, for its owner's eyes only; the first to ask makes it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(made)
        except FileExistsError:
            pass  # another worker made it first; both read the same one
    return path.read_text(encoding="ascii")


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _jwk(name: str, key: Ed25519PublicKey) -> dict[str, str]:
    x = base64.urlsafe_b64encode(_raw(key)).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": ALGORITHM, "kid": name, "x": x}
