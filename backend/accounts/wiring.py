"""Attaches accounts to the application: access status, letters, invariants, and the operator's commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from backend.accounts import service
from backend.platform.core import i18n
from backend.platform.core.roles import ADMIN, SUPPORT
from backend.platform.ops import invariants, outbox
from backend.platform.ops.cli_actor import Act, act, acting, declare_operators
from backend.platform.privacy import personal_data
from backend.platform.privacy.decisions import About
from backend.platform.privacy.personal_data import Kept, Kind
from backend.platform.web import legal
from backend.ports import message_queue

KEPT = Kept(
    "accounts",
    kinds=(
        Kind(
            "account",
            (
                "users",
                "identities",
                "user_roles",
                "passkeys",
                "device_sessions",
                "consents",
                "guest_merges",
                "circle_members",
            ),
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
    reset_for_owner=service.reset_for_owner,
)


def _find_person(session: Session, values: Mapping[str, Any]) -> list[str]:
    return [service.get_user_id(session, values["person"])]


PERSON = About(_find_person)
KEEPERS = (SUPPORT, ADMIN)  # of people's access

commands = AppGroup(
    "accounts", help="People: roles, suspension. PERSON is a user id or an e-mail that its owner has proved."
)


def attach(app: Flask) -> None:
    """Answer for every caller's access status, send letters, declare invariants and what is kept, add commands."""
    personal_data.declare(app, KEPT)
    app.extensions["carbon.standing"] = service.ask_standing
    outbox.deliver(app, message_queue.TOPIC, message_queue.deliver, longest_pause=message_queue.WAITING_PAUSE)
    outbox.deliver(app, message_queue.TOPIC_NEWS, message_queue.deliver)
    invariants.declare(app, "accounts", service.broken_accounts)
    i18n.declare(app, i18n.Catalogue("consents", lambda: service.list_consent_titles() | legal.list_pages()))
    declare_operators(app, service.identify_operator)
    app.cli.add_command(commands)


@commands.command("bootstrap-admin")
@click.argument("person")
@click.option("--reason", required=True, help="why, for the audit trail")
def bootstrap_admin(person: str, reason: str) -> None:
    """Make PERSON the first administrator of a fresh installation; refused while there is one."""

    def work(session: Session) -> str:
        user_id = service.get_user_id(session, person)
        service.bootstrap_admin(session, user_id, reason=reason)
        return user_id

    click.echo(f"Done: {act(work)}")


@commands.command("grant-role")
@click.argument("person")
@click.argument("role")
@acting(ADMIN, decides_about=PERSON)
def grant_role(act: Act, person: str, role: str) -> None:
    """Give PERSON a ROLE."""
    _say(
        act, person, lambda session, user_id, who, why: service.grant_role(session, user_id, role, who=who, reason=why)
    )


@commands.command("withdraw-role")
@click.argument("person")
@click.argument("role")
@acting(ADMIN, decides_about=PERSON)
def withdraw_role(act: Act, person: str, role: str) -> None:
    """Take a ROLE from PERSON."""
    _say(
        act,
        person,
        lambda session, user_id, who, why: service.withdraw_role(session, user_id, role, who=who, reason=why),
    )


@commands.command("suspend")
@click.argument("person")
@acting(*KEEPERS, decides_about=PERSON)
def suspend(act: Act, person: str) -> None:
    """Stop PERSON from acting, within seconds."""
    _say(act, person, lambda session, user_id, who, why: service.suspend(session, user_id, who=who, reason=why))


@commands.command("reinstate")
@click.argument("person")
@acting(*KEEPERS, decides_about=PERSON)
def reinstate(act: Act, person: str) -> None:
    """Let a suspended PERSON act again."""
    _say(act, person, lambda session, user_id, who, why: service.reinstate(session, user_id, who=who, reason=why))


@commands.command("erase")
@click.argument("person")
@acting(*KEEPERS, decides_about=PERSON)
def erase(act: Act, person: str) -> None:
    """Let PERSON go who asked by another way, suspended or not; a job erases them when their money has finished."""
    _say(
        act,
        person,
        lambda session, user_id, who, why: service.close_account_by_operator(session, user_id, who=who, reason=why),
    )


def _say(act: Act, person: str, verb: Callable[[Session, str, str, str], None]) -> None:
    def work(session: Session, who: str, reason: str) -> str:
        user_id = service.get_user_id(session, person)
        verb(session, user_id, who, reason)
        return user_id

    click.echo(f"Done: {act(work)}")
