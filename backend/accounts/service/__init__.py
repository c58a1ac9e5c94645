"""The verbs of accounts, inside a transaction someone else opened.

Verbs that count a failure return the `Refusal` instead of raising it, so that what they wrote stays.
"""

from backend.accounts.service.addresses import CHANNELS
from backend.accounts.service.consents import decide, has_consent, list_decisions, list_texts
from backend.accounts.service.guests import TOPIC_MERGED, answer, start_guest
from backend.accounts.service.people import (
    Account,
    create_user,
    find_user_id,
    get_account,
    reinstate,
    suspend,
)
from backend.accounts.service.registering import Registration, confirm_guardian, register, send_verification, verify
from backend.accounts.service.roles import grant_role, roles_of, withdraw_role
from backend.accounts.service.sessions import (
    PASSWORD_CHANGED,
    REVOKED,
    Tokens,
    end_all_sessions,
    list_devices,
    open_session,
    refresh,
    revoke,
    sign_out,
)
from backend.accounts.service.signing_in import (
    change_password,
    check_password,
    find_credentials,
    get_credentials,
    hash_password,
    reset_password,
    send_reset,
    send_sign_in_code,
    sign_in,
    sign_in_by_code,
)
from backend.accounts.service.standing import check_standing

__all__ = [
    "CHANNELS",
    "PASSWORD_CHANGED",
    "REVOKED",
    "TOPIC_MERGED",
    "Account",
    "Registration",
    "Tokens",
    "answer",
    "change_password",
    "check_password",
    "check_standing",
    "confirm_guardian",
    "create_user",
    "decide",
    "end_all_sessions",
    "find_credentials",
    "find_user_id",
    "get_account",
    "get_credentials",
    "grant_role",
    "has_consent",
    "hash_password",
    "list_decisions",
    "list_devices",
    "list_texts",
    "open_session",
    "refresh",
    "register",
    "reinstate",
    "reset_password",
    "revoke",
    "roles_of",
    "send_reset",
    "send_sign_in_code",
    "send_verification",
    "sign_in",
    "sign_in_by_code",
    "sign_out",
    "start_guest",
    "suspend",
    "verify",
    "withdraw_role",
]
