"""What a device hands in to be reached: the Push API's `PushSubscription`, believed as far as it can be checked."""

from __future__ import annotations

import base64
import binascii

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from backend.platform.core.errors import invalid_field
from backend.ports.push.port import Subscription
from backend.ports.push.services import all_services, find_service

POINT_BYTES, AUTH_BYTES = 65, 16


def read_subscription(endpoint: str, p256dh: str, auth: str) -> Subscription:
    """A subscription in the words of the Push API; raise `request.invalid` for what no push service of ours made."""
    service = find_service(endpoint)
    if service is None:
        known = ", ".join(host for one in all_services() for host in one.hosts)
        raise invalid_field("endpoint", "not_a_push_endpoint", hosts=known)
    public_key, auth_secret = _decoded(p256dh), _decoded(auth)
    if public_key is None or not _is_point(public_key):
        raise invalid_field("keys.p256dh", "not_a_push_key")
    if auth_secret is None or len(auth_secret) != AUTH_BYTES:
        raise invalid_field("keys.auth", "not_a_push_key")
    return Subscription(service.name, endpoint, public_key, auth_secret)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_point(key: bytes) -> bool:
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key)
    except ValueError:
        return False
    # the short form names the same point, but a push is encrypted to the long one
    return len(key) == POINT_BYTES
