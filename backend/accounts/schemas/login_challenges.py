"""Shapes of sign-ins in two steps: passkeys and providers."""

from __future__ import annotations

import marshmallow as ma

from backend.accounts.schemas.sign_in import MAX_SECRET, MAX_TOKEN, DevicePart, RegistrationPart
from backend.platform.web import fields

MAX_URI = 500
MAX_LABEL = 60


class LoginChallengeOut(ma.Schema):
    """What the device hands to its authenticator; bring `ceremony` to the second step."""

    ceremony = ma.fields.String(required=True)
    options = ma.fields.Dict(required=True, metadata={"description": "WebAuthn options as JSON, base64url inside"})


class PasskeyIn(ma.Schema):
    """What the authenticator made."""

    ceremony = fields.Secret(maximum=MAX_SECRET, required=True)
    credential = ma.fields.Dict(required=True, metadata={"description": "RegistrationResponseJSON of WebAuthn"})
    label = fields.Text(maximum=MAX_LABEL, load_default=None, allow_none=True)


class PasskeySignInIn(DevicePart):
    """What the authenticator signed."""

    ceremony = fields.Secret(maximum=MAX_SECRET, required=True)
    credential = ma.fields.Dict(required=True, metadata={"description": "AuthenticationResponseJSON of WebAuthn"})


class PasskeyOut(ma.Schema):
    """One passkey."""

    id = ma.fields.String(required=True)
    label = ma.fields.String(required=True, allow_none=True)
    created_at = fields.Instant(required=True)
    used_at = fields.Instant(required=True, allow_none=True)


class PasskeysOut(ma.Schema):
    """Every passkey, the oldest first."""

    items = ma.fields.List(ma.fields.Nested(PasskeyOut), required=True)


class ProviderOut(ma.Schema):
    """A provider people may sign in with."""

    name = ma.fields.String(required=True)
    title = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)


class ProvidersOut(ma.Schema):
    """Every provider that is switched on."""

    items = ma.fields.List(ma.fields.Nested(ProviderOut), required=True)


class ProviderBeginIn(ma.Schema):
    """Where the provider shall send the browser back to; by default to this installation."""

    redirect_uri = fields.Text(maximum=MAX_URI, load_default=None, allow_none=True)


class ProviderBeginOut(ma.Schema):
    """Where the browser goes. `ceremony` stays on the device; `state` comes back through the browser."""

    authorization_url = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    ceremony = ma.fields.String(required=True)


class ProviderSignInIn(DevicePart):
    """What came back, and what is needed when the person is new."""

    ceremony = fields.Secret(maximum=MAX_SECRET, required=True)
    state = fields.Secret(maximum=MAX_SECRET, required=True)
    code = fields.Secret(maximum=MAX_TOKEN, required=True)
    registration = ma.fields.Nested(RegistrationPart, load_default=None, allow_none=True)


class LocalConsentQuery(ma.Schema):
    """What a browser asks the local stand-in, and as whom."""

    response_type = fields.Choice("code", required=True)
    client_id = fields.Text(maximum=100, required=True)
    redirect_uri = fields.Text(maximum=MAX_URI, required=True)
    scope = fields.Text(maximum=100, required=True)
    state = fields.Text(maximum=MAX_SECRET, required=True)
    nonce = fields.Text(maximum=MAX_SECRET, required=True)
    code_challenge = fields.Text(maximum=MAX_SECRET, required=True)
    code_challenge_method = fields.Choice("S256", required=True)
    person = fields.Text(
        maximum=100,
        load_default="someone@example.org",
        metadata={"description": "who agrees; an e-mail counts as verified"},
    )


class LocalConsentOut(ma.Schema):
    """The way back to us."""

    redirect_to = ma.fields.String(required=True)
