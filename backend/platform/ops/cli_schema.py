"""Commands on a database that no migration has made, or not all of them: one sentence with the remedy, no traceback.

Every command of the application is found through `CommandsOnSchema`, so that none has to think of it.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from backend.platform.data import schema
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import cli_distribution

MIGRATIONS = "db"
REMEDY = "flask --app wsgi db upgrade"


class CommandsOnSchema(AppGroup):
    """The commands of `app`; a statement that fails because the schema is behind ends one with `REMEDY`."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name=app.name)
        self._app = app

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == MIGRATIONS:
            cli_distribution.attach(self._app)
        command = super().get_command(ctx, cmd_name)
        return None if command is None else self._explain_schema(command)

    def _explain_schema(self, command: click.Command) -> click.Command:
        explained = copy(command)  # the command itself is shared by every application of the process

        def invoke(ctx: click.Context) -> Any:
            try:
                return command.invoke(ctx)
            except DBAPIError as error:
                if self._is_current():
                    raise
                raise click.ClickException(f"The database lacks tables of this version: run {REMEDY}") from error

        explained.invoke = invoke  # type: ignore[method-assign]  # of this copy alone
        return explained

    def _is_current(self) -> bool:
        with self._app.app_context():
            return in_transaction(schema.is_current, read_only=True)
