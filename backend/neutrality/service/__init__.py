"""The verbs of neutrality, inside a transaction someone else opened."""

from backend.neutrality.service.asking import SurveyAsked, get_questions
from backend.neutrality.service.explaining import LineWorking, get_line
from backend.neutrality.service.footprints import YearListed, list_footprints
from backend.neutrality.service.owned import export, forget
from backend.neutrality.service.reducing import OptionShown, Reducible, find_largest_option, get_options
from backend.neutrality.service.shown import YearlyFootprint
from backend.neutrality.service.stating import LoggedMonths, list_logged_months, state_month, take_back_month
from backend.neutrality.service.storing import broken_models
from backend.neutrality.service.years import (
    FIRST_YEAR,
    Neutrality,
    answer_footprint,
    check_year,
    get_footprint,
    get_neutrality,
    purpose_of,
)

__all__ = [
    "FIRST_YEAR",
    "LineWorking",
    "LoggedMonths",
    "Neutrality",
    "OptionShown",
    "Reducible",
    "SurveyAsked",
    "YearListed",
    "YearlyFootprint",
    "answer_footprint",
    "broken_models",
    "check_year",
    "export",
    "find_largest_option",
    "forget",
    "get_footprint",
    "get_line",
    "get_neutrality",
    "get_options",
    "get_questions",
    "list_footprints",
    "list_logged_months",
    "purpose_of",
    "state_month",
    "take_back_month",
]
