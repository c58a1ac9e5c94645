"""The tables of trees: pools and what grows in them are shared; what somebody has of a pool is theirs."""

from backend.trees.models.plantings import PhotoRow, PlantedTreeRow, PlantingRow, SurveyPlotRow, SurveyRow
from backend.trees.models.pools import ClaimRow, HoldingRow, PoolMovementRow, PoolRow, TreeHoldRow, TreeNumberRow

__all__ = [
    "ClaimRow",
    "HoldingRow",
    "PhotoRow",
    "PlantedTreeRow",
    "PlantingRow",
    "PoolMovementRow",
    "PoolRow",
    "SurveyPlotRow",
    "SurveyRow",
    "TreeHoldRow",
    "TreeNumberRow",
]
