"""The verbs of footprints, inside a transaction someone else opened."""

from backend.footprints.service.explanation import LineWorking, get_line
from backend.footprints.service.footprints import YearListed, list_footprints
from backend.footprints.service.neutrality import (
    FIRST_YEAR,
    Neutrality,
    answer_footprint,
    check_year,
    get_footprint,
    get_neutrality,
    purpose_of,
)
from backend.footprints.service.personal_data import export, forget
from backend.footprints.service.reduction_options import OptionShown, Reducible, find_largest_option, get_options
from backend.footprints.service.stated_months import LoggedMonths, list_logged_months, state_month, take_back_month
from backend.footprints.service.storage import broken_models
from backend.footprints.service.survey import SurveyAsked, get_questions
from backend.footprints.service.views import YearlyFootprint

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
