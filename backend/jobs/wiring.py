"""Attaches the jobs to the application: their commands, what the doctor asks of them, their figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from backend.jobs import service
from backend.jobs.domain import SlotState
from backend.jobs.runner import run_here
from backend.jobs.runner.schedule import JOBS, TOPICS
from backend.platform.core import clock, context
from backend.platform.core.roles import ADMIN
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import doctor, metrics, outbox
from backend.platform.ops.cli_actor import Act, acting
from backend.platform.ops.cli_keys import refuse_missing_masters
from backend.platform.ops.doctor import Finding
from backend.platform.privacy import personal_data
from backend.platform.privacy.decisions import AboutNobody
from backend.platform.privacy.personal_data import Kept
from config import SettingsRefused

KEPT = Kept(
    "jobs",
    hidden={"dead_letters": "ids of what could not be done for the person, until somebody sends it again"},
    forget=service.forget,
    reset_for_owner=personal_data.stays("a dead letter is sent again or not; it shows nothing"),
)

LAG_ALLOWED = timedelta(minutes=1)
START_IT = "let one process run `flask --app wsgi jobs run`"

commands = AppGroup("jobs", help="What happens without anybody asking.")


def attach(app: Flask) -> None:
    """Handle what jobs put in the outbox; add `flask jobs`, the doctor's questions and the figures of the outbox."""
    personal_data.declare(app, KEPT)
    for topic, verb in TOPICS.items():
        outbox.handle(app, topic, verb)
    app.cli.add_command(commands)
    doctor.declare(app, "outbox", _outbox_findings)
    doctor.declare(app, "dead letters", _dead_letter_findings)
    doctor.declare(app, "jobs", _job_findings)
    metrics.gauge(app, "outbox_lag_seconds", "Age of the row that waits longest.", _lag_s)
    metrics.gauge(app, "dead_letters", "Letters put aside.", service.count_dead_letters)


@commands.command("run")
def run() -> None:
    """Run jobs and the outbox until told to stop (SIGTERM, Ctrl-C); what is running then finishes."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
    try:
        refuse_missing_masters(app)
    except SettingsRefused as refused:
        raise click.ClickException(str(refused)) from refused
    run_here(app)


@commands.command("list")
def list_jobs() -> None:
    """The schedule, and how each job's last slot went."""
    last = in_transaction(service.list_last_runs, read_only=True)
    for job in JOBS:
        ran = last.get(job.name)
        words = f"{ran.slot:%Y-%m-%d %H:%M:%S}Z {ran.state}, {ran.items} items {ran.reason}" if ran else "never"
        click.echo(f"{job.name:<30} every {job.every!s:<16} {words}".rstrip())


@commands.command("dead")
def list_dead() -> None:
    """The dead letters, the latest first, with their reasons."""
    letters = in_transaction(service.list_dead_letters, read_only=True)
    for letter in letters:
        click.echo(f"{letter.id} {letter.died_at:%Y-%m-%d %H:%M}Z {letter.topic}: {letter.reason}")
    if not letters:
        click.echo("No letter lies dead.")


@commands.command("redrive")
@click.argument("letter_id")
@acting(ADMIN, decides_about=AboutNobody("what is sent again was decided before"))
def redrive(act: Act, letter_id: str) -> None:
    """Send one dead letter again, with all its attempts ahead of it."""
    act(lambda session, who, reason: service.redrive(session, letter_id, who=who, reason=reason))
    click.echo(f"{letter_id} is back in the outbox.")


def _lag_s(session: Session) -> float:
    due_at = service.get_oldest_due_at(session)
    return 0.0 if due_at is None else (clock.database_now(session) - due_at).total_seconds()


def _outbox_findings(session: Session) -> Iterator[Finding]:
    lag_s = _lag_s(session)
    if lag_s > LAG_ALLOWED.total_seconds():
        yield Finding(f"a row of the outbox has waited for {lag_s:.0f} s", START_IT)


def _dead_letter_findings(session: Session) -> Iterator[Finding]:
    count = service.count_dead_letters(session)
    if count:
        yield Finding(
            f"{count} letters lie dead",
            "flask --app wsgi jobs dead; mend the cause; flask --app wsgi jobs redrive ID --who YOU --reason WHY",
        )


def _job_findings(session: Session) -> Iterator[Finding]:
    last = service.list_last_runs(session)
    now = clock.database_now(session)
    patience = timedelta(seconds=context.policy().jobs.lease_s)
    for job in JOBS:
        ran = last.get(job.name)
        if ran is None or now - ran.slot > 2 * job.every + patience:
            yield Finding(
                f"{job.name} has not run {'yet' if ran is None else f'since {ran.slot.isoformat()}'}", START_IT
            )
        elif ran.state is SlotState.FAILED:
            yield Finding(f"{job.name} failed at {ran.slot.isoformat()}: {ran.reason}", "the log has the whole error")
