"""The shapes of statements; a statement itself goes out as the very bytes that were issued."""

from __future__ import annotations

import marshmallow as ma

from backend.platform.web import fields
from backend.portfolio.domain import RevocationReason

REASONS = tuple(reason.value for reason in RevocationReason)


class StatementListed(ma.Schema):
    """A statement that was issued."""

    number = ma.fields.String(required=True)
    period = ma.fields.String(required=True, metadata={"description": "2026-11, or 2026"})
    revision = fields.WholeNumber(required=True)
    sha256 = ma.fields.String(required=True, metadata={"description": "of the facts as they were signed"})
    state = ma.fields.String(required=True, metadata={"description": "valid, replaced or revoked"})
    shows_name = fields.Truth(required=True)
    because = ma.fields.String(required=True, allow_none=True)
    issued_at = fields.Instant(required=True)
    closed_at = fields.Instant(required=True, allow_none=True)


class IssueIn(ma.Schema):
    """Under which name a statement is issued anew, and who may read it."""

    name = fields.Text(required=True, maximum=80, allow_none=True, metadata={"description": "null: no name"})
    shows_name = fields.Truth(
        load_default=False, metadata={"description": "whether whoever asks by the number is told the name"}
    )


class RevokeIn(ma.Schema):
    """Why a statement is taken back: a code that everybody sees, and words for the audit trail."""

    because = fields.Choice(*REASONS, required=True)
    note = fields.Text(required=True, maximum=500)


class StatementVerdict(ma.Schema):
    """Whether a number is a statement that holds."""

    number = ma.fields.String(required=True)
    is_genuine = fields.Truth(required=True)
    problem = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "not_a_number, unknown, signature, replaced or revoked"},
    )
    because = ma.fields.String(required=True, allow_none=True, metadata={"description": "why it was revoked"})
    period = ma.fields.String(required=True, allow_none=True)
    holder = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "the name, if its holder shows it"}
    )
    sha256 = ma.fields.String(required=True, allow_none=True, metadata={"description": "of the facts, canonical JSON"})
    issued_at = fields.Instant(required=True, allow_none=True)
    closed_at = fields.Instant(required=True, allow_none=True)
