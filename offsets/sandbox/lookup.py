"""Looking things up the way Stripe lets one: by id, page by page, with what belongs to it expanded.

Promise: what is read was kept, newest first, and nothing is changed by reading. Touches the store.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offsets.sandbox.errors import StripeRefusal, missing
from offsets.sandbox.form_fields import Params, text, whole
from offsets.sandbox.store import Record, Store

PAGE = {"limit", "starting_after", "created", "expand"}
PAGE_OF_PAYMENT = PAGE | {"payment_intent"}

# Which id inside an object leads to which kind.
_LINKS = {
    "payment_intent": {"latest_charge": "charge"},
    "charge": {"payment_intent": "payment_intent"},
    "refund": {"charge": "charge", "payment_intent": "payment_intent"},
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
}
_BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda created, bound: created > bound,
    "gte": lambda created, bound: created >= bound,
    "lt": lambda created, bound: created < bound,
    "lte": lambda created, bound: created <= bound,
}


def retrieve(store: Store, kind: str, object_id: str) -> Record:
    """One object; refuses an unknown id."""
    found = store.find(kind, object_id)
    if found is None:
        raise missing(kind, object_id, "intent" if kind == "payment_intent" else "id")
    return found


def page(store: Store, kind: str, params: Params, url: str) -> Record:
    """One page of a kind, newest first."""
    limit, after = whole(params, "limit", least=1) or 10, text(params, "starting_after")
    if limit > 100:
        raise StripeRefusal("limit is at most 100", param="limit")
    found = [each for each in store.list(kind, text(params, "payment_intent")) if _within(each, params)]
    if after is not None:
        ids = [each["id"] for each in found]
        if after not in ids:
            raise missing(kind, after, "starting_after")
        found = found[ids.index(after) + 1 :]
    return {"object": "list", "url": url, "has_more": len(found) > limit, "data": found[:limit]}


def expand(store: Store, found: Record, paths: Any) -> Record:
    """The object with the ids at `paths` (`latest_charge.refunds`) replaced by what they stand for."""
    if not isinstance(paths, list):
        raise StripeRefusal("Invalid array", param="expand")
    for path in paths:
        found = _expand(store, found, str(path).split("."))
    return found


def _expand(store: Store, found: Record, path: list[str]) -> Record:
    head, *rest = path
    kind = found.get("object", "")
    if kind == "list" and head == "data" and rest:
        return {**found, "data": [_expand(store, each, rest) for each in found["data"]]}
    if kind == "charge" and head == "refunds":
        refunds = [each for each in store.list("refund", found["payment_intent"]) if each["charge"] == found["id"]]
        return {**found, "refunds": _inner_list(refunds, found["id"])}
    if head not in _LINKS.get(kind, {}):
        raise StripeRefusal(f"This property cannot be expanded ({head}).", param="expand[0]")
    linked = found[head]
    if isinstance(linked, str):
        linked = store.find(_LINKS[kind][head], linked)
    if linked is not None and rest:
        linked = _expand(store, linked, rest)
    return {**found, head: linked}


def _inner_list(refunds: list[Record], charge_id: str) -> Record:
    url = f"/v1/charges/{charge_id}/refunds"
    return {"object": "list", "url": url, "has_more": len(refunds) > 10, "data": refunds[:10]}


def _within(each: Record, params: Params) -> bool:
    bounds = params.get("created") or {}
    if isinstance(bounds, str):
        bounds = {"gte": bounds, "lte": bounds}
    return all(_BOUNDS[name](each["created"], whole(bounds, name) or 0) for name in bounds)
