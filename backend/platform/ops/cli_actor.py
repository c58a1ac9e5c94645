"""Commands that act on the installation: they ask who is acting and why, and say a refusal in its words.

`--who` is an account, by its id or an address it has proved, that holds one of the command's roles. Whom the command
decides about is declared with it, and nobody decides about themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, TypeVar

import click
from flask import Flask, current_app
from sqlalchemy.orm import Session

from backend.platform.core import i18n
from backend.platform.core.errors import InvalidFields, Refusal, word_field_error
from backend.platform.data.transactions import in_transaction
from backend.platform.privacy import decisions
from backend.platform.privacy.decisions import Subject

Command = Callable[..., None]
T = TypeVar("T")

# identify(session, who, roles): the id of the account that `who` names, if it may act and holds one of `roles`
Identify = Callable[[Session, str, frozenset[str]], str]


class Act(Protocol):
    """Runs `verb(session, who, reason)` in one transaction; `who` is the id of the operator's account."""

    def __call__(self, verb: Callable[[Session, str, str], T]) -> T: ...


def acting(
    *roles: str, decides_about: Subject, who_option: str = "--who", reason: str | None = None
) -> Callable[[Command], Command]:
    """Let a command ask for `--who` and `--reason` and do its work by `act`, its first argument.

    `act` refuses whoever holds none of `roles`, and a decision about oneself. A command that has one `reason` for ever
    does not ask for it.
    """

    def declare(command: Command) -> Command:
        @wraps(command)
        def run(**values: Any) -> None:
            who, why = values.pop("who"), values.pop("reason", reason)

            def act_as_operator(verb: Callable[[Session, str, str], T]) -> T:
                def work(session: Session) -> T:
                    operator_id = _identify(session, who, frozenset(roles))
                    decisions.check(session, operator_id, decides_about, values)
                    return verb(session, operator_id, why)

                return act(work)

            command(act_as_operator, **values)

        run.decides_about = decides_about  # type: ignore[attr-defined]  # what the rules of the house look for
        if reason is None:
            run = click.option("--reason", required=True, help="why, for the audit trail")(run)
        words = f"your account: its id or an e-mail it has proved; holds {' or '.join(roles)}"
        return click.option(who_option, "who", required=True, help=words)(run)

    return declare


def act(verb: Callable[[Session], T]) -> T:
    """Run `verb` in one transaction; a refusal or a value that cannot be used ends the command with its words."""
    return _run(lambda: in_transaction(verb))


def ask(verb: Callable[[Session], T]) -> T:
    """The same for what only reads: everything it reads is of one instant."""
    return _run(lambda: in_transaction(verb, read_only=True, snapshot=True))


def _run(work: Callable[[], T]) -> T:
    try:
        return work()
    except Refusal as refusal:
        raise word_refusal(refusal) from refusal
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def word_refusal(refusal: Refusal) -> click.ClickException:
    """What ends a command that was refused: in words, with the code that the documentation explains."""
    if isinstance(refusal, InvalidFields):
        return click.ClickException("; ".join(_word(error) for error in refusal.errors))
    return click.ClickException(f"{refusal.code}: {i18n.text('detail', refusal.code, **refusal.facts)}")


def _word(error: dict[str, Any]) -> str:
    return f"{error['field']}: {word_field_error(error)['message']}"


def declare_operators(app: Flask, identify: Identify) -> None:
    """Let commands ask `identify` whose account `--who` names."""
    app.extensions["carbon.identify_operator"] = identify


def _identify(session: Session, who: str, roles: frozenset[str]) -> str:
    identify: Identify = current_app.extensions["carbon.identify_operator"]
    return identify(session, who, roles)
