"""The shapes of the months a person logs and states to be complete."""

from __future__ import annotations

import marshmallow as ma

from backend.platform.web import fields


class QuestionNamedOut(ma.Schema):
    """A question by name and title."""

    name = ma.fields.String(required=True)
    title = ma.fields.String(required=True)


class LoggedMonthOut(ma.Schema):
    """A month of a diary; `stated_at` is null where nobody stated that it is complete."""

    month = fields.WholeNumber(required=True)
    logged = fields.WholeNumber(required=True, metadata={"description": "activities of the diary on its days"})
    has_ended = fields.Truth(required=True)
    stated_at = fields.Instant(required=True, allow_none=True)


class DiaryOut(ma.Schema):
    """A diary: what you state of a month, and the questions it then answers. All others keep your answers."""

    diary = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    promise = ma.fields.String(required=True)
    questions = ma.fields.List(ma.fields.Nested(QuestionNamedOut), required=True)
    months = ma.fields.List(ma.fields.Nested(LoggedMonthOut), required=True)


class LoggedMonthsOut(ma.Schema):
    """A year's diaries, month by month."""

    year = fields.WholeNumber(required=True)
    diaries = ma.fields.List(ma.fields.Nested(DiaryOut), required=True)
