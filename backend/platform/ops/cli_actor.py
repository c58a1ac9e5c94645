"""Commands that act on the installation: they ask who is acting and why, and say a refusal in its words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from sqlalchemy.orm import Session

from backend.platform.core import i18n
from backend.platform.core.errors import Refusal
from backend.platform.data.transactions import in_transaction

Command = TypeVar("Command", bound=Callable[..., Any])
T = TypeVar("T")


def acting(command: Command) -> Command:
    """Let `command` ask for `--who` and `--reason`, both for the audit trail."""
    command = click.option("--reason", required=True, help="why, for the audit trail")(command)
    return click.option("--who", required=True, help="your name, for the audit trail")(command)


def act(verb: Callable[[Session], T]) -> T:
    """Run `verb` in one transaction; a refusal or a value that cannot be used ends the command with its words."""
    try:
        return in_transaction(verb)
    except Refusal as refusal:
        words = i18n.text("detail", refusal.code, **refusal.facts)
        raise click.ClickException(f"{refusal.code}: {words}") from refusal
    except ValueError as error:
        raise click.ClickException(str(error)) from error
