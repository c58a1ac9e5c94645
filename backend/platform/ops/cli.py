"""The commands that belong to no slice: the doctor, the switches, the audit trail, the languages.

Each slice adds its own in its `wiring`; `flask --app wsgi --help` lists them all.
"""

from __future__ import annotations

import click
from babel import Locale, UnknownLocaleError
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from backend.platform.core import i18n
from backend.platform.core.roles import ADMIN
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import doctor, switches
from backend.platform.ops.cli_actor import Act, acting
from backend.platform.privacy import audit
from backend.platform.privacy.decisions import AboutNobody

MOST_ENTRIES = 1000
INSTALLATION = AboutNobody("a switch is about the installation")

languages = AppGroup("languages", help="Which languages are offered, and what one that was begun still lacks.")
turning = AppGroup("switches", help="Stop writing, stop crediting one methodology, pause the checkout.")


def attach(app: Flask) -> None:
    """Add the commands to `flask`."""
    for command in (examine, turning, list_audit, languages):
        app.cli.add_command(command)


@click.command("doctor")
@with_appcontext
@click.option("--deep", is_flag=True, help="recompute every invariant as well; takes as long as the books are thick")
def examine(deep: bool) -> None:
    """Look at everything; say what is wrong and what to do. Exit with 1 when anything is."""
    wrong = 0
    for diagnosis in doctor.examine(current_app._get_current_object(), deeply=deep):  # type: ignore[attr-defined]  # a proxy
        click.echo(f"{'WRONG' if diagnosis.findings else 'ok':<6} {diagnosis.subject}")
        for finding in diagnosis.findings:
            click.echo(f"         {finding.words}\n         -> {finding.remedy}")
        wrong += len(diagnosis.findings)
    if wrong:
        raise SystemExit(1)


@turning.command("on")
@click.argument("name")
@acting(ADMIN, decides_about=INSTALLATION)
def turn_on(act: Act, name: str) -> None:
    """Turn NAME on: read_only, pause_checkout or pause_crediting:METHODOLOGY."""
    act(lambda session, who, reason: switches.turn(session, name, True, who=who, reason=reason))
    click.echo(f"{name} is on; every process knows within {switches.LOOKED_UP_FOR_S:.0f} seconds.")


@turning.command("off")
@click.argument("name")
@acting(ADMIN, decides_about=INSTALLATION)
def turn_off(act: Act, name: str) -> None:
    """Turn NAME off again."""
    act(lambda session, who, reason: switches.turn(session, name, False, who=who, reason=reason))
    click.echo(f"{name} is off; every process knows within {switches.LOOKED_UP_FOR_S:.0f} seconds.")


@turning.command("list")
def list_switches() -> None:
    """Every switch that was ever turned, by whom and why."""
    turned = in_transaction(switches.list_all, read_only=True)
    for switch in turned:
        state = "on" if switch.is_on else "off"
        click.echo(
            f"{switch.name:<40} {state:<4} {switch.changed_at:%Y-%m-%d %H:%M}Z {switch.changed_by}: {switch.reason}"
        )
    if not turned:
        click.echo("No switch was ever turned.")


@click.command("audit")
@with_appcontext
@click.option("--subject", help="only what was done to this one")
@click.option("--last", type=click.IntRange(1, MOST_ENTRIES), default=20, show_default=True, help="how many entries")
def list_audit(subject: str | None, last: int) -> None:
    """What operators did, the latest first."""
    entries = in_transaction(lambda session: audit.list_entries(session, last, subject), read_only=True)
    for entry, reason in entries:
        click.echo(f"{entry.at:%Y-%m-%d %H:%M}Z {entry.who:<20} {entry.action:<22} {entry.subject}: {reason}")
    if not entries:
        click.echo(f"Nothing was done to {subject}." if subject else "No operator has done anything yet.")


@languages.command("list")
@with_appcontext
def list_languages() -> None:
    """Every language that is offered or begun, and how many texts it lacks."""
    for language in i18n.list_offered():
        click.echo(f"offered  {language.tag}")
    for language in i18n.list_begun():
        click.echo(f"begun    {language.tag:<8} lacks {sum(1 for _ in i18n.find_missing(language))} texts")


@languages.command("missing")
@with_appcontext
@click.argument("tag")
def list_missing(tag: str) -> None:
    """What the language of this BCP 47 TAG lacks, by catalogue and place. Exit with 1 when it lacks anything."""
    language = _read_language(tag)
    missing = list(i18n.find_missing(language))
    for one in missing:
        click.echo(f"{one.catalogue:<14} {one.place}")
    click.echo(f"{len(missing)} texts are missing in {language}." if missing else f"{language} has every text.")
    if missing:
        raise SystemExit(1)


def _read_language(tag: str) -> i18n.Language:
    """The language of a tag, in whatever case it is written; refuse what names none."""
    try:
        known = Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError) as error:
        raise click.BadParameter(f"{tag!r} names no language: use a BCP 47 tag such as ja or pt-BR.") from error
    wanted = tag.lower()
    begun = (*i18n.list_languages(), *i18n.list_begun())
    return next((one for one in begun if one.tag.lower() == wanted), i18n.Language(str(known).replace("_", "-")))
