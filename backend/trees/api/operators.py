"""What operators record of trees: pools, contracts, registers of planting and surveys, replacement, write-down.

Nobody records anything of a pool in which they, or somebody of their household, have trees.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.platform.core.actor import Actor, OperatorAct
from backend.platform.core.roles import ADMIN, FINANCE, holders_of
from backend.platform.privacy.decisions import About, AboutNobody
from backend.platform.web.edge import reading
from backend.platform.web.idempotency import Steps
from backend.platform.web.uploads import Sent, Upload
from backend.ports.storage import the_storage
from backend.trees import service
from backend.trees.api.blueprint import edge
from backend.trees.schemas import (
    HeldIn,
    HeldTreesOut,
    PhotoOut,
    PlantingOut,
    PlantingReportOut,
    PoolIn,
    PoolOut,
    ReasonIn,
    RegisterQuery,
    SurveyReportOut,
    TreesIn,
)

KEEPERS = holders_of(FINANCE, ADMIN)
REGISTER = Upload(media=("text/csv",), most_bytes=4_000_000)
PICTURE = Upload(media=service.MEDIA, most_bytes=20_000_000)
OFFER = AboutNobody("a pool is nobody's, and what was sold of it stays sold")
PICTURES = AboutNobody("a picture counts for nobody before a register names it")

POOL = "/operator/planting-pools/<pool_id>"
PLANTING = "/operator/plantings/<planting_id>"


def _owners_of_pool(session: Session, values: Mapping[str, Any]) -> list[str]:
    return service.list_owners(session, values["pool_id"])


def _owners_of_planting(session: Session, values: Mapping[str, Any]) -> list[str]:
    pool, _planting = service.lock_planting(session, values["planting_id"])
    return service.list_owners(session, pool.pool_id)


IN_POOL = About(_owners_of_pool)
IN_PLANTING = About(_owners_of_planting)


@edge.post("/operator/planting-pools", body=PoolIn, answer=PoolOut, status=201, who=KEEPERS, decides_about=OFFER)
def record_planting_pool(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Record a pool's document: it is open at once; one in place of an earlier one may only have grown."""
    pool = service.record_document(session, body["document"], OperatorAct(actor.user_id, body["reason"]))
    return service.get_pool(session, pool.pool_id)


@edge.post(f"{POOL}/open", body=ReasonIn, answer=PoolOut, who=KEEPERS, decides_about=OFFER)
def open_planting_pool(session: Session, actor: Actor, pool_id: str, body: dict[str, Any]) -> Any:
    """Let a pool be bought and earned from."""
    return service.set_open(session, pool_id, OperatorAct(actor.user_id, body["reason"]), is_open=True)


@edge.post(f"{POOL}/close", body=ReasonIn, answer=PoolOut, who=KEEPERS, decides_about=OFFER)
def close_planting_pool(session: Session, actor: Actor, pool_id: str, body: dict[str, Any]) -> Any:
    """Let nobody buy or earn from a pool any more; what is paid or earned stays."""
    return service.set_open(session, pool_id, OperatorAct(actor.user_id, body["reason"]), is_open=False)


@edge.post(f"{POOL}/contract", body=TreesIn, answer=PoolOut, who=KEEPERS, decides_about=IN_POOL)
def contract_trees(session: Session, actor: Actor, pool_id: str, body: dict[str, Any]) -> Any:
    """Note that the partner has undertaken to plant so many more of the funded trees."""
    return service.contract(session, pool_id, body["trees"], OperatorAct(actor.user_id, body["reason"]))


@edge.post(
    f"{POOL}/photos", upload=PICTURE, answer=PhotoOut, status=201, steps=True, who=KEEPERS, decides_about=PICTURES
)
def send_tree_photo(actor: Actor, pool_id: str, upload: Sent) -> Steps:
    """Hand in a picture of a tree (the body is the file); it loses its place and every other tag."""
    picture = service.read_picture(upload.take(), upload.media)

    def begin(session: Session) -> dict[str, Any]:
        return {"id": service.record_photo(session, pool_id, picture, actor.user_id).id}

    def finish(facts: dict[str, Any]) -> Any:
        the_storage().put(service.storage_name(facts["id"]), picture.content)
        return reading(actor, lambda session: service.get_photo(session, facts["id"]))

    return Steps(begin, finish)


@edge.post(
    f"{POOL}/plantings",
    upload=REGISTER,
    query=RegisterQuery,
    answer=PlantingReportOut,
    status=201,
    who=KEEPERS,
    decides_about=IN_POOL,
)
def plant_trees(session: Session, actor: Actor, pool_id: str, upload: Sent, query: dict[str, Any]) -> Any:
    """Record planted trees from a register: number, plot, planted_on, latitude, longitude, photo."""
    return service.plant(session, pool_id, _text(upload), _act(actor, query))


@edge.get(f"{POOL}/held-trees", answer=HeldTreesOut, who=KEEPERS)
def list_held_trees(session: Session, actor: Actor, pool_id: str) -> Any:
    """Trees whose picture looks like that of another one within fifty metres."""
    return {"trees": service.list_held(session, pool_id)}


@edge.post(f"{POOL}/held-trees/accept", body=HeldIn, answer=PlantingReportOut, who=KEEPERS, decides_about=IN_POOL)
def accept_held_trees(session: Session, actor: Actor, pool_id: str, body: dict[str, Any]) -> Any:
    """Count trees that waited: they are others after all."""
    act = OperatorAct(actor.user_id, body["reason"])
    return service.accept_held(session, pool_id, body["numbers"], act)


@edge.post(f"{POOL}/held-trees/drop", body=HeldIn, who=KEEPERS, decides_about=IN_POOL)
def drop_held_trees(session: Session, actor: Actor, pool_id: str, body: dict[str, Any]) -> None:
    """Forget trees that waited: each was one photographed twice."""
    service.drop_held(session, pool_id, body["numbers"], OperatorAct(actor.user_id, body["reason"]))


@edge.post(
    f"{PLANTING}/surveys/<int:age>",
    upload=REGISTER,
    query=RegisterQuery,
    answer=SurveyReportOut,
    status=201,
    who=KEEPERS,
    decides_about=IN_PLANTING,
)
def survey_planting(
    session: Session, actor: Actor, planting_id: str, age: int, upload: Sent, query: dict[str, Any]
) -> Any:
    """Record sample plots at an age of 1, 3 or 5 years: plot, surveyed_on, planted, sampled, alive."""
    return service.survey(session, planting_id, age, _text(upload), _act(actor, query))


@edge.post(
    f"{PLANTING}/replacements",
    upload=REGISTER,
    query=RegisterQuery,
    answer=PlantingReportOut,
    status=201,
    who=KEEPERS,
    decides_about=IN_PLANTING,
)
def replace_trees(session: Session, actor: Actor, planting_id: str, upload: Sent, query: dict[str, Any]) -> Any:
    """Record trees of the reserve that were planted for dead ones, from a register as for planting."""
    return service.replace_dead(session, planting_id, _text(upload), _act(actor, query))


@edge.post(f"{PLANTING}/write-down", body=TreesIn, answer=PlantingOut, who=KEEPERS, decides_about=IN_PLANTING)
def write_trees_down(session: Session, actor: Actor, planting_id: str, body: dict[str, Any]) -> Any:
    """Give up trees that surveys found missing."""
    return service.write_down(session, planting_id, body["trees"], OperatorAct(actor.user_id, body["reason"]))


def _act(actor: Actor, query: Mapping[str, Any]) -> OperatorAct:
    return OperatorAct(actor.user_id, query["reason"], is_trial=query["dry_run"] == "yes")


def _text(upload: Sent) -> str:
    return upload.take().decode("utf-8", errors="replace")
