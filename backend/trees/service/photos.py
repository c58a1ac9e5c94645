"""Pictures of trees: decoded apart, kept as nothing but their pixels, and found again by what they look like."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.batch import fetch, fetch_one
from backend.ports.file_decoders import NoPicture, PictureOfWrongSize
from backend.ports.picture_decoder import the_picture_decoder
from backend.trees.domain import Photo
from backend.trees.service.pools import get_pool
from backend.trees.sql import plantings as sql
from offsets import fingerprint

MEDIA = ("image/jpeg", "image/png", "image/webp")


@dataclass(frozen=True)
class SentPicture:
    """A picture as it is kept: JPEG without any tag, and what it is compared by."""

    content: bytes
    digest: str
    fingerprint: str
    width: int
    height: int


def read_picture(content: bytes, media: str) -> SentPicture:
    """The picture in `content`; call it outside of any transaction.

    Raises `evidence.not_a_picture`, `evidence.picture_size` with the bounds, or `service.busy`.
    """
    decoded = the_picture_decoder().decode(content)
    if isinstance(decoded, NoPicture):
        raise Refusal("evidence.not_a_picture", media=media, allowed=", ".join(MEDIA))
    if isinstance(decoded, PictureOfWrongSize):
        raise Refusal("evidence.picture_size", most_pixels=decoded.most_pixels, smallest_side=decoded.smallest_side)
    bits = fingerprint(decoded.brightness, decoded.columns, decoded.rows)
    return SentPicture(decoded.content, decoded.digest, f"{bits:016x}", decoded.width, decoded.height)


def record_photo(session: Session, pool_id: str, picture: SentPicture, who: str) -> Photo:
    """Note a picture of a pool; the same pixels again are the first one. Raises `not_found.pool`."""
    get_pool(session, pool_id)
    row = {
        "id": ids.new_id("tree_photo"),
        "pool_id": pool_id,
        "digest": picture.digest,
        "fingerprint": picture.fingerprint,
        "width": picture.width,
        "height": picture.height,
        "sent_by": who,
        "sent_at": clock.database_now(session),
    }
    session.execute(sql.INSERT_PHOTO, row)
    return fetch_one(session, sql.photo_of_digest(pool_id, picture.digest))


def get_photo(session: Session, photo_id: str) -> Photo:
    """One picture; raise `not_found.tree_photo`."""
    photo = fetch(session, sql.photo(photo_id)).one_or_none()
    if photo is None:
        raise Refusal("not_found.tree_photo")
    return photo


def storage_name(photo_id: str) -> str:
    """Under which name the storage has a picture. Anybody may see it, so it lies there as it is."""
    return f"tree_photos/{photo_id}"
