"""Looking at a piece again: its metadata, and a link that opens its file for some minutes.

A link names the piece, its owner and the instant it ends, under a keyed hash; it needs no sign-in, so that a phone's
viewer can open it, and nobody can make one or prolong it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.domain import JPEG, EvidenceKind, EvidencePiece
from backend.activities.service.evidence.facts import of_the_owner, read_facts
from backend.activities.service.evidence.upload import CONTENT, LOCATION
from backend.activities.sql import evidence as sql
from backend.platform.core import clock
from backend.platform.core.context import settings
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch, read_rows
from backend.platform.data.paging import Page, Window, by_id
from backend.platform.privacy.vault import KeyErased, the_vault
from calculators import GEOJSON, read_facts_record

LINK_LIVES = timedelta(minutes=5)
PURPOSE = "evidence.link"
LISTED = by_id("evidence")
VIEWS = {JPEG: "pictures", GEOJSON: "traces"}
SHOWN_OF_TRACK = ("started_at", "ended_at", "distance_m", "gap_s", "fixes", "passed_over", "jumps", "unsettled",
                  "inaccurate", "accuracy_m")  # fmt: skip
SHOWN = (*SHOWN_OF_TRACK, "value", "unit", "read_at", "width", "height")
PAPER_SHOWN = ("means", "number", "issuer", "meter", "period", "days", "amounts")
INSTANTS = ("started_at", "ended_at", "read_at")


@dataclass(frozen=True)
class Link:
    """Where a file can be seen until `ends_at`."""

    url: str
    ends_at: datetime


@dataclass(frozen=True)
class PieceView:
    """A piece as its owner and whoever decides about it see it.

    `shows` holds of a track its figures, of a reading its value, of a picture its size.
    """

    id: str
    tier: str
    created_at: datetime
    activity_id: str | None
    media: str | None
    size: int | None
    is_attested: bool
    is_kept: bool
    is_coarsened: bool
    shows: Mapping[str, Any]
    link: Link | None


def get_evidence(session: Session, user_id: str, evidence_id: str) -> PieceView:
    """One piece with a link to its file; raise `not_found.evidence`."""
    piece = get_piece(session, user_id, evidence_id)
    return _view(session, piece, _link(session, piece))


def present_to_decider(session: Session, piece: EvidencePiece) -> PieceView:
    """A piece with a link for whoever decides about it; a track without one once its owner took back the consent."""
    may_be_seen = not piece.is_track or accounts.has_consent(session, piece.user_id, LOCATION)
    return _view(session, piece, _link(session, piece) if may_be_seen else None, is_decided=True)


def find_original(session: Session, piece: EvidencePiece) -> EvidencePiece | None:
    """The earlier track or picture, of anybody, that a piece looks like; None where there is none any more."""
    of = read_facts(session, piece).get("alike", {}).get("of")
    return fetch(session, sql.piece_question(*of)).one_or_none() if of else None


def list_evidence(session: Session, user_id: str, window: Window) -> Page[PieceView]:
    """A person's pieces, the newest first, without links."""
    query = sql.page_of_pieces(user_id, window.after(LISTED), window.limit + 1)
    page = window.cut(read_rows(session, query, sql.read_piece), LISTED)
    return Page([_view(session, piece, None) for piece in page.items], page.next_cursor)


def get_piece(session: Session, user_id: str, evidence_id: str) -> EvidencePiece:
    """A stored piece; raise `not_found.evidence`."""
    piece = fetch(session, sql.piece_question(user_id, evidence_id)).one_or_none()
    if piece is None:
        raise Refusal("not_found.evidence")
    return piece


def open_link(session: Session, ticket: str, media: str) -> EvidencePiece:
    """The piece that a link's ticket opens as `media`; raise `not_found.evidence` for a false or old one."""
    parts = ticket.split(".")
    if len(parts) == 4 and hmac.compare_digest(parts[3].encode(), _signature(*parts[:3]).encode()):
        user_id, evidence_id, ends = parts[:3]
        piece = get_piece(session, user_id, evidence_id)
        if piece.media == media and clock.database_now(session) < datetime.fromtimestamp(int(ends), UTC):
            return piece
    raise Refusal("not_found.evidence")


def unseal_content(session: Session, piece: EvidencePiece, sealed: bytes) -> bytes:
    """The file; raise `not_found.evidence` when its owner was erased."""
    try:
        return the_vault().unseal(session, str(piece.sealed_for), CONTENT, sealed)
    except KeyErased as error:
        raise Refusal("not_found.evidence") from error


def _view(session: Session, piece: EvidencePiece, link: Link | None, *, is_decided: bool = False) -> PieceView:
    facts = read_facts(session, piece)
    figures = facts.get("measured", facts) if piece.tier == EvidenceKind.GPS_TRACE else facts
    return PieceView(
        id=piece.id,
        tier=piece.tier,
        created_at=piece.created_at,
        activity_id=piece.activity_id,
        media=piece.media,
        size=piece.size,
        is_attested=piece.is_attested,
        is_kept=piece.is_kept,
        is_coarsened=piece.coarsened_at is not None,
        shows=_paper_of(facts, is_decided=is_decided)
        | {
            name: datetime.fromisoformat(figures[name]) if name in INSTANTS else figures[name]
            for name in SHOWN
            if name in figures
        },
        link=link,
    )


def _paper_of(facts: Mapping[str, Any], *, is_decided: bool) -> dict[str, Any]:
    """What was read from a paper, but for its lines; only whoever decides learns that others had its number."""
    if "paper" not in facts:
        return {}
    paper = facts["paper"] if is_decided else of_the_owner(facts)["paper"]
    read, used_by = read_facts_record(paper), paper.get("used_by")
    return {"paper": {name: getattr(read, name) for name in PAPER_SHOWN} | {"used_by": used_by}}


def _link(session: Session, piece: EvidencePiece) -> Link | None:
    if piece.kept_at is None or piece.media is None:
        return None
    ends_at = clock.database_now(session) + LINK_LIVES
    signed = piece.user_id, piece.id, str(int(ends_at.timestamp()))
    ticket = ".".join((*signed, _signature(*signed)))
    return Link(f"{settings().public_url}/v1/evidence/{VIEWS[piece.media]}/{ticket}", ends_at)


def _signature(*parts: str) -> str:
    return the_vault().keyed_hash(PURPOSE, ".".join(parts))
