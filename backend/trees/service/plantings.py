"""Planting by evidence: every tree with its number, place, day and picture; what looks like another one waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from backend.platform.core import clock
from backend.platform.core.actor import OperatorAct
from backend.platform.core.errors import Refusal, refuse_register, refuse_rows
from backend.platform.data import ids
from backend.platform.data.batch import fetch, read_rows
from backend.platform.data.transactions import touched
from backend.platform.privacy import audit
from backend.trees.domain import HeldTree, Planting, PlantingReport, Pool, StoredTree
from backend.trees.service.owner_notes import tell_planted, tell_replaced
from backend.trees.service.pools import lock_pool
from backend.trees.sql import plantings as sql
from backend.trees.sql import pools as pools_sql
from offsets import (
    RegisterRefused,
    RowFault,
    Sighting,
    Stage,
    TreeRow,
    advance,
    find_alike,
    read_planted_trees,
)

NEAR_MICRO = 450  # fifty metres of latitude, in millionths of a degree


def plant(session: Session, pool_id: str, register: str, act: OperatorAct) -> PlantingReport:
    """Record trees that were planted for the next of the contracted ones; their owners are told.

    A tree whose picture looks like that of another one within fifty metres waits for `accept_held`. Raises
    `request.invalid` with every fault of the register, `trees.not_contracted` where more were planted.
    """
    pool = lock_pool(session, pool_id)
    rows = _read(session, pool, register)
    alike = _find_alike(session, pool, rows)
    counted = [row for row in rows if row.number not in alike]
    left = pool.contracted_trees - pool.planted_trees
    if len(counted) > left:
        raise Refusal("trees.not_contracted", trees=len(counted), left=left)
    held = tuple(HeldTree(number, other) for number, other in alike.items())
    if act.is_trial:
        return PlantingReport(None, len(counted), held, is_trial=True)
    stored = [_tree(pool, row, alike.get(row.number)) for row in rows]
    planting = _record_first(session, pool, [one for one in stored if one.alike is None], act)
    _insert_trees(session, stored, planting)
    return PlantingReport(planting.id if planting else None, len(counted), held, is_trial=False)


def replace_dead(session: Session, planting_id: str, register: str, act: OperatorAct) -> PlantingReport:
    """Record trees of the partner's reserve that were planted for dead ones: they begin an age of their own.

    None of them may look like another tree. Raises as `plant` does, `trees.too_many_replaced` where fewer are missing,
    `trees.no_reserve` where fewer are left.
    """
    pool, planting = lock_planting(session, planting_id)
    rows = _read(session, pool, register)
    alike = _find_alike(session, pool, rows)
    if alike:
        faults = [RowFault(row.row, "photo", "register_alike", {"other": alike[row.number]}) for row in rows
                  if row.number in alike]  # fmt: skip
        raise refuse_rows(faults)
    if len(rows) > planting.missing_trees:
        raise Refusal("trees.too_many_replaced", trees=len(rows), missing=planting.missing_trees)
    if len(rows) > pool.reserve_trees:
        raise Refusal("trees.no_reserve", trees=len(rows), left=pool.reserve_trees)
    if act.is_trial:
        return PlantingReport(None, len(rows), (), is_trial=True)
    return _record_replacement(session, pool, planting, rows, act)


def list_held(session: Session, pool_id: str) -> list[StoredTree]:
    """The trees of a pool that wait for somebody to compare two pictures."""
    return fetch(session, sql.held_trees(pool_id)).all()


def accept_held(session: Session, pool_id: str, numbers: Sequence[str], act: OperatorAct) -> PlantingReport:
    """Two trees after all: count those that waited. Raises `not_found.held_tree`, `trees.not_contracted`."""
    pool = lock_pool(session, pool_id)
    trees = _find_held(session, pool_id, numbers)
    left = pool.contracted_trees - pool.planted_trees
    if len(trees) > left:
        raise Refusal("trees.not_contracted", trees=len(trees), left=left)
    planting = _record_first(session, pool, trees, act)
    if planting is not None:
        for tree in trees:
            session.execute(sql.PLANT_HELD, {"of_tree": tree.number, "planting": planting.id})
    return PlantingReport(planting.id if planting else None, len(trees), (), is_trial=False)


def drop_held(session: Session, pool_id: str, numbers: Sequence[str], act: OperatorAct) -> None:
    """One tree photographed twice: forget those that waited. Raises `not_found.held_tree`."""
    lock_pool(session, pool_id)
    trees = _find_held(session, pool_id, numbers)
    for tree in trees:
        session.execute(sql.DROP_HELD, {"of_tree": tree.number})
    audit.record(
        session, who=act.who, action="trees.held_dropped", subject=pool_id, reason=act.reason,
        numbers=[tree.number for tree in trees],
    )  # fmt: skip


def lock_planting(session: Session, planting_id: str) -> tuple[Pool, Planting]:
    """A planting and its pool, the pool locked first; raise `not_found.planting`."""
    known = fetch(session, sql.planting(planting_id)).one_or_none()
    if known is None:
        raise Refusal("not_found.planting", planting_id=planting_id)
    pool = lock_pool(session, known.pool_id)
    return pool, fetch(session, sql.locked_planting(planting_id)).one()


def _read(session: Session, pool: Pool, register: str) -> tuple[TreeRow, ...]:
    today = clock.database_now(session).date()
    try:
        rows = read_planted_trees(register, today)
    except RegisterRefused as refused:
        raise refuse_register(refused) from refused
    faults = [*_unknown_photos(session, pool, rows), *_known_trees(session, rows)]
    if faults:
        raise refuse_rows(faults)
    return rows


def _unknown_photos(session: Session, pool: Pool, rows: Sequence[TreeRow]) -> list[RowFault]:
    """Rows whose picture nobody has sent for this pool, or that share one with a row before them."""
    known = {row["id"]: row["pool_id"] for row in read_rows(session, sql.photos_of([r.photo for r in rows]), dict)}
    faults, used = [], dict[str, int]()
    for row in rows:
        if known.get(row.photo) != pool.pool_id:
            faults.append(RowFault(row.row, "photo", "register_unknown_photo"))
        elif row.photo in used:
            faults.append(RowFault(row.row, "photo", "register_twice", {"first": used[row.photo]}))
        used.setdefault(row.photo, row.row)
    return faults


def _known_trees(session: Session, rows: Sequence[TreeRow]) -> list[RowFault]:
    """Rows whose number or picture is an earlier tree's."""
    asked = sql.known_trees([row.number for row in rows], [row.photo for row in rows])
    known = read_rows(session, asked, dict)
    numbers, photos = {one["number"] for one in known}, {one["photo_id"]: one["number"] for one in known}
    faults = [RowFault(row.row, "number", "register_known") for row in rows if row.number in numbers]
    return faults + [
        RowFault(row.row, "photo", "register_alike", {"other": photos[row.photo]})
        for row in rows
        if row.photo in photos
    ]


def _find_alike(session: Session, pool: Pool, rows: Sequence[TreeRow]) -> dict[str, str]:
    """By number, the earlier tree that one may be: its picture is near-identical, and it stands close by."""
    south = min(row.latitude_micro for row in rows) - NEAR_MICRO
    north = max(row.latitude_micro for row in rows) + NEAR_MICRO
    known = [Sighting(*one) for one in fetch(session, sql.sighted(pool.pool_id, south, north)).all()]
    asked = sql.photos_of([row.photo for row in rows])
    bits = {one["id"]: int(one["fingerprint"], 16) for one in read_rows(session, asked, dict)}
    new = [Sighting(row.number, bits[row.photo], row.latitude_micro, row.longitude_micro) for row in rows]
    return find_alike(new, known)


def _find_held(session: Session, pool_id: str, numbers: Sequence[str]) -> list[StoredTree]:
    waiting = {tree.number: tree for tree in list_held(session, pool_id)}
    for number in numbers:
        if number not in waiting:
            raise Refusal("not_found.held_tree", number=number)
    return [waiting[number] for number in sorted(set(numbers))]


def _record_first(session: Session, pool: Pool, trees: Sequence[StoredTree], act: OperatorAct) -> Planting | None:
    """A planting of the next of the pool's sold trees; None where there is nothing to plant."""
    if not trees:
        return None
    touched(session, pools_sql.PLANT, {"pool": pool.pool_id, "trees": len(trees)})
    first = pool.planted_trees
    planting = _planting(session, pool, (first, first + len(trees)), trees, act)
    session.execute(sql.INSERT_PLANTING, vars(planting))
    audit.record(session, who=act.who, action="trees.planted", subject=planting.id, reason=act.reason, trees=len(trees))
    tell_planted(session, pool, planting)
    return planting


def _record_replacement(
    session: Session, pool: Pool, dead: Planting, rows: Sequence[TreeRow], act: OperatorAct
) -> PlantingReport:
    stage = advance(Stage(dead.stage), Stage.REPLACED).value
    session.execute(sql.SET_REPLACED, {"planting": dead.id, "more": len(rows), "to_stage": stage})
    touched(session, pools_sql.TAKE_RESERVE, {"pool": pool.pool_id, "trees": len(rows)})
    trees = [_tree(pool, row, None) for row in rows]
    planting = _planting(session, pool, (dead.first_tree, dead.end_tree), trees, act, replaces=dead.id)
    session.execute(sql.INSERT_PLANTING, vars(planting))
    _insert_trees(session, trees, planting)
    audit.record(session, who=act.who, action="trees.replaced", subject=dead.id, reason=act.reason, trees=len(rows))
    tell_replaced(session, pool, dead, len(rows))
    return PlantingReport(planting.id, len(rows), (), is_trial=False)


def _planting(
    session: Session,
    pool: Pool,
    interval: tuple[int, int],
    trees: Sequence[StoredTree],
    act: OperatorAct,
    replaces: str | None = None,
) -> Planting:
    planted_on: date = max(tree.planted_on for tree in trees)
    return Planting(
        id=ids.new_id("planting"),
        pool_id=pool.pool_id,
        replaces=replaces,
        first_tree=interval[0],
        end_tree=interval[1],
        trees=len(trees),
        planted_on=planted_on,
        standing_trees=len(trees),
        replaced_trees=0,
        written_down_trees=0,
        verified_g=0,
        stage=Stage.PLANTED.value,
        recorded_by=act.who,
        recorded_at=clock.database_now(session),
    )


def _insert_trees(session: Session, trees: Sequence[StoredTree], planting: Planting | None) -> None:
    rows = [{**vars(tree), "planting_id": planting.id if planting and tree.alike is None else None} for tree in trees]
    session.execute(sql.INSERT_TREE, rows)


def _tree(pool: Pool, row: TreeRow, alike: str | None) -> StoredTree:
    return StoredTree(
        number=row.number,
        pool_id=pool.pool_id,
        planting_id=None,
        plot=row.plot,
        planted_on=row.planted_on,
        latitude_micro=row.latitude_micro,
        longitude_micro=row.longitude_micro,
        photo_id=row.photo,
        alike=alike,
    )
