"""Shapes of evidence on the wire."""

from __future__ import annotations

import marshmallow as ma

from backend.activities.domain import EvidenceKind
from backend.platform.web import fields


class EvidenceIn(ma.Schema):
    """A piece of evidence that somebody else attests, by its number outside."""

    user_id = fields.Id("user", required=True)
    tier = fields.Text(required=True, maximum=40, metadata={"example": "fare_record"})
    reference = fields.Text(required=True, maximum=200, metadata={"description": "a ticket number, a reading's id"})


class AttestedEvidenceOut(ma.Schema):
    """Evidence in a person's hands: name its id when logging the activity it supports."""

    id = ma.fields.String(required=True)
    user_id = ma.fields.String(required=True)
    tier = ma.fields.String(required=True)
    created_at = fields.Instant(required=True)


class EvidenceQuery(ma.Schema):
    """What the file is; a reading is told beside the picture of the dial, and of a track when it was that counts."""

    kind = fields.Choice(
        *EvidenceKind, required=True, metadata={"description": "as GET /v1/catalogue names it for each rule"}
    )
    value = fields.DecimalNumber(
        load_default=None, minimum="0", maximum="1e12", metadata={"description": "of a reading: what the dial shows"}
    )
    unit = fields.Text(load_default=None, maximum=20, metadata={"description": "of a reading", "example": "kWh"})
    device = fields.Text(
        load_default=None, maximum=60, metadata={"description": "of a reading: the number on the meter or plate"}
    )
    read_at = fields.Instant(load_default=None, metadata={"description": "of a reading: when it was taken"})
    recorded_from = fields.Instant(
        load_default=None, metadata={"description": "of a track: earlier positions are not read; a timeline needs both"}
    )
    recorded_until = fields.Instant(load_default=None, metadata={"description": "of a track: nor are later ones"})


class Link(ma.Schema):
    """Where a file can be seen for some minutes."""

    url = ma.fields.String(required=True)
    ends_at = fields.Instant(required=True)


class PaperAmountOut(ma.Schema):
    """A figure of a paper with the unit or currency beside it."""

    value = fields.DecimalNumber(required=True)
    unit = ma.fields.String(required=True)


class PaperOut(ma.Schema):
    """What a machine read from a bill, an order or a receipt; what is missing or null could not be read."""

    means = ma.fields.String(required=True, metadata={"description": "text, code, invoice or picture"})
    number = ma.fields.String(required=True, allow_none=True)
    issuer = ma.fields.String(required=True, allow_none=True)
    meter = ma.fields.String(required=True, allow_none=True)
    period = ma.fields.List(fields.Day(), required=True, allow_none=True)
    days = ma.fields.List(fields.Day(), required=True, metadata={"description": "every day it prints"})
    amounts = ma.fields.List(ma.fields.Nested(PaperAmountOut), required=True)
    used_by = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "own, where another paper of yours has its number; another's, to whoever decides"},
    )


class EvidenceFacts(ma.Schema):
    """What a piece shows: of a track its figures, of a reading its value, of a picture its size."""

    started_at = fields.Instant()
    ended_at = fields.Instant()
    distance_m = fields.WholeNumber(metadata={"description": "on the ellipsoid, in steps that no scatter makes"})
    gap_s = fields.WholeNumber(metadata={"description": "seconds without a position, a minute or more at a time"})
    fixes = fields.WholeNumber()
    passed_over = fields.WholeNumber(metadata={"description": "positions of the file without a usable place or time"})
    jumps = fields.WholeNumber(metadata={"description": "positions far off and back, not used"})
    unsettled = fields.WholeNumber(metadata={"description": "first positions, before the receiver was sure; not used"})
    inaccurate = fields.WholeNumber(metadata={"description": "positions that say they may be far off; not used"})
    accuracy_m = fields.WholeNumber(
        allow_none=True,
        metadata={"description": "the median of what the file tells of its positions; null: it tells nothing"},
    )
    value = fields.DecimalNumber()
    unit = ma.fields.String()
    read_at = fields.Instant()
    width = fields.WholeNumber()
    height = fields.WholeNumber()
    paper = ma.fields.Nested(PaperOut)


class EvidenceOut(ma.Schema):
    """A piece of evidence of yours; its link is asked for one by one."""

    id = ma.fields.String(required=True)
    tier = ma.fields.String(required=True)
    created_at = fields.Instant(required=True)
    activity_id = ma.fields.String(required=True, allow_none=True)
    media = ma.fields.String(required=True, allow_none=True)
    size = fields.WholeNumber(required=True, allow_none=True)
    is_attested = fields.Truth(required=True, metadata={"description": "whether somebody else vouches for it"})
    is_kept = fields.Truth(required=True, metadata={"description": "false: the file did not arrive, send it again"})
    is_coarsened = fields.Truth(required=True, metadata={"description": "whether its positions were taken away"})
    shows = ma.fields.Nested(EvidenceFacts, required=True)
    link = ma.fields.Nested(Link, required=True, allow_none=True)
