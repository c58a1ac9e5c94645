"""Shapes of the console's forms."""

from __future__ import annotations

import marshmallow as ma

from backend.platform.web import fields

LONGEST_DOCUMENT = 100_000
LONGEST_REASON = 500
LONGEST_WORDS = 2000


class SignInForm(ma.Schema):
    """Who signs in."""

    email = fields.Text(required=True, maximum=254)
    password = ma.fields.String(required=True, validate=ma.validate.Length(1, 1024))


class CodeForm(ma.Schema):
    """A code of an authenticator."""

    code = fields.Text(required=True, maximum=12)


class NewDraftForm(ma.Schema):
    """From which version a draft begins."""

    methodology_id = fields.Text(required=True, maximum=80)
    version = fields.WrittenNumber(required=True, minimum=1, maximum=1_000_000)


class RevisionForm(ma.Schema):
    """To which revision of a draft a change was made."""

    revision = fields.WrittenNumber(required=True, minimum=1, maximum=1_000_000_000)


class DraftForm(RevisionForm):
    """The text of a draft."""

    document = ma.fields.String(required=True, validate=ma.validate.Length(1, LONGEST_DOCUMENT))


class ApprovalForm(ma.Schema):
    """What exactly is approved, and from which day it counts."""

    sha256 = ma.fields.String(required=True, validate=ma.validate.Length(64, 64))
    effective_on = fields.Day(load_default=None)


class ReasonForm(ma.Schema):
    """Why it is decided so."""

    reason = fields.Text(required=True, maximum=LONGEST_REASON, lines=True)


class CommentForm(ma.Schema):
    """What is said about a line."""

    line = fields.WrittenNumber(required=True, minimum=1, maximum=100_000)
    words = fields.Text(required=True, maximum=LONGEST_WORDS, lines=True)


class SettledForm(ma.Schema):
    """Which comment is settled."""

    comment_id = fields.Text(required=True, maximum=30)


class AfterQuery(ma.Schema):
    """Where a page of a list begins: behind what the page before ended with."""

    after = fields.Text(load_default=None, maximum=400)
