"""Attaches the checkout to the application: its invariants, what the outbox has for it, the operator's commands."""

from __future__ import annotations

from datetime import timedelta

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from backend.checkout import flow, service
from backend.platform.core.errors import Refusal
from backend.platform.core.roles import ADMIN, FINANCE
from backend.platform.ops import invariants, outbox
from backend.platform.ops.cli_actor import Act, act, acting, word_refusal
from backend.platform.privacy import personal_data
from backend.platform.privacy.decisions import about
from backend.platform.privacy.personal_data import Kept, Kind
from backend.registry import service as registry
from offsets import Money

KEPT = Kept(
    "checkout",
    kinds=(
        Kind("quote", ("quotes",), service.export_quotes),
        Kind(
            "order",
            ("orders", "order_moves", "payments", "payment_pages", "refunds", "refund_requests"),
            service.export_orders,
        ),
        Kind("invoice", ("invoices",), service.export_invoices, key="number"),
    ),
    hidden={
        "payment_intents": "a directory: from the provider's id of a payment that is shown",
        "notices": "a directory: which notices of the provider were received about a payment that is shown",
    },
    forget=service.forget,
    reset_for_owner=personal_data.stays("an order is its payer's until it is paid, refunded or lapsed"),
)

# what is asked of the payment provider about one person's orders stays in order
PAYMENTS = "payments"

commands = AppGroup("checkout", help="Orders that need a person: sync, compare, refund, resolve.")


def attach(app: Flask) -> None:
    """Declare what must hold of orders and money and whose they are, take what waited, and add `flask checkout`."""
    invariants.declare(app, "checkout", service.verify)
    personal_data.declare(app, KEPT)
    outbox.deliver(app, service.CANCEL_TOPIC, flow.cancel_payment, lane=PAYMENTS)
    outbox.deliver(app, service.REFUND_TOPIC, flow.refund, lane=PAYMENTS)
    outbox.deliver(app, service.SYNC_TOPIC, flow.reconcile, lane=PAYMENTS)
    outbox.deliver(app, service.COMPARE_TOPIC, flow.compare_recent_books, lane=PAYMENTS)
    outbox.handle(app, registry.RECALL_REFUND_TOPIC, service.refund_recalled)
    outbox.handle(app, service.LAPSE_TOPIC, lambda session, user_id, _facts: service.lapse(session, user_id))
    app.cli.add_command(commands)


@commands.command("attention")
def list_attention() -> None:
    """Orders that a person must look at: captured money without goods, money gone although the goods were retired, …"""
    orders = act(service.list_attention)
    for order in orders:
        price = Money(order.price_minor, order.currency).format()
        click.echo(f"{order.user_id}  {order.id}  {order.state:<16} {price:>10}  {order.attention or 'on its way'}")
    if not orders:
        click.echo("No order needs anybody.")


@commands.command("sync")
@click.argument("user_id")
@click.argument("order_id")
def sync(user_id: str, order_id: str) -> None:
    """Fetch the truth about an order's payment from the provider now, and settle it."""
    try:
        is_known = flow.sync_payment(user_id, order_id)
    except Refusal as refusal:
        raise word_refusal(refusal) from refusal
    click.echo("settled" if is_known else "the provider knows of no such payment")


@commands.command("compare")
@click.option("--days", type=click.IntRange(1), default=7, show_default=True, help="how old a payment may be")
def compare(days: int) -> None:
    """Compare our payments with the provider's list, both ways, and settle what differs; list what still does."""
    try:
        differences = flow.compare_books(timedelta(days=days))
    except Refusal as refusal:
        raise click.ClickException(refusal.code) from refusal
    for difference in differences:
        click.echo(f"{difference.payment_id}  {difference.mark and difference.mark.order_id}  {difference.problem}")
    if differences:
        raise click.ClickException(f"{len(differences)} payments differ")
    click.echo("the books agree")


@commands.command("refund")
@click.argument("user_id")
@click.argument("order_id")
@click.option("--amount-minor", type=click.IntRange(1), help="a part, in cents, fen or yen; default: all that is left")
@click.option("--keep-retired", is_flag=True, help="give money back although the credits stay retired for the buyer")
@acting(FINANCE, ADMIN, decides_about=about("user_id"))
def refund(act: Act, user_id: str, order_id: str, amount_minor: int | None, keep_retired: bool) -> None:
    """Give the captured money of an order back, all or a part, again after a refund has failed."""

    def decide(session: Session, who: str, reason: str) -> None:
        decision = service.RefundDecision(who, reason, amount_minor, keep_retired)
        service.refund(session, user_id, order_id, decision)

    act(decide)


@commands.command("resolve")
@click.argument("user_id")
@click.argument("order_id")
@acting(FINANCE, ADMIN, decides_about=about("user_id"))
def resolve(act: Act, user_id: str, order_id: str) -> None:
    """Say what came of an order that needed a person; it leaves the list."""
    act(lambda session, who, reason: service.resolve_attention(session, user_id, order_id, who=who, reason=reason))
