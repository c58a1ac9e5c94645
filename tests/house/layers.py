"""The arrows inside `backend`: core ← data ← privacy ← ops ← web ← ports, paper ← slices ← demo, app."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.house.rooms import ROOMS, file_of, slice_of
from tests.house.source import House, rule

PLATFORM = ("core", "data", "privacy", "ops", "web")
# From left to right; what stands in one group sees nothing of its neighbours in it.
SLICES_LAYER = len(PLATFORM) + 1
TOP = {"demo": SLICES_LAYER + 1, "app": SLICES_LAYER + 1}
BESIDE_EACH_OTHER = {"ports": len(PLATFORM), "paper": len(PLATFORM)}
# Whoever starts a process composes the application first; nobody else may know how it is composed.
ENTRY_POINTS = ("backend/app/", "backend/__main__.py", "backend/demo/__main__.py")
# A domain speaks of nothing but its own subject.
SEEN_BY_DOMAIN = ("backend.platform.core", "calculators", "offsets")


@rule
def inside_backend_every_arrow_points_left(house: House) -> Iterator[str]:
    for module in house.in_rooms("backend"):
        own = layer_of(module.dotted)
        for found in module.imports():
            seen = layer_of(found.target.split("."))
            if own is None or seen is None or str(module.path).startswith(ENTRY_POINTS):
                continue
            if seen > own:
                yield module.says(found.line, f"imports {found.target}: the arrow points to the right")
            elif _beside(module.dotted, found.target.split(".")):
                yield module.says(found.line, f"imports {found.target}: ports and paper do not know each other")


@rule
def nobody_imports_the_app(house: House) -> Iterator[str]:
    for module in house.in_rooms(*ROOMS):
        if str(module.path).startswith(ENTRY_POINTS):
            continue
        for found in module.imports():
            if found.starts("backend.app"):
                yield module.says(found.line, f"imports {found.target}: only an entry point composes the application")


@rule
def a_service_sees_nothing_of_the_web(house: House) -> Iterator[str]:
    for module in house.in_rooms("backend"):
        if slice_of(module) and file_of(module) in ("service", "sql", "models", "domain"):
            for found in module.imports():
                if found.starts("backend.platform.web"):
                    yield module.says(found.line, f"imports {found.target}: a service is the same without a wire")


@rule
def a_domain_sees_only_core_and_the_rule_books(house: House) -> Iterator[str]:
    for module in house.in_rooms("backend"):
        own = slice_of(module)
        if own is None or file_of(module) != "domain":
            continue
        for found in module.imports():
            ours = found.target.split(".")[0] in ROOMS
            other_domain = found.target.split(".")[2:3] == ["domain"] and found.starts("backend")
            if found.starts("sqlalchemy", "flask", "marshmallow", "redis"):
                yield module.says(found.line, f"imports {found.target}: a domain is pure")
            elif ours and not other_domain and not found.starts(*SEEN_BY_DOMAIN):
                yield module.says(found.line, f"imports {found.target}: a domain sees core and the rule books")


def layer_of(dotted: Sequence[str]) -> int | None:
    """How far to the right a module of `backend` stands; None for the room's own face and for what is no module."""
    if len(dotted) < 2 or dotted[0] != "backend":
        return None
    if dotted[1] == "platform":
        return PLATFORM.index(dotted[2]) if len(dotted) > 2 and dotted[2] in PLATFORM else None
    return (TOP | BESIDE_EACH_OTHER).get(dotted[1], SLICES_LAYER)


def _beside(own: Sequence[str], seen: Sequence[str]) -> bool:
    return {own[1], seen[1]} == set(BESIDE_EACH_OTHER)
