"""The shapes of accounts on the wire."""

from backend.accounts.schemas.mine import ConsentIn, ConsentOut, ConsentsOut, ConsentTextsOut, DeviceOut, GuestAnswerOut
from backend.accounts.schemas.signing_in import (
    CodeIn,
    CodeSignInIn,
    GuardianIn,
    GuestAnswerIn,
    GuestIn,
    LoginIn,
    PasswordChangeIn,
    RefreshIn,
    RegisterIn,
    ResetAskIn,
    ResetIn,
    TokensOut,
    VerifyIn,
)

__all__ = [
    "CodeIn",
    "CodeSignInIn",
    "ConsentIn",
    "ConsentOut",
    "ConsentTextsOut",
    "ConsentsOut",
    "DeviceOut",
    "GuardianIn",
    "GuestAnswerIn",
    "GuestAnswerOut",
    "GuestIn",
    "LoginIn",
    "PasswordChangeIn",
    "RefreshIn",
    "RegisterIn",
    "ResetAskIn",
    "ResetIn",
    "TokensOut",
    "VerifyIn",
]
