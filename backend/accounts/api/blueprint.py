"""The edge of accounts and its rate limits: how often someone may try, by network and by address.

A limit by e-mail or phone counts tries against one person from anywhere; it is wide enough that a stranger cannot
lock them out of other ways to sign in, and narrow enough that guessing is hopeless.
"""

from __future__ import annotations

from backend.platform.core.roles import SIGNED_IN
from backend.platform.web.edge import Edge
from backend.platform.web.limits import ACCOUNT, NETWORK, Limit

edge = Edge("accounts", "Who someone is, on which devices, and what they agreed to", who=SIGNED_IN)

REGISTER = (Limit("register", "10 per hour", NETWORK), Limit("register", "5 per hour", "email"))
GUEST = (Limit("guest", "30 per hour", NETWORK),)
LOGIN = (Limit("login", "30 per minute", NETWORK), Limit("login", "20 per 15 minutes", "email"))
REFRESH = (Limit("refresh", "120 per minute", NETWORK), Limit("refresh", "30 per minute", "refresh_token"))
ASK_CODE = (Limit("ask_code", "30 per hour", NETWORK), Limit("ask_code", "5 per 15 minutes", "address"))
ASK_LETTER = (Limit("ask_letter", "30 per hour", NETWORK), Limit("ask_letter", "5 per hour", "email"))
ASK_OWN_LETTER = (Limit("ask_own_letter", "5 per hour", ACCOUNT),)
ASK_CHANGE = (*ASK_OWN_LETTER, Limit("ask_code", "5 per 15 minutes", "address"))
TRY_CODE = (Limit("try_code", "60 per hour", NETWORK), Limit("try_code", "20 per hour", "address"))
TRY_LINK = (Limit("try_link", "60 per hour", NETWORK), Limit("try_link", "20 per hour", "email"))
TRY_OWN = (Limit("try_own", "20 per hour", ACCOUNT),)
LOGIN_CHALLENGE = (Limit("ceremony", "60 per minute", NETWORK),)
