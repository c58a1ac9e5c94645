"""The verbs of footprints, inside a transaction someone else opened."""

from backend.footprints.domain import ReductionOption
from backend.footprints.service.answered_years import FIRST_YEAR, broken_models, check_year, export, forget, purpose_of
from backend.footprints.service.explanation import get_line
from backend.footprints.service.footprints import answer_footprint, get_footprint, list_footprints
from backend.footprints.service.neutrality import get_neutrality
from backend.footprints.service.reduction_options import find_largest_options, get_options
from backend.footprints.service.stated_months import list_logged_months, state_month, take_back_month
from backend.footprints.service.survey import get_questions
from backend.footprints.service.year_copies import (
    change_copy,
    drop_copy,
    export_copies,
    get_copy,
    list_copies,
    make_copy,
)

__all__ = [
    "FIRST_YEAR",
    "ReductionOption",
    "answer_footprint",
    "broken_models",
    "change_copy",
    "check_year",
    "drop_copy",
    "export",
    "export_copies",
    "find_largest_options",
    "forget",
    "get_copy",
    "get_footprint",
    "get_line",
    "get_neutrality",
    "get_options",
    "get_questions",
    "list_copies",
    "list_footprints",
    "list_logged_months",
    "make_copy",
    "purpose_of",
    "state_month",
    "take_back_month",
]
