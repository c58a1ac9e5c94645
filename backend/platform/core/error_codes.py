"""Every refusal a caller can get, by its stable code: the one place where a code is added (plus its texts).

A code is `room.what`; it never changes once released. Its kind decides the HTTP status (`problems.STATUS`); its texts
stand in the translations under the contexts `title` and `detail`. `docs/error-codes.md` is made from here by the
command `error-codes`; tests compare the two, and find codes that are raised and not listed, or listed in vain.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType


class Kind(Enum):
    """What sort of refusal it is; each stands for one HTTP status."""

    MALFORMED = "malformed"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD = "method"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    MEDIA_TYPE = "media_type"
    INVALID = "invalid"
    TOO_MANY = "too_many"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


_CODES: dict[str, Kind] = {
    "request.invalid": Kind.INVALID,
    "request.malformed": Kind.MALFORMED,
    "request.media_type": Kind.MEDIA_TYPE,
    "request.foreign_form": Kind.FORBIDDEN,
    "request.method": Kind.METHOD,
    "request.not_found": Kind.NOT_FOUND,
    "request.too_large": Kind.TOO_LARGE,
    "request.too_many": Kind.TOO_MANY,
    "activities.appealed": Kind.CONFLICT,
    "activities.changed": Kind.CONFLICT,
    "activities.corrected_too_often": Kind.CONFLICT,
    "activities.decided": Kind.CONFLICT,
    "activities.in_appeal": Kind.CONFLICT,
    "activities.nothing_to_appeal": Kind.CONFLICT,
    "activities.nothing_to_decide": Kind.CONFLICT,
    "activities.too_old": Kind.CONFLICT,
    "activities.withdrawn": Kind.CONFLICT,
    "activity.mismatch": Kind.CONFLICT,
    "auth.address_taken": Kind.CONFLICT,
    "auth.address_unproved": Kind.CONFLICT,
    "auth.already_registered": Kind.CONFLICT,
    "auth.expired_token": Kind.UNAUTHENTICATED,
    "auth.forbidden": Kind.FORBIDDEN,
    "auth.guardian_needed": Kind.FORBIDDEN,
    "auth.invalid_token": Kind.UNAUTHENTICATED,
    "auth.leaving": Kind.FORBIDDEN,
    "auth.no_email": Kind.CONFLICT,
    "auth.passkey_refused": Kind.UNAUTHENTICATED,
    "auth.provider_refused": Kind.UNAUTHENTICATED,
    "auth.provider_unavailable": Kind.UNAVAILABLE,
    "auth.question_unknown": Kind.CONFLICT,
    "auth.register_first": Kind.CONFLICT,
    "auth.registration_needed": Kind.INVALID,
    "auth.required": Kind.UNAUTHENTICATED,
    "auth.reused_token": Kind.UNAUTHENTICATED,
    "auth.revoked_token": Kind.UNAUTHENTICATED,
    "auth.second_factor": Kind.FORBIDDEN,
    "auth.sign_in_again": Kind.FORBIDDEN,
    "auth.suspended": Kind.FORBIDDEN,
    "auth.wrong_code": Kind.INVALID,
    "auth.wrong_credentials": Kind.UNAUTHENTICATED,
    "catalogue.no_price": Kind.INVALID,
    "catalogue.review_due": Kind.CONFLICT,
    "certificates.name": Kind.INVALID,
    "certificates.not_a_number": Kind.NOT_FOUND,
    "checkout.no_journey": Kind.CONFLICT,
    "checkout.no_refund_asked": Kind.CONFLICT,
    "checkout.nothing_remains": Kind.CONFLICT,
    "checkout.notice_early": Kind.UNAVAILABLE,
    "checkout.notice_refused": Kind.MALFORMED,
    "checkout.others_on_hold": Kind.CONFLICT,
    "checkout.provider_silent": Kind.UNAVAILABLE,
    "checkout.quote_expired": Kind.CONFLICT,
    "checkout.quote_used": Kind.CONFLICT,
    "checkout.order_over": Kind.CONFLICT,
    "checkout.page_too_late": Kind.CONFLICT,
    "checkout.refund_too_much": Kind.CONFLICT,
    "checkout.terms_changed": Kind.CONFLICT,
    "checkout.too_little": Kind.INVALID,
    "checkout.too_much_on_hold": Kind.CONFLICT,
    "checkout.unproved_on_hold": Kind.CONFLICT,
    "conflict": Kind.CONFLICT,
    "console.draft_changed": Kind.CONFLICT,
    "console.draft_locked": Kind.CONFLICT,
    "console.not_the_author": Kind.FORBIDDEN,
    "decision.bootstrapped": Kind.CONFLICT,
    "decision.no_operator": Kind.FORBIDDEN,
    "decision.own": Kind.FORBIDDEN,
    "evidence.known": Kind.CONFLICT,
    "evidence.location_not_agreed": Kind.CONFLICT,
    "evidence.no_better": Kind.CONFLICT,
    "evidence.not_a_picture": Kind.MEDIA_TYPE,
    "evidence.not_agreed": Kind.CONFLICT,
    "evidence.not_believed": Kind.CONFLICT,
    "evidence.picture_size": Kind.INVALID,
    "gateway.currency": Kind.INVALID,
    "household.code_unknown": Kind.NOT_FOUND,
    "household.leave_first": Kind.CONFLICT,
    "household.show_first": Kind.CONFLICT,
    "idempotency.key_invalid": Kind.MALFORMED,
    "idempotency.mismatch": Kind.INVALID,
    "idempotency.running": Kind.CONFLICT,
    "internal.books_differ": Kind.INTERNAL,
    "internal.error": Kind.INTERNAL,
    "internal.hold_not_backed": Kind.INTERNAL,
    "internal.plan_not_backed": Kind.INTERNAL,
    "internal.unexpected_rows": Kind.INTERNAL,
    "ledger.already_reversed": Kind.CONFLICT,
    "ledger.beyond_bound": Kind.CONFLICT,
    "ledger.insufficient_points": Kind.CONFLICT,
    "ledger.reference_reused": Kind.CONFLICT,
    "lots.insufficient_stock": Kind.CONFLICT,
    "methodology.decided": Kind.CONFLICT,
    "methodology.examples_fail": Kind.INVALID,
    "methodology.four_eyes": Kind.FORBIDDEN,
    "methodology.not_approved": Kind.CONFLICT,
    "methodology.not_in_force": Kind.INVALID,
    "methodology.nothing_changed": Kind.CONFLICT,
    "methodology.other_content": Kind.CONFLICT,
    "methodology.unknown": Kind.NOT_FOUND,
    "money.unknown_currency": Kind.INVALID,
    "neutrality.month_not_over": Kind.CONFLICT,
    "neutrality.nothing_logged": Kind.CONFLICT,
    "neutrality.too_many_copies": Kind.CONFLICT,
    "neutrality.year": Kind.INVALID,
    "not_found": Kind.NOT_FOUND,
    "not_found.activity": Kind.NOT_FOUND,
    "not_found.certificate": Kind.NOT_FOUND,
    "not_found.diary": Kind.NOT_FOUND,
    "not_found.entry": Kind.NOT_FOUND,
    "not_found.evidence": Kind.NOT_FOUND,
    "not_found.factor": Kind.NOT_FOUND,
    "not_found.footprint": Kind.NOT_FOUND,
    "not_found.footprint_copy": Kind.NOT_FOUND,
    "not_found.footprint_line": Kind.NOT_FOUND,
    "not_found.grant": Kind.NOT_FOUND,
    "not_found.methodology_version": Kind.NOT_FOUND,
    "not_found.order": Kind.NOT_FOUND,
    "not_found.project": Kind.NOT_FOUND,
    "not_found.quote": Kind.NOT_FOUND,
    "not_found.reduction": Kind.NOT_FOUND,
    "not_found.routine": Kind.NOT_FOUND,
    "not_found.statement": Kind.NOT_FOUND,
    "not_found.survey": Kind.NOT_FOUND,
    "orders.already_paid": Kind.CONFLICT,
    "orders.credits_retired": Kind.CONFLICT,
    "orders.disputed": Kind.CONFLICT,
    "orders.no_stock_awaited": Kind.CONFLICT,
    "orders.not_paid": Kind.CONFLICT,
    "orders.nothing_captured": Kind.CONFLICT,
    "points.extended_before": Kind.CONFLICT,
    "points.gift_to_oneself": Kind.CONFLICT,
    "points.lapsed": Kind.CONFLICT,
    "points.not_extendable": Kind.CONFLICT,
    "points.not_matured": Kind.CONFLICT,
    "points.too_early": Kind.CONFLICT,
    "pricing.amount": Kind.INVALID,
    "registry.block_overlaps": Kind.CONFLICT,
    "registry.demonstration": Kind.CONFLICT,
    "registry.lot_known": Kind.CONFLICT,
    "registry.not_due": Kind.CONFLICT,
    "registry.not_on_sale": Kind.CONFLICT,
    "registry.nothing_held": Kind.CONFLICT,
    "registry.other_registry": Kind.CONFLICT,
    "retirement.future_vintage": Kind.INVALID,
    "service.busy": Kind.UNAVAILABLE,
    "service.not_ready": Kind.UNAVAILABLE,
    "service.paused": Kind.UNAVAILABLE,
    "service.read_only": Kind.UNAVAILABLE,
    "service.storage_full": Kind.UNAVAILABLE,
    "statements.not_over": Kind.CONFLICT,
}
CODES: Mapping[str, Kind] = MappingProxyType(_CODES)


def kind_of(code: str) -> Kind:
    """The kind of a code; one that is not listed is a request that is understood and refused."""
    return CODES.get(code, Kind.INVALID)
