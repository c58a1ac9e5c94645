"""The verbs of accounts, inside a transaction someone else opened.

Verbs that count a failure return the `Refusal` instead of raising it, so that what they wrote stays.
"""

from backend.accounts.domain import Account, LinkKind, Registration, SessionEnd, Tokens
from backend.accounts.service.access_status import ask_standing
from backend.accounts.service.account_closure import (
    check_recent_sign_in,
    close_account,
    close_account_by_operator,
    close_lapsed_guests,
    count_leaving_since,
    is_leaving,
    list_erased,
    list_lapsed_guests,
    list_leaving,
)
from backend.accounts.service.address_change import change_address, send_address_change_code
from backend.accounts.service.circles import link, list_circle
from backend.accounts.service.consents import (
    TOPIC_CONSENT_WITHDRAWN,
    has_active_consent,
    has_consent,
    list_consent_texts,
    list_consent_titles,
    list_consents,
    record_decision,
)
from backend.accounts.service.guests import TOPIC_MERGED, answer, list_brought_guests, start_guest
from backend.accounts.service.identity_providers import (
    Subject,
    begin_provider_sign_in,
    redeem_provider_sign_in,
    sign_in_by_provider,
)
from backend.accounts.service.invariants import broken_accounts
from backend.accounts.service.operators import bootstrap_admin, identify_operator
from backend.accounts.service.passkeys import (
    begin_passkey_registration,
    begin_passkey_sign_in,
    drop_passkey,
    finish_passkey_registration,
    finish_passkey_sign_in,
    list_passkeys,
)
from backend.accounts.service.people import (
    TOPIC_LANGUAGE,
    create_user,
    find_mailbox,
    get_account,
    get_user_id,
    has_proved_address,
    is_guest,
    reinstate,
    suspend,
)
from backend.accounts.service.personal_data import export, forget, reset_for_owner, sweep
from backend.accounts.service.registration import (
    confirm_guardian,
    register_account,
    send_verification,
    verify_email,
)
from backend.accounts.service.role_grants import grant_role, list_holders, roles_of, withdraw_role
from backend.accounts.service.sessions import (
    TOPIC_SIGNED_OUT,
    end_all_sessions,
    list_devices,
    list_open_sessions,
    open_session,
    refresh,
    revoke_session,
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
from backend.accounts.sql.circles import circle_lock, circle_of, created_at_of
from backend.accounts.sql.people import brought_question, is_erased

__all__ = [
    "TOPIC_CONSENT_WITHDRAWN",
    "TOPIC_LANGUAGE",
    "TOPIC_MERGED",
    "TOPIC_SIGNED_OUT",
    "Account",
    "LinkKind",
    "Registration",
    "SessionEnd",
    "Subject",
    "Tokens",
    "answer",
    "ask_standing",
    "begin_passkey_registration",
    "begin_passkey_sign_in",
    "begin_provider_sign_in",
    "bootstrap_admin",
    "broken_accounts",
    "brought_question",
    "change_address",
    "change_password",
    "check_password",
    "check_recent_sign_in",
    "circle_lock",
    "circle_of",
    "close_account",
    "close_account_by_operator",
    "close_lapsed_guests",
    "confirm_guardian",
    "count_leaving_since",
    "create_user",
    "created_at_of",
    "drop_passkey",
    "end_all_sessions",
    "export",
    "find_credentials",
    "find_mailbox",
    "finish_passkey_registration",
    "finish_passkey_sign_in",
    "forget",
    "get_account",
    "get_credentials",
    "get_user_id",
    "grant_role",
    "has_active_consent",
    "has_consent",
    "has_proved_address",
    "hash_password",
    "identify_operator",
    "is_erased",
    "is_guest",
    "is_leaving",
    "link",
    "list_brought_guests",
    "list_circle",
    "list_consent_texts",
    "list_consent_titles",
    "list_consents",
    "list_devices",
    "list_erased",
    "list_holders",
    "list_lapsed_guests",
    "list_leaving",
    "list_open_sessions",
    "list_passkeys",
    "open_session",
    "record_decision",
    "redeem_provider_sign_in",
    "refresh",
    "register_account",
    "reinstate",
    "reset_for_owner",
    "reset_password",
    "revoke_session",
    "roles_of",
    "send_address_change_code",
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
    "verify_email",
    "withdraw_role",
]
