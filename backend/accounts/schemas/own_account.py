"""Shapes of what is someone's own: devices, consents, the answer about a guest's record."""

from __future__ import annotations

import marshmallow as ma

from backend.platform.web import fields


class DeviceOut(ma.Schema):
    """One signed-in device."""

    id = ma.fields.String(required=True)
    device = ma.fields.String(required=True, allow_none=True)
    opened_by = ma.fields.String(required=True, metadata={"description": "password, code, passkey, guest, oidc:…"})
    opened_at = fields.Instant(required=True)
    used_at = fields.Instant(required=True)
    is_current = ma.fields.Boolean(required=True)


class GuestAnswerOut(ma.Schema):
    """What becomes of a guest's record."""

    guest_id = ma.fields.String(required=True)
    brought = ma.fields.Boolean(required=True)


class ConsentTextOut(ma.Schema):
    """A text people are asked about, in its current version."""

    kind = ma.fields.String(required=True)
    version = ma.fields.String(required=True)
    required = ma.fields.Boolean(required=True)
    by = ma.fields.String(required=True, metadata={"description": "person, or the guardian of a minor"})
    title = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    path = ma.fields.String(required=True)


class ConsentTextsOut(ma.Schema):
    """Every text people are asked about."""

    items = ma.fields.List(ma.fields.Nested(ConsentTextOut), required=True)


class ConsentIn(ma.Schema):
    """One decision about one text."""

    version = fields.Text(maximum=20, required=True)
    given = fields.Truth(required=True)


class ConsentOut(ma.Schema):
    """The latest decision about one kind; not current when the text has a newer version."""

    kind = ma.fields.String(required=True)
    version = ma.fields.String(required=True)
    is_given = ma.fields.Boolean(required=True)
    is_current = ma.fields.Boolean(required=True)
    decided_at = fields.Instant(required=True)


class ConsentsOut(ma.Schema):
    """Every latest decision."""

    items = ma.fields.List(ma.fields.Nested(ConsentOut), required=True)
