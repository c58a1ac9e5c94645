"""The yearly footprint, by category: what there is to neutralise, what is left to reduce, and how sure we are.

A survey (`library/footprints/survey.toml`) and the region packs beside it turn any subset of answers into grams with a
range, exactly or in columns. Where a place has no pack, the published average of the place stands in, every category
marked as a default. Pure, like the rest of the rule book. A footprint is never added to a reduction.
"""

from calculators.footprint.answers import Carried, carry_over, read_answers
from calculators.footprint.averages import CategoryFootprint, Footprint, NoAverage, average_footprint
from calculators.footprint.changes import Difference, FigureChange, split_change, tell_change, tell_measured
from calculators.footprint.columns import FootprintColumns, compute_footprints
from calculators.footprint.evaluation import Share, SurveyFootprint, compute_footprint, line_grams
from calculators.footprint.explanation import LineExplained, explain_line
from calculators.footprint.library import NoPack, get_footprint_model, list_footprint_packs
from calculators.footprint.logbook import Diary
from calculators.footprint.logged_facts import Reading, list_diaries, list_logged, read_logged
from calculators.footprint.measured_year import StandIn, measure_year
from calculators.footprint.model import Model, thaw_model
from calculators.footprint.options import RankedOption, rank_options
from calculators.footprint.packs import Source as FigureSource
from calculators.footprint.questions import Question
from calculators.footprint.survey import Survey, parse_survey
from calculators.footprint.targets import Gap, Target, list_gaps

__all__ = [
    "Carried",
    "CategoryFootprint",
    "Diary",
    "Difference",
    "FigureChange",
    "FigureSource",
    "Footprint",
    "FootprintColumns",
    "Gap",
    "LineExplained",
    "Model",
    "NoAverage",
    "NoPack",
    "Question",
    "RankedOption",
    "Reading",
    "Share",
    "StandIn",
    "Survey",
    "SurveyFootprint",
    "Target",
    "average_footprint",
    "carry_over",
    "compute_footprint",
    "compute_footprints",
    "explain_line",
    "get_footprint_model",
    "line_grams",
    "list_diaries",
    "list_footprint_packs",
    "list_gaps",
    "list_logged",
    "measure_year",
    "parse_survey",
    "rank_options",
    "read_answers",
    "read_logged",
    "split_change",
    "tell_change",
    "tell_measured",
    "thaw_model",
]
