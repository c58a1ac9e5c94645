"""The verbs of accounts, inside a transaction someone else opened.

Verbs that count a failure return the `Refusal` instead of raising it, so that what they wrote stays.
"""

from backend.accounts.service.access_status import check_standing
from backend.accounts.service.account_closure import (
    check_recent_sign_in,
    count_leaving_since,
    is_leaving,
    leave,
    let_go,
    let_lapsed_guests_go,
    list_erased,
    list_lapsed_guests,
    list_leaving,
)
from backend.accounts.service.address_change import change_address, send_change
from backend.accounts.service.addresses import CHANNELS
from backend.accounts.service.consents import decide, has_consent, list_decisions, list_texts
from backend.accounts.service.guests import TOPIC_MERGED, answer, list_brought_guests, start_guest
from backend.accounts.service.identity_providers import Subject, begin_journey, end_journey, sign_in_by_provider
from backend.accounts.service.invariants import broken_accounts
from backend.accounts.service.passkeys import (
    begin_registration,
    begin_sign_in,
    drop_passkey,
    finish_registration,
    finish_sign_in,
    list_passkeys,
)
from backend.accounts.service.people import (
    Account,
    create_user,
    find_mailbox,
    get_account,
    get_user_id,
    reinstate,
    suspend,
)
from backend.accounts.service.personal_data import export, forget, sweep
from backend.accounts.service.registration import Registration, confirm_guardian, register, send_verification, verify
from backend.accounts.service.roles import grant_role, roles_of, withdraw_role
from backend.accounts.service.sessions import (
    PASSWORD_CHANGED,
    REVOKED,
    TOPIC_SIGNED_OUT,
    Tokens,
    end_all_sessions,
    list_devices,
    list_open_sessions,
    open_session,
    refresh,
    revoke,
    sign_out,
)
from backend.accounts.service.sign_in import (
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

__all__ = [
    "CHANNELS",
    "PASSWORD_CHANGED",
    "REVOKED",
    "TOPIC_MERGED",
    "TOPIC_SIGNED_OUT",
    "Account",
    "Registration",
    "Subject",
    "Tokens",
    "answer",
    "begin_journey",
    "begin_registration",
    "begin_sign_in",
    "broken_accounts",
    "change_address",
    "change_password",
    "check_password",
    "check_recent_sign_in",
    "check_standing",
    "confirm_guardian",
    "count_leaving_since",
    "create_user",
    "decide",
    "drop_passkey",
    "end_all_sessions",
    "end_journey",
    "export",
    "find_credentials",
    "find_mailbox",
    "finish_registration",
    "finish_sign_in",
    "forget",
    "get_account",
    "get_credentials",
    "get_user_id",
    "grant_role",
    "has_consent",
    "hash_password",
    "is_leaving",
    "leave",
    "let_go",
    "let_lapsed_guests_go",
    "list_brought_guests",
    "list_decisions",
    "list_devices",
    "list_erased",
    "list_lapsed_guests",
    "list_leaving",
    "list_open_sessions",
    "list_passkeys",
    "list_texts",
    "open_session",
    "refresh",
    "register",
    "reinstate",
    "reset_password",
    "revoke",
    "roles_of",
    "send_change",
    "send_reset",
    "send_sign_in_code",
    "send_verification",
    "sign_in",
    "sign_in_by_code",
    "sign_in_by_provider",
    "sign_out",
    "start_guest",
    "suspend",
    "sweep",
    "verify",
    "withdraw_role",
]
