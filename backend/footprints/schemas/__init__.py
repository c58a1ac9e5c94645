"""The shapes of a footprint and of a year's neutrality on the wire."""

from backend.footprints.schemas.footprints import FootprintIn, FootprintListed, FootprintOut
from backend.footprints.schemas.neutrality import NeutralityOut
from backend.footprints.schemas.reduction_options import OptionsOut
from backend.footprints.schemas.stated_months import LoggedMonthsOut
from backend.footprints.schemas.survey import LineWorkingOut, QuestionsOut, QuestionsQuery
from backend.footprints.schemas.year_copies import CopiesOut, CopyIn, CopyOut

__all__ = [
    "CopiesOut",
    "CopyIn",
    "CopyOut",
    "FootprintIn",
    "FootprintListed",
    "FootprintOut",
    "LineWorkingOut",
    "LoggedMonthsOut",
    "NeutralityOut",
    "OptionsOut",
    "QuestionsOut",
    "QuestionsQuery",
]
