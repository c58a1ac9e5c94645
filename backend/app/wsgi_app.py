"""The application for a process that serves it: built without looking for garbage, since all of it stays.

What is imported and built here lives as long as the process. Looking through it again and again took two fifths of the
time to start; frozen, it also stays shared between the workers a server forks. Whoever builds many applications in one
process, as tests do, calls `create_app` instead.
"""

from __future__ import annotations

import gc
from importlib import import_module

import click
from flask import Flask

from config import load_settings


def build_to_serve(*, is_named: bool = False) -> Flask:
    """The application of the environment's settings; raise `SettingsRefused` where they cannot be.

    With `is_named` also where nothing says whether this is development or production. Also where the database needs a
    master key that is not configured; a command of `flask` gets its application then too, to say what is wrong.
    """
    gc.disable()
    try:
        app: Flask = import_module("backend.app.factory").create_app(load_settings(is_named=is_named))
        if click.get_current_context(silent=True) is None:
            import_module("backend.platform.ops.cli_keys").refuse_missing_masters(app)
    finally:
        gc.enable()
    gc.freeze()
    return app


def build_with_jobs() -> Flask:
    """The same for `run.py`: with the scheduler inside it when the settings say so."""
    app = build_to_serve()
    if app.extensions["carbon.settings"].scheduler == "embedded":
        import_module("backend.jobs.runner").run_embedded(app)
    return app
