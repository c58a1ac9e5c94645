"""Surveys of sample plots, and what follows: trees that stand, trees that are missing, growth that is verified once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from backend.platform.core import clock
from backend.platform.core.actor import OperatorAct
from backend.platform.core.errors import Refusal, invalid_field, refuse_register
from backend.platform.data.batch import fetch
from backend.platform.privacy import audit
from backend.trees.domain import Planting, Pool, Survey, SurveyReport
from backend.trees.service.owner_notes import tell_surveyed, tell_written_down
from backend.trees.service.plantings import lock_planting
from backend.trees.service.pools import read_document
from backend.trees.sql import plantings as sql
from offsets import (
    SURVEY_AGES,
    PlotRow,
    RegisterRefused,
    Sample,
    Stage,
    SurveyScope,
    advance,
    get_species,
    new_growth,
    read_sample_plots,
    stock_of_standing,
)


def survey(session: Session, planting_id: str, age: int, register: str, act: OperatorAct) -> SurveyReport:
    """Record what was found on sample plots of a planting at an age; its owners are told.

    The plots are one sample of all that was planted. Raises `request.invalid` with every fault of the register,
    `trees.surveyed` where that age or a later one is known.
    """
    if age not in SURVEY_AGES:
        raise invalid_field("age", "not_one_of", choices=", ".join(map(str, SURVEY_AGES)))
    pool, planting = lock_planting(session, planting_id)
    known = fetch(session, sql.surveys_of_planting(planting_id)).all()
    if any(one.age >= age for one in known):
        raise Refusal("trees.surveyed", planting_id=planting_id, age=age)
    plots = _read(session, planting, age, register)
    found = _find(session, pool, planting, age, plots, act)
    if not act.is_trial:
        _record(session, pool, planting, found, plots, act)
    return _report(planting, found, plots, act)


def write_down(session: Session, planting_id: str, trees: int, act: OperatorAct) -> Planting:
    """Give up trees that surveys found missing; their owners are told. Raises `trees.not_missing`."""
    pool, planting = lock_planting(session, planting_id)
    if trees > planting.missing_trees:
        raise Refusal("trees.not_missing", trees=trees, missing=planting.missing_trees)
    stage = advance(Stage(planting.stage), Stage.WRITTEN_DOWN).value
    session.execute(sql.SET_WRITTEN_DOWN, {"planting": planting_id, "more": trees, "to_stage": stage})
    audit.record(session, who=act.who, action="trees.written_down", subject=planting_id, reason=act.reason, trees=trees)
    tell_written_down(session, pool, planting, trees)
    return fetch(session, sql.planting(planting_id)).one()


def _read(session: Session, planting: Planting, age: int, register: str) -> tuple[PlotRow, ...]:
    plots = {plot: int(trees) for plot, trees in session.execute(sql.PLOTS_OF_PLANTING, {"planting": planting.id})}
    today = clock.database_now(session).date()
    try:
        return read_sample_plots(register, SurveyScope(plots, planting.planted_on, age, today))
    except RegisterRefused as refused:
        raise refuse_register(refused) from refused


def _find(
    session: Session, pool: Pool, planting: Planting, age: int, plots: Sequence[PlotRow], act: OperatorAct
) -> Survey:
    sampled, alive = sum(plot.sample.sampled for plot in plots), sum(plot.sample.alive for plot in plots)
    gone = planting.replaced_trees + planting.written_down_trees
    standing = min(Sample(planting.trees, sampled, alive).standing, planting.trees - gone)
    surveyed_on: date = max(plot.surveyed_on for plot in plots)
    species = get_species(read_document(pool.pool_id, pool.document).species_id)
    stock_g = stock_of_standing(species, standing, age, surveyed_on)
    return Survey(
        planting_id=planting.id,
        age=age,
        surveyed_on=surveyed_on,
        planted=planting.trees,
        sampled=sampled,
        alive=alive,
        standing=standing,
        growth_g=new_growth(stock_g, planting.verified_g),
        recorded_by=act.who,
        recorded_at=clock.database_now(session),
    )


def _record(
    session: Session, pool: Pool, planting: Planting, found: Survey, plots: Sequence[PlotRow], act: OperatorAct
) -> None:
    stage = advance(Stage(planting.stage), Stage.SURVEYED).value
    session.execute(sql.INSERT_SURVEY, vars(found))
    session.execute(sql.INSERT_PLOT, [_plot_row(found, plot) for plot in plots])
    changed = {
        "planting": planting.id, "standing": found.standing, "growth": found.growth_g, "to_stage": stage,
    }  # fmt: skip
    session.execute(sql.SET_SURVEYED, changed)
    audit.record(
        session, who=act.who, action="trees.surveyed", subject=planting.id, reason=act.reason,
        age=found.age, sampled=found.sampled, alive=found.alive, growth_g=found.growth_g,
    )  # fmt: skip
    tell_surveyed(session, pool, planting, found)


def _plot_row(found: Survey, plot: PlotRow) -> dict[str, object]:
    return {
        "planting_id": found.planting_id,
        "age": found.age,
        "plot": plot.plot,
        "surveyed_on": plot.surveyed_on,
        "planted": plot.sample.planted,
        "sampled": plot.sample.sampled,
        "alive": plot.sample.alive,
    }


def _report(planting: Planting, found: Survey, plots: Sequence[PlotRow], act: OperatorAct) -> SurveyReport:
    gone = planting.replaced_trees + planting.written_down_trees
    return SurveyReport(
        planting_id=planting.id,
        age=found.age,
        surveyed_on=found.surveyed_on,
        plots=len(plots),
        planted=found.planted,
        sampled=found.sampled,
        alive=found.alive,
        standing=found.standing,
        missing=planting.trees - found.standing - gone,
        growth_g=found.growth_g,
        is_trial=act.is_trial,
    )
