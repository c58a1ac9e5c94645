"""The tables of accounts: people, their devices, proofs of possession, passkeys, consents."""

from backend.accounts.models.circles import Circle, CircleLink, CircleMember
from backend.accounts.models.credentials import LoginChallenge, OneTimeCode, Passkey
from backend.accounts.models.devices import DeviceSession, RefreshToken
from backend.accounts.models.people import Consent, GuestMerge, Identity, User, UserRole

__all__ = [
    "Circle",
    "CircleLink",
    "CircleMember",
    "Consent",
    "DeviceSession",
    "GuestMerge",
    "Identity",
    "LoginChallenge",
    "OneTimeCode",
    "Passkey",
    "RefreshToken",
    "User",
    "UserRole",
]
