"""Attaches accounts to the application: access status, letters, invariants, and the operator's commands."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from backend.accounts import service
from backend.platform.core import i18n
from backend.platform.core.errors import Refusal
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import invariants, outbox
from backend.platform.privacy import personal_data
from backend.platform.privacy.personal_data import Kept, Kind
from backend.platform.web import legal
from backend.ports import message_queue

KEPT = Kept(
    "accounts",
    kinds=(
        Kind(
            "account",
            ("users", "identities", "user_roles", "passkeys", "device_sessions", "consents", "guest_merges"),
            personal_data.single(service.export),
            key="user_id",
        ),
    ),
    hidden={
        "refresh_tokens": "a directory: hashes of the secrets of devices that are shown",
        "one_time_codes": "a directory: the hash of a code on its way, good for minutes",
        "ceremonies": "a directory: a sign-in under way, good for minutes",
    },
    forget=service.forget,
)

commands = AppGroup("accounts", help="People: roles, suspension. PERSON is a user id or an e-mail.")
_who = click.option("--who", required=True, help="your name, for the audit trail")
_reason = click.option("--reason", required=True, help="why, for the audit trail")


def attach(app: Flask) -> None:
    """Answer for every caller's access status, send letters, declare invariants and what is kept, add commands."""
    personal_data.declare(app, KEPT)
    app.extensions["carbon.standing"] = service.check_access
    for topic in (message_queue.TOPIC, message_queue.TOPIC_NEWS):
        outbox.deliver(app, topic, message_queue.deliver)
    invariants.declare(app, "accounts", service.broken_accounts)
    i18n.declare(app, i18n.Catalogue("consents", lambda: service.list_consent_titles() | legal.list_pages()))
    app.cli.add_command(commands)


@commands.command("grant-role")
@click.argument("person")
@click.argument("role")
@_who
@_reason
def grant_role(person: str, role: str, who: str, reason: str) -> None:
    """Give PERSON a ROLE."""
    _act(person, lambda session, user_id: service.grant_role(session, user_id, role, who=who, reason=reason))


@commands.command("withdraw-role")
@click.argument("person")
@click.argument("role")
@_who
@_reason
def withdraw_role(person: str, role: str, who: str, reason: str) -> None:
    """Take a ROLE from PERSON."""
    _act(person, lambda session, user_id: service.withdraw_role(session, user_id, role, who=who, reason=reason))


@commands.command("suspend")
@click.argument("person")
@_who
@_reason
def suspend(person: str, who: str, reason: str) -> None:
    """Stop PERSON from acting, within seconds."""
    _act(person, lambda session, user_id: service.suspend(session, user_id, who=who, reason=reason))


@commands.command("reinstate")
@click.argument("person")
@_who
@_reason
def reinstate(person: str, who: str, reason: str) -> None:
    """Let a suspended PERSON act again."""
    _act(person, lambda session, user_id: service.reinstate(session, user_id, who=who, reason=reason))


@commands.command("erase")
@click.argument("person")
@_who
@_reason
def erase(person: str, who: str, reason: str) -> None:
    """Let PERSON go who asked by another way, suspended or not; a job erases them when their money has finished."""
    _act(person, lambda session, user_id: service.close_account_by_operator(session, user_id, who=who, reason=reason))


def _act(person: str, verb: Callable[[Session, str], None]) -> None:
    def work(session: Session) -> str:
        user_id = service.get_user_id(session, person)
        verb(session, user_id)
        return user_id

    try:
        click.echo(f"Done: {in_transaction(work)}")
    except Refusal as refusal:
        raise click.ClickException(f"{refusal.code} {refusal.facts or ''}".strip()) from refusal
