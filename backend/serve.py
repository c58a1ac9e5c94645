"""`python3 run.py`: one process with everything in it, for a newcomer and for development.

Brings the database to head, gives an empty one its demo people, prints where to look, and serves. The scheduler runs
inside the process when the settings say `embedded`. Production uses `wsgi.py` behind a server of its own choice.
"""

from __future__ import annotations

import sys

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from backend.demo.people import DEMO_EMAIL, DEMO_PASSWORD, settle_in
from backend.factory import create_app
from backend.jobs.runner import run_embedded
from backend.schema import upgrade_schema
from config import SettingsRefused, load_settings

THREADS = 4


def embedded() -> Flask:
    """The application of the serving process, with the scheduler inside it when the settings say so."""
    settings = load_settings()
    app = create_app(settings)
    if settings.scheduler == "embedded":
        run_embedded(app)
    return app


def main() -> int:
    """Prepare the database, say where to look, serve until stopped."""
    try:
        settings = load_settings()
    except SettingsRefused as refused:
        print(refused, file=sys.stderr)
        return 2
    app = create_app(settings)
    upgrade_schema(app)
    settle_in(app)
    app.extensions["carbon.engine"].dispose()
    host, _, port = settings.listen.rpartition(":")
    url = f"http://{settings.listen}"
    print(
        f"""
  Personal carbon account

  read and try the API   {url}/docs
  is it well?            {url}/readyz
  sign in as             {DEMO_EMAIL}  {DEMO_PASSWORD}
  see the whole story    python3 run.py demo

  Stop with Ctrl-C.
""",
        flush=True,
    )
    Granian(
        "backend.serve:embedded",
        address=host,
        port=int(port),
        interface=Interfaces.WSGI,
        factory=True,
        workers=1,
        blocking_threads=THREADS,
        log_access=False,
        websockets=False,
    ).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
