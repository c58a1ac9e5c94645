"""Web Push (RFC 8030), encrypted for the device alone (RFC 8291) and signed by us (RFC 8292).

`CARBON_PUSH=webpush://CONTACT` chooses it. Only hosts of `services.toml` are called, by https, to the letter of what
was asked: no redirect is followed, no answer read further than its status.
"""

from __future__ import annotations

import http_ece
import urllib3
from cryptography.hazmat.primitives.asymmetric import ec

from backend.platform.core import clock
from backend.platform.data.transactions import refuse_in_transaction
from backend.platform.web.json import dumps
from backend.ports.push.keys import read_server_key
from backend.ports.push.port import PushFailed, PushMessage, Subscription, SubscriptionGone
from backend.ports.push.services import find_service, origin_of
from config import Settings

TIMEOUT = urllib3.Timeout(connect=5, read=10)
CONNECTIONS = 4  # kept open per service
LARGEST_BYTES = 4096  # what every push service takes (RFC 8030, section 7.2)
LARGEST_ANSWER_BYTES = 1024
GONE = (404, 410)


class WebPush:
    """Sends through the push service that each device has chosen."""

    def __init__(self, settings: Settings) -> None:
        """Read key and contact; raise `ValueError` naming what is wrong."""
        self._contact = "mailto:" + settings.push.partition("://")[2]
        self._key = read_server_key(settings.push_key, settings.var_dir / "push_key.pem")
        self.application_server_key: str | None = self._key.public
        self._connections = urllib3.PoolManager(timeout=TIMEOUT, retries=False, maxsize=CONNECTIONS)

    def send(self, subscription: Subscription, message: PushMessage) -> None:
        """Hand over `message`.

        Raises `SubscriptionGone`, `PushFailed` or `urllib3.exceptions.HTTPError` for a service that does not take it,
        and `ValueError` for what must never be sent: to a host nobody declared, or larger than services take.
        """
        refuse_in_transaction()
        service = find_service(subscription.endpoint)
        if service is None:
            raise ValueError(f"no push service of ours: {origin_of(subscription.endpoint)}")
        headers = {
            "Authorization": self._key.authorization(origin_of(subscription.endpoint), self._contact, clock.now()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(message.lifetime_s),
            "Topic": message.id,  # the same message again replaces the one that still waits
            "Urgency": "normal",
            **service.headers,
        }
        status = self._post(subscription.endpoint, headers, encrypted(subscription, message))
        if status in GONE:
            raise SubscriptionGone(service.name)
        if not 200 <= status < 300:
            raise PushFailed(f"{service.name} answered {status}")

    def _post(self, endpoint: str, headers: dict[str, str], body: bytes) -> int:
        answer = self._connections.request(
            "POST", endpoint, headers=headers, body=body, redirect=False, preload_content=False
        )
        try:
            # nothing of it is used; a connection that was read to its end serves the next push
            answer.read(LARGEST_ANSWER_BYTES, decode_content=False)
        finally:
            answer.close()
        return int(answer.status)


def encrypted(subscription: Subscription, message: PushMessage) -> bytes:
    """`message` so that its device alone can read it; raise `ValueError` when that is larger than services take."""
    body: bytes = http_ece.encrypt(
        dumps({"id": message.id, "kind": message.kind, "title": message.title}),
        private_key=ec.generate_private_key(ec.SECP256R1()),  # a fresh one each time, as the standard asks
        dh=subscription.public_key,
        auth_secret=subscription.auth_secret,
        version="aes128gcm",
    )
    if len(body) > LARGEST_BYTES:
        raise ValueError(f"a push of {len(body)} bytes; services take {LARGEST_BYTES}")
    return body
