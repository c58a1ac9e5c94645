"""Shapes of signing in: what a device sends, and the tokens it gets."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from backend.accounts.domain import Channel
from backend.platform.web import fields

MAX_EMAIL = 254
MAX_SECRET = 256
MAX_TOKEN = 2000  # room for whatever a confused device sends, so that it hears that it is no refresh token
MAX_DEVICE = 100


def email(**options: Any) -> fields.Text:
    """An e-mail address; the service reads it."""
    return fields.Text(maximum=MAX_EMAIL, metadata={"format": "email"}, **options)


def consents() -> ma.fields.Dict:
    """Each consent given, with the version of the text that was shown."""
    return ma.fields.Dict(
        keys=fields.Text(maximum=30),
        values=fields.Text(maximum=20),
        required=True,
        metadata={
            "description": "from GET /v1/consents: kind → version shown",
            "example": {"terms": "2026-11-01", "privacy": "2026-11-01"},
        },
    )


class DevicePart(ma.Schema):
    """The name a device gives itself, shown in the list of devices."""

    device = fields.Text(maximum=MAX_DEVICE, load_default=None, allow_none=True)


class RegistrationPart(ma.Schema):
    """What a new account needs, however it signs in."""

    born = fields.Text(
        minimum=4, maximum=10, required=True, metadata={"description": "year or day of birth, 1990 or 1990-05-01"}
    )
    guardian_email = email(load_default=None, allow_none=True)
    consents = consents()


class RegisterIn(RegistrationPart, DevicePart):
    """An account with e-mail and password."""

    email = email(required=True)
    password = fields.Secret(maximum=MAX_SECRET, required=True)


class LoginIn(DevicePart):
    """E-mail and password."""

    email = email(required=True)
    password = fields.Secret(maximum=MAX_SECRET, required=True)


class RefreshIn(ma.Schema):
    """The one refresh token of this device."""

    refresh_token = fields.Secret(maximum=MAX_TOKEN, required=True)


class GuestIn(DevicePart):
    """A guest has nothing but a device, and has seen the texts."""

    consents = consents()


class GuestAnswerIn(ma.Schema):
    """The answer whether a guest's record comes along."""

    answer_token = fields.Secret(maximum=MAX_SECRET, required=True)
    bring = fields.Truth(required=True)


class CodeIn(ma.Schema):
    """Where a code goes."""

    channel = fields.Choice(*Channel, required=True)
    address = fields.Text(maximum=MAX_EMAIL, required=True)


class CodeSignInIn(CodeIn, DevicePart):
    """A sign-in code, and what is needed when the address is new."""

    code = fields.Secret(maximum=20, required=True)
    registration = ma.fields.Nested(RegistrationPart, load_default=None, allow_none=True)


class AddressChangeIn(CodeIn):
    """The code that came to the new address."""

    code = fields.Secret(maximum=20, required=True)


class VerifyIn(ma.Schema):
    """The code from the letter that verifies one's e-mail."""

    code = fields.Secret(maximum=20, required=True)


class GuardianIn(ma.Schema):
    """What the link in a guardian's letter holds."""

    user_id = fields.Id("user", required=True)
    email = email(required=True)
    secret = fields.Secret(maximum=MAX_SECRET, required=True)


class ResetAskIn(ma.Schema):
    """Whose password is to be set anew."""

    email = email(required=True)


class ResetIn(ResetAskIn):
    """The secret of the link, and the new password."""

    secret = fields.Secret(maximum=MAX_SECRET, required=True)
    password = fields.Secret(maximum=MAX_SECRET, required=True)


class PasswordChangeIn(ma.Schema):
    """The present password and the next."""

    present = fields.Secret(maximum=MAX_SECRET, required=True)
    password = fields.Secret(maximum=MAX_SECRET, required=True)


class TokensOut(ma.Schema):
    """What a signed-in device holds. Keep the refresh token safe: it is used once, and each use gives the next."""

    user_id = ma.fields.String(required=True)
    session_id = ma.fields.String(required=True)
    token_type = ma.fields.String(required=True)
    access_token = ma.fields.String(required=True)
    expires_in_s = ma.fields.Integer(required=True)
    refresh_token = ma.fields.String(required=True)
    refresh_expires_at = fields.Instant(required=True)
    is_guest = ma.fields.Boolean(required=True)
    guest_question = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "ask whether the guest's record comes along; answer at /v1/auth/guest/merge"},
    )
