"""The verbs of footprints, inside a transaction someone else opened."""

from backend.footprints.domain import ReductionOption
from backend.footprints.service.answered_years import FIRST_YEAR, broken_models, check_year, export, forget, purpose_of
from backend.footprints.service.explanation import get_line
from backend.footprints.service.footprints import answer_footprint, get_footprint, list_footprints
from backend.footprints.service.neutrality import get_neutrality
from backend.footprints.service.reduction_options import find_largest_option, get_options
from backend.footprints.service.stated_months import list_logged_months, state_month, take_back_month
from backend.footprints.service.survey import get_questions

__all__ = [
    "FIRST_YEAR",
    "ReductionOption",
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
