"""A bucket on loopback: the few calls of the S3 protocol that the adapter makes, for one key and secret.

The signature is looked at as far as it names the key, the region and the hash of what was sent; that it is computed as
it should be is the client library's own promise.
"""

from __future__ import annotations

import hashlib
import re
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit

BUCKET, KEY, REGION = "evidence", "the-key", "cn-north-1"
SCOPE = re.compile(rf"AWS4-HMAC-SHA256 Credential={KEY}/\d{{8}}/{REGION}/s3/aws4_request, .*Signature=[0-9a-f]{{64}}")
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


class BucketServer(BaseHTTPRequestHandler):
    """Keeps objects in the server's `objects`; counts refused requests in `refused`, fails `failing` times first."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        if body := self._read():
            self.server.objects[self._name()] = body
            self._answer(200, etag=hashlib.md5(body).hexdigest())

    def do_GET(self) -> None:
        if self._read() is None:
            return
        asked = parse_qs(urlsplit(self.path).query)
        if "list-type" in asked:
            prefix = asked.get("prefix", [""])[0]
            found = "".join(
                f"<Contents><Key>{name}</Key><Size>1</Size><LastModified>2026-11-20T00:00:00.000Z</LastModified>"
                "<ETag>x</ETag></Contents>"
                for name in self.server.objects
                if name.startswith(prefix)
            )
            head = f"<ListBucketResult {NAMESPACE}><Name>{BUCKET}</Name><IsTruncated>false</IsTruncated>"
            self._answer(200, f"{head}{found}</ListBucketResult>".encode())
        elif self._name() in self.server.objects:
            self._answer(200, self.server.objects[self._name()])
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>")

    def do_DELETE(self) -> None:
        if self._read() is not None:
            self.server.objects.pop(self._name(), None)
            self._answer(204)

    def do_POST(self) -> None:
        if (body := self._read()) is not None:
            for name in re.findall(r"<Key>(.*?)</Key>", body.decode()):
                self.server.objects.pop(name, None)
            self._answer(200, f"<DeleteResult {NAMESPACE}></DeleteResult>".encode())

    def log_message(self, *_args: object) -> None:
        """Nothing: a test's output is its own."""

    def _name(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix(f"/{BUCKET}/")

    def _read(self) -> bytes | None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.failing:
            self.server.failing -= 1
            self._answer(503, b"<Error><Code>SlowDown</Code></Error>")
            return None
        is_ours = SCOPE.fullmatch(self.headers.get("Authorization", ""))
        if is_ours and self.headers["x-amz-content-sha256"] == hashlib.sha256(body).hexdigest():
            return body
        self.server.refused += 1
        self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        return None

    def _answer(self, status: int, body: bytes = b"", etag: str = "x") -> None:
        self.send_response(status)
        self.send_header("ETag", f'"{etag}"')
        self.send_header("Last-Modified", "Fri, 20 Nov 2026 00:00:00 GMT")
        self.send_header("Content-Type", "application/xml")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
