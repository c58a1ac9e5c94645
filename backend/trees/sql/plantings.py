"""The statements of plantings: pictures, trees, plantings and surveys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, delete, func, or_, select, update

from backend.platform.data.batch import Question, read_as
from backend.platform.data.upsert import insert_absent
from backend.trees.domain import Photo, Planting, StoredTree, Survey
from backend.trees.models import PhotoRow, PlantedTreeRow, PlantingRow, SurveyPlotRow, SurveyRow

PLANTINGS, TREES, PHOTOS = PlantingRow.__table__, PlantedTreeRow.__table__, PhotoRow.__table__
SURVEYS, PLOTS = SurveyRow.__table__, SurveyPlotRow.__table__

read_planting: Callable[[Mapping[str, Any]], Planting] = read_as(Planting)
read_survey: Callable[[Mapping[str, Any]], Survey] = read_as(Survey)
_read_tree: Callable[[Mapping[str, Any]], StoredTree] = read_as(StoredTree)
_read_photo: Callable[[Mapping[str, Any]], Photo] = read_as(Photo)

_POOL_ID: BindParameter[str] = bindparam("pool")
# Pictures, trees, plantings.
INSERT_PHOTO = insert_absent(PHOTOS, key=("pool_id", "digest"))
_PHOTO = select(PHOTOS).where(PHOTOS.c.id == bindparam("of_photo"))
_PHOTO_OF_DIGEST = select(PHOTOS).where(PHOTOS.c.pool_id == _POOL_ID, PHOTOS.c.digest == bindparam("of_digest"))
INSERT_TREE = TREES.insert()
_TREE = select(TREES).where(TREES.c.number == bindparam("of_tree"))
_HELD_TREES = select(TREES).where(TREES.c.pool_id == _POOL_ID, TREES.c.planting_id.is_(None)).order_by(TREES.c.number)
_TREES_OF_PLANTING = (
    select(TREES).where(TREES.c.planting_id == bindparam("planting")).order_by(TREES.c.number).limit(bindparam("most"))
)
PLANT_HELD = (
    update(TREES)
    .where(TREES.c.number == bindparam("of_tree"), TREES.c.planting_id.is_(None))
    .values(planting_id=bindparam("planting"))
)
DROP_HELD = delete(TREES).where(TREES.c.number == bindparam("of_tree"), TREES.c.planting_id.is_(None))
# every tree of a pool near some latitudes, with the fingerprint of its picture
_SIGHTED = (
    select(TREES.c.number, PHOTOS.c.fingerprint, TREES.c.latitude_micro, TREES.c.longitude_micro)
    .join(PHOTOS, PHOTOS.c.id == TREES.c.photo_id)
    .where(TREES.c.pool_id == _POOL_ID, TREES.c.latitude_micro.between(bindparam("south"), bindparam("north")))
    .order_by(TREES.c.number)
)
PLOTS_OF_PLANTING = (
    select(TREES.c.plot, func.count()).where(TREES.c.planting_id == bindparam("planting")).group_by(TREES.c.plot)
)
INSERT_PLANTING = PLANTINGS.insert()
_PLANTING = select(PLANTINGS).where(PLANTINGS.c.id == bindparam("planting"))
_LOCK_PLANTING = _PLANTING.with_for_update(key_share=True)
_PLANTINGS_OF_POOL = (
    select(PLANTINGS).where(PLANTINGS.c.pool_id == _POOL_ID).order_by(PLANTINGS.c.first_tree, PLANTINGS.c.id)
)
SET_SURVEYED = (
    update(PLANTINGS)
    .where(PLANTINGS.c.id == bindparam("planting"))
    .values(
        standing_trees=bindparam("standing"),
        verified_g=PLANTINGS.c.verified_g + bindparam("growth"),
        stage=bindparam("to_stage"),
    )
)
SET_REPLACED = (
    update(PLANTINGS)
    .where(PLANTINGS.c.id == bindparam("planting"))
    .values(replaced_trees=PLANTINGS.c.replaced_trees + bindparam("more"), stage=bindparam("to_stage"))
)
SET_WRITTEN_DOWN = (
    update(PLANTINGS)
    .where(PLANTINGS.c.id == bindparam("planting"))
    .values(written_down_trees=PLANTINGS.c.written_down_trees + bindparam("more"), stage=bindparam("to_stage"))
)

# Surveys.
INSERT_SURVEY = SURVEYS.insert()
INSERT_PLOT = PLOTS.insert()
_SURVEYS_OF_PLANTING = select(SURVEYS).where(SURVEYS.c.planting_id == bindparam("planting")).order_by(SURVEYS.c.age)

# What the invariants compare.
TREES_OF_PLANTING = select(func.count()).where(TREES.c.planting_id == bindparam("planting"))
PLOTS_OF_SURVEY = select(func.coalesce(func.sum(PLOTS.c.sampled), 0), func.coalesce(func.sum(PLOTS.c.alive), 0)).where(
    PLOTS.c.planting_id == bindparam("planting"), PLOTS.c.age == bindparam("of_age")
)


def photo(photo_id: str) -> Question[Photo]:
    """One picture."""
    return Question(_PHOTO, {"of_photo": photo_id}, _read_photo)


def photo_of_digest(pool_id: str, digest: str) -> Question[Photo]:
    """The picture of a pool that has these pixels."""
    return Question(_PHOTO_OF_DIGEST, {"pool": pool_id, "of_digest": digest}, _read_photo)


def photos_of(photo_ids: Sequence[str]) -> Select[Any]:
    """Some pictures: id, pool and fingerprint."""
    return select(PHOTOS.c.id, PHOTOS.c.pool_id, PHOTOS.c.fingerprint).where(PHOTOS.c.id.in_(photo_ids))


def known_trees(numbers: Sequence[str], photo_ids: Sequence[str]) -> Select[Any]:
    """The trees that have one of these numbers or one of these pictures."""
    return select(TREES.c.number, TREES.c.photo_id).where(
        or_(TREES.c.number.in_(numbers), TREES.c.photo_id.in_(photo_ids))
    )


def sighted(pool_id: str, south: int, north: int) -> Question[tuple[str, int, int, int]]:
    """Number, fingerprint and place of every tree of a pool between two latitudes."""
    asked = {"pool": pool_id, "south": south, "north": north}
    return Question(
        _SIGHTED,
        asked,
        lambda row: (row["number"], int(row["fingerprint"], 16), row["latitude_micro"], row["longitude_micro"]),
    )


def tree(number: str) -> Question[StoredTree]:
    """One tree."""
    return Question(_TREE, {"of_tree": number}, _read_tree)


def held_trees(pool_id: str) -> Question[StoredTree]:
    """Every tree of a pool that waits for somebody to look at its picture."""
    return Question(_HELD_TREES, {"pool": pool_id}, _read_tree)


def trees_of(planting_id: str, most: int) -> Question[StoredTree]:
    """The first trees of a planting, by number."""
    return Question(_TREES_OF_PLANTING, {"planting": planting_id, "most": most}, _read_tree)


def planting(planting_id: str) -> Question[Planting]:
    """One planting."""
    return Question(_PLANTING, {"planting": planting_id}, read_planting)


def locked_planting(planting_id: str) -> Question[Planting]:
    """The same, which nobody else changes until the end of the transaction."""
    return Question(_LOCK_PLANTING, {"planting": planting_id}, read_planting)


def plantings_of_pool(pool_id: str) -> Question[Planting]:
    """Every planting of a pool, in the order of the trees it stands for."""
    return Question(_PLANTINGS_OF_POOL, {"pool": pool_id}, read_planting)


def plantings_of_pools(pool_ids: Sequence[str]) -> Select[Any]:
    """Every planting of some pools, in the order of the trees they stand for."""
    by = (PLANTINGS.c.pool_id, PLANTINGS.c.first_tree, PLANTINGS.c.id)
    return select(PLANTINGS).where(PLANTINGS.c.pool_id.in_(pool_ids)).order_by(*by)


def surveys_of(planting_ids: Sequence[str]) -> Select[Any]:
    """Every survey of some plantings, the youngest age first."""
    return select(SURVEYS).where(SURVEYS.c.planting_id.in_(planting_ids)).order_by(SURVEYS.c.planting_id, SURVEYS.c.age)


def surveys_of_planting(planting_id: str) -> Question[Survey]:
    """Every survey of a planting, the youngest age first."""
    return Question(_SURVEYS_OF_PLANTING, {"planting": planting_id}, read_survey)
