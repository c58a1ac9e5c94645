"""No module needs itself: imports make no circle, in none of the rooms, wherever in a file they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.house.rooms import ROOMS
from tests.house.source import House, Module, rule

Graph = Mapping[str, frozenset[str]]


@rule
def no_import_leads_back_to_where_it_came_from(house: House) -> Iterator[str]:
    modules = {".".join(module.dotted): module for module in house.in_rooms(*ROOMS)}
    graph = {name: frozenset(_imported(name, module, modules)) for name, module in modules.items()}
    for name in sorted(graph):
        circle = _way_back(name, graph)
        if circle:
            yield modules[name].says(1, f"imports itself by way of {' → '.join(circle)}")


def _imported(name: str, module: Module, modules: Mapping[str, Module]) -> Iterator[str]:
    for found in module.imports():
        target = found.target
        while target and target not in modules:  # a name inside a module: the module is what is imported
            target = target.rpartition(".")[0]
        if target and target != name:
            yield target


def _way_back(start: str, graph: Graph) -> list[str]:
    """The shortest way from a module back to itself; empty when there is none."""
    came_from: dict[str, str] = {}
    reached = [start]
    for here in reached:  # grows while it is walked: breadth first
        for following in sorted(graph[here]):
            if following == start:
                return [*_steps(here, came_from, start), start]
            if following not in came_from:
                came_from[following] = here
                reached.append(following)
    return []


def _steps(last: str, came_from: Mapping[str, str], start: str) -> list[str]:
    way = [last]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]
