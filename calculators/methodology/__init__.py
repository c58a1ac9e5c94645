"""Methodology documents: read, checked, hashed, described, and tried on their own worked examples.

Promise: a document becomes a frozen `Methodology`, or is refused with every problem, its line and its remedy.
"""

from __future__ import annotations

from calculators.methodology.description import describe_flows, describe_methodology
from calculators.methodology.document import Methodology
from calculators.methodology.flows import HOUSEHOLD, Flow, FlowUse, load_flows
from calculators.methodology.parser import parse_methodology
from calculators.methodology.parts import BEHAVIOUR_POINTS, HOUSEHOLD_THINGS, REDUCTION, Choice, Parameter, Quantity

__all__ = [
    "BEHAVIOUR_POINTS",
    "HOUSEHOLD",
    "HOUSEHOLD_THINGS",
    "REDUCTION",
    "Choice",
    "Flow",
    "FlowUse",
    "Methodology",
    "Parameter",
    "Quantity",
    "describe_flows",
    "describe_methodology",
    "load_flows",
    "parse_methodology",
]
