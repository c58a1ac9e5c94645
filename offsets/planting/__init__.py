"""Trees: a promise until someone has seen them alive.

Promise: species, pools and registers are read whole or refused with every fault; what is shown and granted is a lower
bound after survival and a buffer, in whole grams that no two people and no two years share.
"""

from __future__ import annotations

from offsets.planting.pictures import NEAR_M, Sighting, are_near_identical, find_alike, fingerprint
from offsets.planting.pools import PlantingPool, TreeCharge, TreePrice, list_pool_documents, read_pool
from offsets.planting.registers import (
    PlotRow,
    SurveyScope,
    TreeRow,
    read_planted_trees,
    read_sample_plots,
    years_after,
)
from offsets.planting.shares import ShareInterval, part_of, trees_behind
from offsets.planting.species import (
    ExpectedGrowth,
    Share,
    Species,
    Stock,
    expect_growth,
    get_species,
    list_expected_curve,
    list_species,
    read_species,
    stock_of_standing,
)
from offsets.planting.stages import Stage, advance
from offsets.planting.survival import SURVEY_AGES, Sample, new_growth, wilson_lower

__all__ = [
    "NEAR_M",
    "SURVEY_AGES",
    "ExpectedGrowth",
    "PlantingPool",
    "PlotRow",
    "Sample",
    "Share",
    "ShareInterval",
    "Sighting",
    "Species",
    "Stage",
    "Stock",
    "SurveyScope",
    "TreeCharge",
    "TreePrice",
    "TreeRow",
    "advance",
    "are_near_identical",
    "expect_growth",
    "find_alike",
    "fingerprint",
    "get_species",
    "list_expected_curve",
    "list_pool_documents",
    "list_species",
    "new_growth",
    "part_of",
    "read_planted_trees",
    "read_pool",
    "read_sample_plots",
    "read_species",
    "stock_of_standing",
    "trees_behind",
    "wilson_lower",
    "years_after",
]
