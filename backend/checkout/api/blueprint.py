"""The one edge of the checkout, and how often an account may use it."""

from __future__ import annotations

from backend.platform.core.roles import SIGNED_IN
from backend.platform.web.edge import Edge
from backend.platform.web.limits import ACCOUNT, Limit

QUOTES = Limit("quotes", "60 per minute", ACCOUNT)
# stock is held for every order, so nobody may place them faster than anybody could want to
ORDERS = Limit("orders", "20 per 10 minutes", ACCOUNT)

edge = Edge("checkout", "Offset what is left: quotes, orders, payments", who=SIGNED_IN)
