"""The shapes of a footprint and of a year's neutrality on the wire."""

from backend.neutrality.schemas.footprints import FootprintIn, FootprintListed, FootprintOut
from backend.neutrality.schemas.reducing import OptionsOut
from backend.neutrality.schemas.stating import LoggedMonthsOut
from backend.neutrality.schemas.survey import LineWorkingOut, QuestionsOut, QuestionsQuery
from backend.neutrality.schemas.years import NeutralityOut

__all__ = [
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
