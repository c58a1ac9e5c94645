"""The application factory: settings in, a Flask application out, wired from left to right."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from backend.app.extensions import db
from backend.platform.data.engine import configure, database_url, engine_options
from backend.platform.data.redis_store import connect
from backend.platform.ops import cli, cli_distribution, cli_keys, directories, outbox
from backend.platform.ops.cli_schema import CommandsOnSchema
from backend.platform.privacy import audit, personal_data
from backend.platform.privacy.key_rings import read_ring
from backend.platform.privacy.master_keys import MasterKeys
from backend.platform.privacy.personal_data import Kept, Kind
from backend.platform.privacy.vault import Vault
from backend.platform.web import (
    docs,
    front_page,
    health,
    idempotency,
    legal,
    metrics,
    middleware,
    problem_pages,
)
from backend.platform.web.json import StrictProvider
from backend.platform.web.openapi import Route, make_api
from backend.platform.web.pages import Pages
from config import Settings, configure_logs, load_policy

# In the order of the house: a slice may use the service of those to its left.
SLICES: tuple[str, ...] = (
    "accounts",
    "methodology",
    "ledger",
    "profiles",
    "inbox",
    "points",
    "activities",
    "registry",
    "trees",
    "footprints",
    "checkout",
    "portfolio",
    "console",
    "jobs",
)


def create_app(settings: Settings) -> Flask:
    """An application for `settings`: extensions, slices, health, and the API document.

    A slice with a `wiring` is attached last: `attach(app)` names its outbox handlers, jobs, checks and commands.
    """
    configure_logs(settings)
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    app = Flask("backend", static_folder=None)
    app.url_rule_class = Route
    app.json = StrictProvider(app)
    app.cli = CommandsOnSchema(app)
    app.config.update(
        # no SECRET_KEY: nobody signs in by a cookie, so Flask reads, verifies and sends none
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        SQLALCHEMY_DATABASE_URI=database_url(settings),
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings),
        TESTING=settings.environment == "test",
    )
    app.extensions |= {
        "carbon.factory": create_app,  # the doctor makes a second application to compare with
        "carbon.settings": settings,
        "carbon.policy": load_policy(),
        "carbon.vault": Vault(MasterKeys(settings.secret_key, settings.other_secret_keys)),
        "carbon.token_keys": read_ring(settings.token_keys, settings.var_dir / "token_key.pem"),
        "carbon.statement_keys": read_ring(settings.statement_keys, settings.var_dir / "statement_key.pem"),
        "carbon.standing": lambda *_: None,
        "carbon.redis": connect(settings),
    }
    import_models()
    db.init_app(app)
    with app.app_context():
        app.extensions["carbon.engine"] = db.engine
        configure(db.engine)
    middleware.watch(app, settings)
    middleware.build(app, settings)
    api = make_api(app)
    for name in SLICES:
        if find_spec(f"backend.{name}.api"):
            own = import_module(f"backend.{name}.api").edge
            if isinstance(own, Pages):  # they stand in no document of the API
                app.register_blueprint(own.blueprint)
            else:
                api.register_blueprint(own)
    for edge in (front_page.edge, health.edge, metrics.edge, docs.edge, legal.edge, problem_pages.edge):
        api.register_blueprint(edge)
    cli.attach(app)
    cli_keys.attach(app)
    directories.attach(app)
    if click.get_current_context(silent=True) is not None:  # a command of `flask`, maybe one of its `db`
        cli_distribution.attach(app)
    app.cli.add_command(_print_error_codes)
    personal_data.declare(app, PLATFORM)
    for name in SLICES:
        if find_spec(f"backend.{name}.wiring"):
            import_module(f"backend.{name}.wiring").attach(app)
    return app


@click.command("error-codes")
@with_appcontext
def _print_error_codes() -> None:
    """Print every error code with its status and texts: the content of docs/error-codes.md."""
    click.echo(problem_pages.write_document(), nl=False)


def _forget(session: Session, user_id: str) -> None:
    """Drop what the platform keeps of one person, but the data key: that is the last slice's."""
    audit.forget(session, user_id)
    idempotency.forget(session, user_id)
    outbox.forget(session, user_id)


# What the rooms below the slices keep of a person. Declared here, because no room of the platform may see them all.
PLATFORM = Kept(
    "platform",
    kinds=(Kind("operator_act", ("audit_details",), audit.export),),
    hidden={
        "stored_answers": "answers the person was given, kept for a retry and dropped after some days",
        "outbox": "ids of what is still to be done for the person; what comes of it is shown",
        "letters": "a letter on its way is its own owner: it may go to an address that belongs to nobody",
        "data_keys": "the wrapped key of what is shown in the clear",
    },
    forget=_forget,
    reset_for_owner=personal_data.stays("what is on its way goes where its slice says"),
)


def import_models() -> None:
    """Import every table of the project, so that the metadata is complete."""
    for name in (
        "platform.privacy.audit",
        "platform.web.idempotency",
        "platform.ops.outbox",
        "ports.message_queue",
        "platform.ops.switches",
        "platform.privacy.vault",
    ):
        import_module(f"backend.{name}")
    for name in SLICES:
        if find_spec(f"backend.{name}.models"):
            import_module(f"backend.{name}.models")
