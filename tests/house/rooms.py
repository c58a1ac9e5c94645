"""Who may see whom: the arrows between rooms, between slices and inside a slice."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tests.house.source import House, Module, rule

ROOMS = ("calculators", "offsets", "config", "backend")
SLICES = (
    "accounts", "methodology", "ledger", "profiles", "inbox", "points", "activities", "registry", "trees",
    "footprints", "checkout", "portfolio", "console", "jobs",
)  # fmt: skip

# What each room may see of the others. `backend` sees the rule books' faces only; two parts of `offsets` have
# doors of their own, so that the face stays free of Stripe's SDK and of the sandbox's server.
SEES = {
    "calculators": (),
    "offsets": ("calculators.rounding", "calculators.units"),
    "config": (),
    "backend": ("config", "calculators", "offsets", "offsets.stripe_gateway", "offsets.sandbox"),
}
# A rule book is the same on every machine: no framework, no database, no wire.
IMPURE = (
    "flask", "sqlalchemy", "redis", "fakeredis", "requests", "urllib.request", "urllib3", "http", "socket",
    "sqlite3", "psycopg", "marshmallow", "random", "secrets", "subprocess", "threading", "asyncio",
)  # fmt: skip
PURE_ROOMS = ("calculators", "offsets")
# The parts of `offsets` that talk to the world by design.
OUTWARD = ("offsets/stripe_gateway", "offsets/sandbox")

# The only modules of `backend` outside the slices that know slices by name: they compose the application.
COMPOSERS = ("backend/app/", "backend/demo/")
# What a file of a slice may see of its own slice.
SEES_IN_SLICE = {
    "domain": (),
    "models": ("domain",),
    "sql": ("domain", "models"),
    "schemas": ("domain",),
    "service": ("domain", "models", "sql"),
    "api": ("domain", "schemas", "service"),
}


@rule
def a_room_sees_only_the_rooms_it_may(house: House) -> Iterator[str]:
    for module in house.in_rooms(*ROOMS):
        for found in module.imports():
            room = found.target.split(".")[0]
            if room in ("tests", "benchmarks", "run"):
                yield module.says(found.line, f"imports {found.target}: the product never sees its own checks")
            elif room in ROOMS and room != module.room and not _allowed(module, found.module, found.target, house):
                yield module.says(found.line, f"imports {found.target}: {module.room} may not see it")


def _allowed(module: Module, imported: str, target: str, house: House) -> bool:
    seen = SEES[module.room]
    if any("." in door and (target == door or target.startswith(f"{door}.")) for door in seen):
        return True
    if imported not in seen:
        return False
    # `from calculators import formula` reaches behind the face when `formula` is a file of the room
    inner = target.removeprefix(f"{imported}.").split(".")[0]
    return not ({f"{imported}/{inner}.py", f"{imported}/{inner}/__init__.py"} & {str(path) for path in house.files})


@rule
def a_rule_book_is_pure(house: House) -> Iterator[str]:
    for module in house.in_rooms(*PURE_ROOMS):
        if str(module.path).startswith(OUTWARD):
            continue
        for found in module.imports():
            if found.starts(*IMPURE):
                yield module.says(found.line, f"imports {found.target}: a rule book has no state and no wire")


@rule
def a_slice_sees_only_services_and_domains_to_its_left(house: House) -> Iterator[str]:
    for module in house.in_rooms("backend"):
        own = slice_of(module)
        if str(module.path).startswith(COMPOSERS):
            continue
        for found in module.imports():
            parts = found.target.split(".")
            if parts[0] != "backend" or len(parts) < 2 or parts[1] not in SLICES or parts[1] == own:
                continue
            if own is None:
                yield module.says(found.line, f"imports {found.target}: what all slices share knows none of them")
            elif len(parts) < 3 or parts[2] not in ("service", "domain"):
                yield module.says(found.line, f"imports {found.target}: only the service and domain of another slice")
            elif SLICES.index(parts[1]) > SLICES.index(own):
                yield module.says(found.line, f"imports {found.target} to the right: send it by the outbox")


@rule
def the_files_of_a_slice_see_each_other_one_way(house: House) -> Iterator[str]:
    for module in house.in_rooms("backend"):
        own, file = slice_of(module), file_of(module)
        if own is None or file not in SEES_IN_SLICE:
            continue
        for found in module.imports():
            parts = found.target.split(".")
            other = parts[2] if parts[:2] == ["backend", own] and len(parts) > 2 else file
            if parts[-1].isupper():  # a bound such as a column's length has one home
                continue
            if other != file and other in SEES_IN_SLICE and other not in SEES_IN_SLICE[file]:
                yield module.says(found.line, f"{file} may not see {other} of its slice")


@rule
def the_one_door_needs_nothing_installed(house: House) -> Iterator[str]:
    for module in house.modules:
        if str(module.path) == "run.py":
            for found in module.imports():
                if found.target.split(".")[0] not in sys.stdlib_module_names:
                    yield module.says(found.line, f"imports {found.target}: run.py is standard library only")


def slice_of(module: Module) -> str | None:
    """The slice a file of `backend` belongs to, or None for what all slices share."""
    parts = module.path.parts
    return parts[1] if len(parts) > 2 and parts[1] in SLICES else None


def file_of(module: Module) -> str:
    """The file or package of a slice: `backend/ledger/service/post.py` is its `service`."""
    parts = module.path.with_suffix("").parts
    return parts[2] if len(parts) > 2 else ""
