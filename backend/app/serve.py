"""`python3 run.py`: one process with everything in it, for a newcomer and for development.

Brings the database to head, gives an empty one its demo people, prints where to look, and serves. The scheduler runs
inside the process when the settings say `embedded`, and the stand-in for Stripe beside it when they point at this
machine. Production starts `backend.app.web_server`, or serves `wsgi.py` by a server of its own choice.
"""

from __future__ import annotations

import contextlib
import sys
from urllib.parse import urlsplit

from backend.app.factory import create_app
from backend.app.web_server import PortTaken, WebServer, open_listener
from backend.demo.people import DEMO_EMAIL, DEMO_PASSWORD, settle_in
from backend.platform.data.schema import upgrade_schema
from backend.platform.ops.cli_keys import refuse_missing_masters
from config import Settings, SettingsRefused, load_settings
from offsets.sandbox import Sandbox

THREADS = 4


def main() -> int:
    """Prepare the database, say where to look, serve until stopped; the exit code."""
    try:
        settings = load_settings()
        refuse_taken_ports(settings)
        _prepare_and_serve(settings)
    except (SettingsRefused, PortTaken) as refused:
        print(refused, file=sys.stderr)
        return 2
    return 0


def refuse_taken_ports(settings: Settings) -> None:
    """Raise `PortTaken` where another server has a port that this one needs, before anything is written."""
    host, _, port = settings.listen.rpartition(":")
    places = [(host, int(port))]
    if sandbox := _sandbox_place(settings):
        places.append(sandbox)
    for place in places:
        open_listener(*place).close()


def _prepare_and_serve(settings: Settings) -> None:
    app = create_app(settings)
    upgrade_schema(app)
    refuse_missing_masters(app)
    settle_in(app)
    app.extensions["carbon.engine"].dispose()
    url = f"http://{settings.listen}"
    print(
        f"""
  Personal carbon account

  begin here             {url}/
  read and try the API   {url}/docs
  is it well?            {url}/readyz
  pay with test cards at {settings.stripe_api_base or "Stripe"}
  sign in as             {DEMO_EMAIL}  {DEMO_PASSWORD}
  see the whole story    python3 run.py demo

  Stop with Ctrl-C.
""",
        flush=True,
    )
    with contextlib.ExitStack() as beside:
        if sandbox := find_sandbox(settings):
            beside.enter_context(sandbox)
        host, _, port = settings.listen.rpartition(":")
        _serve(host, int(port))


def find_sandbox(settings: Settings) -> Sandbox | None:
    """The stand-in for Stripe that the settings point at, to be started beside the server; None where they do not."""
    place = _sandbox_place(settings)
    if place is None:
        return None
    return Sandbox(
        port=place[1],
        path=str(settings.var_dir / "sandbox.db"),
        notice_url=f"http://{settings.listen}/v1/webhooks/stripe",
        notice_secret=settings.stripe_webhook_secret,
    )


def _sandbox_place(settings: Settings) -> tuple[str, int] | None:
    base = urlsplit(settings.stripe_api_base)
    if settings.is_production or base.hostname != "127.0.0.1" or base.port is None:
        return None
    return base.hostname, base.port


def _serve(host: str, port: int) -> None:
    WebServer(
        "backend.app.wsgi_app:build_with_jobs", host, port, factory=True, workers=1, blocking_threads=THREADS
    ).run()


if __name__ == "__main__":
    sys.exit(main())
