"""A push service on loopback, with a certificate of its own, and a phone that opens what arrives.

The phone decrypts by the steps of RFC 8291 itself, with nothing of the library that encrypted.
"""

from __future__ import annotations

import base64
import json
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import urllib3.util.connection as wire
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID

MOZILLA = "updates.push.services.mozilla.com"


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


@dataclass
class Phone:
    """One browser: its subscription, and what its screen shows. The same message again replaces itself there."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"0123456789abcdef"
    endpoint: str = f"https://{MOZILLA}/wpush/v2/gAAAAABn"
    screen: dict[str, str] = field(default_factory=dict)

    @property
    def subscription(self) -> dict[str, Any]:
        keys = {"p256dh": encode(point(self.key.public_key())), "auth": encode(self.auth)}
        return {"endpoint": self.endpoint, "keys": keys}

    def open(self, body: bytes) -> bytes:
        """What is inside one record of `aes128gcm` (RFC 8188) encrypted by RFC 8291."""
        salt, (size, length) = body[:16], struct.unpack("!LB", body[16:21])
        theirs, record = body[21 : 21 + length], body[21 + length :]
        assert len(record) <= size
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        info = b"WebPush: info\x00" + point(self.key.public_key()) + theirs
        secret = _derived(self.auth, shared, info, 32)
        content_key = _derived(salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _derived(salt, secret, b"Content-Encoding: nonce\x00", 12)
        padded = AESGCM(content_key).decrypt(nonce, record, None)
        inside, mark, padding = padded.rpartition(b"\x02")
        assert mark
        assert not padding.strip(b"\x00")
        return inside

    def receive(self, body: bytes) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.open(body))
        self.screen[said["id"]] = said["title"]
        return said


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


class PushServer(BaseHTTPRequestHandler):
    """Keeps every request in the server's `requests`; answers as `answers` says, then 201. `endless` never stops."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.requests.append((self.path, dict(self.headers), body))
        status, headers = self.server.answers.pop(0) if self.server.answers else (201, {})
        if status == "silent":
            self.server.release.wait(30)
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.server.endless:
            self.end_headers()
            self._talk_on()
            return
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        """What a followed redirect would become."""
        self.do_POST()

    def _talk_on(self) -> None:
        self.close_connection = True
        try:
            while not self.server.release.wait(0):
                self.wfile.write(b"x" * 65536)
        except OSError:
            self.server.hung_up.set()

    def log_message(self, *_: Any) -> None:
        """Silence: the requests are what is tested."""


@contextmanager
def push_service_at(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str = MOZILLA) -> Iterator[Any]:
    """A push service that claims to be `name`. Whoever connects to any host arrives here; `called` lists the hosts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), PushServer)
    server.requests, server.answers, server.called = [], [], []
    server.endless, server.hung_up, server.release = False, threading.Event(), threading.Event()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*_certified(folder, name))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "certificate.pem"))
    connect = wire.create_connection

    def to_loopback(address: tuple[str, int], *given: Any, **options: Any) -> Any:
        server.called.append(address[0])
        return connect(("127.0.0.1", server.server_address[1]), *given, **options)

    monkeypatch.setattr(wire, "create_connection", to_loopback)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _certified(folder: Path, name: str) -> tuple[Path, Path]:
    """The files with a certificate for `name` and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret
