"""Shapes of quotes and orders on the wire."""

from __future__ import annotations

import marshmallow as ma

from backend.checkout.domain import RefundReason, RefundRequestState
from backend.platform.web import fields
from offsets import PaymentMethod

LARGEST_G = 10**12


class QuoteIn(ma.Schema):
    """Ask what some of a project costs, said in exactly one of four ways."""

    project = fields.Text(maximum=80, required=True, metadata={"description": "id of /v1/offset-projects"})
    grams = fields.WholeNumber(load_default=None, minimum=1, maximum=LARGEST_G)
    total_minor = fields.WholeNumber(
        load_default=None,
        minimum=1,
        maximum=LARGEST_G,
        metadata={"description": "as many grams as this much money buys, in minor units"},
    )
    rest_of_year = fields.WholeNumber(
        load_default=None,
        minimum=2000,
        maximum=2200,
        metadata={"description": "what remains of the footprint of this year"},
    )
    activity_id = fields.Id("activity", load_default=None, metadata={"description": "what one logged journey emitted"})
    currency = ma.fields.String(required=True, validate=ma.validate.Regexp(r"^[A-Z]{3}\Z"))


class TermsOut(ma.Schema):
    """The terms of paying, withdrawing and refunds; send `version` with the order to accept them."""

    version = ma.fields.String(required=True)
    sha256 = ma.fields.String(required=True)
    text = ma.fields.Dict(required=True, metadata={"description": "by language: en, zh"})


class PriceLineOut(ma.Schema):
    """One line of a price, with its working."""

    kind = ma.fields.String(required=True)
    label = ma.fields.Dict(required=True, metadata={"description": "by language: en, zh"})
    amount_minor = fields.WholeNumber(required=True)
    working = ma.fields.String(required=True)


class ReductionOptionOut(ma.Schema):
    """The buyer's largest option, in grams a year, and the methodology that would credit it; null where none would."""

    id = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    grams = fields.WholeNumber(required=True)
    methodology_id = ma.fields.String(required=True, allow_none=True, attribute="methodology.id", dump_default=None)
    methodology_title = ma.fields.String(
        required=True, allow_none=True, attribute="methodology.title", dump_default=None
    )
    yields = ma.fields.String(required=True, allow_none=True, attribute="methodology.yields", dump_default=None)
    has_figures = fields.Truth(required=True, attribute="methodology.has_figures", dump_default=False)


class ReduceFirstOut(ma.Schema):
    """What could still be reduced instead."""

    year = fields.WholeNumber(required=True)
    remaining_g = fields.WholeNumber(required=True, metadata={"description": "of the footprint, not yet balanced"})
    largest_category = ma.fields.String(required=True)
    largest_g = fields.WholeNumber(required=True)
    option = ma.fields.Nested(ReductionOptionOut, required=True, allow_none=True)
    beyond_g = fields.WholeNumber(
        required=True, metadata={"description": "grams of the purchase beyond what remains: no claim rests on them"}
    )
    advice = ma.fields.String(required=True)


class QuoteOut(ma.Schema):
    """A price that holds until it expires. Nothing is set aside by it."""

    id = ma.fields.String(required=True, attribute="quote.id")
    project = ma.fields.String(required=True, attribute="quote.project_id")
    project_sha256 = ma.fields.String(required=True, attribute="quote.project_sha256")
    grams = fields.WholeNumber(required=True, attribute="quote.grams")
    currency = ma.fields.String(required=True, attribute="quote.currency")
    total_minor = fields.WholeNumber(required=True, attribute="quote.total_minor")
    per_tonne = fields.DecimalNumber(required=True, attribute="quote.per_tonne")
    lines = ma.fields.List(ma.fields.Nested(PriceLineOut), required=True, attribute="quote.lines")
    expires_at = fields.Instant(required=True, attribute="quote.expires_at")
    orderable_g = fields.WholeNumber(
        required=True,
        metadata={
            "description": "the most that may be ordered before something is paid; less than `grams`: order less"
        },
    )
    least_g = fields.WholeNumber(required=True, metadata={"description": "the least that may be bought"})
    least_minor = fields.WholeNumber(required=True, metadata={"description": "the least that can be charged"})
    asked = ma.fields.Dict(
        required=True, attribute="quote.asked", metadata={"description": "what the grams were worked out from"}
    )
    largest_options = ma.fields.List(
        ma.fields.Nested(ReductionOptionOut),
        required=True,
        metadata={"description": "the buyer's three largest open reductions"},
    )
    terms = ma.fields.Nested(TermsOut, required=True)
    reduce_first = ma.fields.Nested(ReduceFirstOut, required=True, allow_none=True)


class OrderIn(ma.Schema):
    """Order what was quoted."""

    quote_id = fields.Id("quote", required=True)
    beneficiary = fields.Text(
        maximum=80, required=True, metadata={"description": "the name the credits are retired for"}
    )
    shows_name = fields.Truth(load_default=True, metadata={"description": "on the public certificate"})
    year = fields.WholeNumber(
        load_default=None,
        minimum=2000,
        maximum=2200,
        metadata={"description": "whose footprint it is set against; default: the present one"},
    )
    terms = fields.Text(
        maximum=20, load_default=None, metadata={"description": "the version of the quote's terms that is accepted"}
    )
    methods = ma.fields.List(
        ma.fields.Enum(PaymentMethod, by_value=True),
        load_default=(),
        validate=ma.validate.Length(max=len(PaymentMethod)),
        metadata={"description": "ways of paying; default: all that are offered for the currency"},
    )


class PaymentPageIn(ma.Schema):
    """Pay on a page of the provider's instead of in the payment sheet."""

    app_link = fields.Text(
        maximum=200, required=True, metadata={"description": "where the app takes over again; one of a fixed list"}
    )


class ReturnQuery(ma.Schema):
    """Where somebody comes back to who has been on the provider's page."""

    to = fields.Text(maximum=200, required=True, metadata={"description": "one of the app's own links"})
    order = fields.Id("order", required=True)
    result = ma.fields.String(required=True, validate=ma.validate.OneOf(("paid", "cancelled")))


class PaymentOut(ma.Schema):
    """How the payment stands, and what lets the payer's device make it."""

    status = ma.fields.String(required=True, attribute="row.status")
    amount_minor = fields.WholeNumber(required=True, attribute="row.amount_minor")
    currency = ma.fields.String(required=True, attribute="row.currency")
    captured_minor = fields.WholeNumber(required=True, attribute="row.captured_minor")
    refunded_minor = fields.WholeNumber(required=True, attribute="row.refunded_minor")
    failure_code = ma.fields.String(required=True, allow_none=True, attribute="row.failure_code")
    client_secret = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "for the provider's payment sheet"}
    )
    action_url = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "where the payer's bank wants to see the payer"}
    )
    page_url = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "a page to pay on, where one is offered"}
    )
    methods = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "ways of paying: card, alipay, wechat_pay"}
    )
    publishable_key = ma.fields.String(required=True, metadata={"description": "for the provider's payment sheet"})
    return_url = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "where a wallet sends the payer back to the app"}
    )


class RefundOut(ma.Schema):
    """Money on its way back."""

    id = ma.fields.String(required=True)
    amount_minor = fields.WholeNumber(required=True)
    currency = ma.fields.String(required=True)
    status = ma.fields.String(required=True)
    asked_at = fields.Instant(required=True)


class InvoiceIn(ma.Schema):
    """Who an invoice is made out to."""

    kind = ma.fields.String(
        load_default="vat",
        validate=ma.validate.OneOf(("vat", "fapiao")),
        metadata={"description": "fapiao: the data a Chinese fapiao will be made out by"},
    )
    name = fields.Text(maximum=120, required=True)
    tax_number = fields.Text(maximum=40, load_default="")
    address = fields.Text(maximum=300, lines=True, load_default="")


class InvoiceOut(ma.Schema):
    """An invoice, or the credit note for a refund of it."""

    number = ma.fields.String(required=True)
    order_id = ma.fields.String(required=True)
    about = ma.fields.String(required=True, metadata={"description": "invoice, or the id of the refund it credits"})
    amount_minor = fields.WholeNumber(required=True)
    currency = ma.fields.String(required=True)
    issued_at = fields.Instant(required=True)


class RefundRequestIn(ma.Schema):
    """Ask for the money of an order."""

    because = ma.fields.Enum(RefundReason, by_value=True, required=True)


class RefundRequestOut(ma.Schema):
    """What the buyer asked for, and what an operator decided."""

    because = ma.fields.String(required=True)
    state = ma.fields.String(required=True, metadata={"enum": [state.value for state in RefundRequestState]})
    asked_at = fields.Instant(required=True)
    decided_at = fields.Instant(required=True, allow_none=True)


class RefundRequestListed(RefundRequestOut):
    """One that waits, with whose order it is about."""

    user_id = ma.fields.String(required=True)
    order_id = ma.fields.String(required=True)


class RefundIn(ma.Schema):
    """Give captured money back."""

    amount_minor = fields.WholeNumber(
        load_default=None, minimum=1, maximum=LARGEST_G, metadata={"description": "default: all that is left"}
    )
    keeps_retirement = fields.Truth(
        load_default=False, metadata={"description": "says that retired credits stay retired for the buyer"}
    )
    reason = fields.Text(required=True, maximum=500, lines=True)


class DeclineIn(ma.Schema):
    """Why a refund is not made: for the audit trail."""

    reason = fields.Text(required=True, maximum=500, lines=True)


class OrderListed(ma.Schema):
    """An order in the list."""

    id = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    project = ma.fields.String(required=True, attribute="project_id")
    grams = fields.WholeNumber(required=True)
    price_minor = fields.WholeNumber(required=True)
    currency = ma.fields.String(required=True)
    placed_at = fields.Instant(required=True)


class OrderOut(ma.Schema):
    """An order with its price, its payment and, once retired, its certificate."""

    id = ma.fields.String(required=True, attribute="row.id")
    state = ma.fields.String(required=True, attribute="row.state")
    project = ma.fields.String(required=True, attribute="row.project_id")
    grams = fields.WholeNumber(required=True, attribute="row.grams")
    price_minor = fields.WholeNumber(required=True, attribute="row.price_minor")
    currency = ma.fields.String(required=True, attribute="row.currency")
    purpose = ma.fields.String(required=True, attribute="row.purpose")
    beneficiary = ma.fields.String(required=True)
    shows_name = ma.fields.Boolean(required=True, attribute="row.shows_name")
    quote_id = ma.fields.String(required=True, attribute="row.quote_id")
    terms = ma.fields.String(
        required=True, allow_none=True, attribute="row.terms", metadata={"description": "the version accepted"}
    )
    lines = ma.fields.List(ma.fields.Nested(PriceLineOut), required=True, attribute="quote.lines")
    placed_at = fields.Instant(required=True, attribute="row.placed_at")
    hold_expires_at = fields.Instant(required=True, attribute="row.hold_expires_at")
    payment = ma.fields.Nested(PaymentOut, required=True)
    refunds = ma.fields.List(ma.fields.Nested(RefundOut), required=True)
    refund_request = ma.fields.Nested(RefundRequestOut, required=True, allow_none=True)
    invoices = ma.fields.List(ma.fields.Nested(InvoiceOut), required=True)
    certificate_number = ma.fields.String(required=True, allow_none=True)
    certificate_url = ma.fields.String(required=True, allow_none=True)
    reduce_first = ma.fields.Nested(ReduceFirstOut, required=True, allow_none=True)
