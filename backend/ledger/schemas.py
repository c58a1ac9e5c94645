"""The shape of a person's book on the wire."""

from __future__ import annotations

import marshmallow as ma

from backend.platform.web import fields


class PostingOut(ma.Schema):
    """Points out of one account into another."""

    source = ma.fields.String(required=True)
    destination = ma.fields.String(required=True)
    amount = fields.WholeNumber(required=True)


class EntryOut(ma.Schema):
    """One entry as it was written."""

    id = fields.Id("entry", required=True)
    sequence = fields.WholeNumber(required=True, metadata={"description": "its place in your book, without a gap"})
    kind = ma.fields.String(required=True)
    reference = ma.fields.String(required=True, metadata={"description": "names the fact behind it; used once"})
    occurred_at = fields.Instant(required=True)
    posted_at = fields.Instant(required=True)
    postings = ma.fields.List(ma.fields.Nested(PostingOut), required=True)
    facts = ma.fields.Dict(required=True)
    reverses = fields.Id("entry", required=True, allow_none=True, metadata={"description": "the entry it takes back"})
    sha256 = ma.fields.String(required=True, metadata={"description": "covers this entry and all before it"})


class EntriesQuery(ma.Schema):
    """Which entries; without a field, all."""

    kind = fields.Text(maximum=40, load_default=None)
    account = fields.Text(maximum=120, load_default=None)
    reference = fields.Text(
        maximum=200,
        load_default=None,
        metadata={"description": "or how it begins: `activity:act_…` finds all entries of an activity"},
    )
    since = fields.Instant(data_key="from", load_default=None, metadata={"description": "posted then or later"})
    until = fields.Instant(data_key="to", load_default=None, metadata={"description": "posted before"})
