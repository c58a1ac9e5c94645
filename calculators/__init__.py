"""Rule book 1: behaviour and baseline to reduction. Pure: no database, clock, environment or network.

Promise: the same inputs give the same grams, for ever and everywhere, and every gram explains itself. This is the
public face; whoever uses the rule book imports from here only.

    library = load_library()
    trip = library.methodologies["transport.low_carbon_trip"]
    context = Context(region="CN-BJ", on=date(2026, 11, 20), evidence="fare_record")
    result = estimate(trip, library.tables, {"mode": "metro", "distance": "10"}, context)
    result.reduction_g, result.credited_g          # 720, 640
    recompute(result.record(), trip.text)          # the same, from the record and the document alone
"""

from __future__ import annotations

from calculators.activity_data import days_covered
from calculators.baselines import Found, NotFound, look_up
from calculators.batch import Columns, estimate_columns
from calculators.bundle import bundle_sha256, freeze, thaw
from calculators.columns import Coded
from calculators.context import ClaimedElsewhere, Context, CountedAlready
from calculators.errors import (
    CalculatorError,
    DocumentProblem,
    DocumentRefused,
    FieldError,
    FormulaRefused,
    InputRefused,
    RecordMismatch,
    RegionRefused,
    TableRefused,
    UnitRefused,
)
from calculators.estimating import estimate
from calculators.explaining import Explanation, explain, sentences, sentences_of
from calculators.factors import KINDS as FIGURE_KINDS
from calculators.factors import Row, Table, Tables, content_sha256
from calculators.footprint import (
    Carried,
    CategoryFootprint,
    Difference,
    Footprint,
    FootprintColumns,
    Gap,
    Model,
    NoAverage,
    NoPack,
    Question,
    RankedOption,
    Share,
    Survey,
    SurveyFootprint,
    Target,
    average_footprint,
    carry_over,
    compute_footprint,
    compute_footprints,
    get_footprint_model,
    line_grams,
    list_footprint_packs,
    list_gaps,
    parse_survey,
    rank_options,
    read_answers,
    split_change,
    tell_change,
    thaw_model,
)
from calculators.history import PastActivity, days_of_history, own_history
from calculators.loading import Library, load_library
from calculators.methodology import (
    BEHAVIOUR_POINTS,
    HOUSEHOLD_THINGS,
    REDUCTION,
    Methodology,
    parse_methodology,
)
from calculators.methodology.checking import check_methodology
from calculators.methodology.examples import ExampleOutcome, run_examples
from calculators.personas import (
    Alarm,
    Change,
    HabitYear,
    Persona,
    compare_versions,
    find_alarms,
    live_a_year,
    load_personas,
)
from calculators.plausibility import (
    ACCEPT,
    BELIEVED,
    HOLD,
    REFUSE,
    RULES,
    Claim,
    Decision,
    Neighbour,
    Shown,
    bounded,
    decide,
    mode_of,
    refuted_by,
)
from calculators.recomputing import recompute, verify
from calculators.regions import Region, Regions
from calculators.rounding import (
    ceil_grams,
    decimal_text,
    floor_grams,
    nearest_grams,
    round_outward,
    share_out,
    to_micrograms,
)
from calculators.searching import Filters, Hit, Index, Place, index_figures, search
from calculators.traces import (
    ALIKE,
    GEOJSON,
    GPX,
    Measured,
    Trace,
    marks_of,
    marks_of_reverse,
    measure,
    read_measured,
    read_trace,
)
from calculators.words import list_languages, say
from calculators.working import Estimate

__all__ = [
    "ACCEPT",
    "ALIKE",
    "BEHAVIOUR_POINTS",
    "BELIEVED",
    "FIGURE_KINDS",
    "GEOJSON",
    "GPX",
    "HOLD",
    "HOUSEHOLD_THINGS",
    "REDUCTION",
    "REFUSE",
    "RULES",
    "Alarm",
    "CalculatorError",
    "Carried",
    "CategoryFootprint",
    "Change",
    "Claim",
    "ClaimedElsewhere",
    "Coded",
    "Columns",
    "Context",
    "CountedAlready",
    "Decision",
    "Difference",
    "DocumentProblem",
    "DocumentRefused",
    "Estimate",
    "ExampleOutcome",
    "Explanation",
    "FieldError",
    "Filters",
    "Footprint",
    "FootprintColumns",
    "FormulaRefused",
    "Found",
    "Gap",
    "HabitYear",
    "Hit",
    "Index",
    "InputRefused",
    "Library",
    "Measured",
    "Methodology",
    "Model",
    "Neighbour",
    "NoAverage",
    "NoPack",
    "NotFound",
    "PastActivity",
    "Persona",
    "Place",
    "Question",
    "RankedOption",
    "RecordMismatch",
    "Region",
    "RegionRefused",
    "Regions",
    "Row",
    "Share",
    "Shown",
    "Survey",
    "SurveyFootprint",
    "Table",
    "TableRefused",
    "Tables",
    "Target",
    "Trace",
    "UnitRefused",
    "average_footprint",
    "bounded",
    "bundle_sha256",
    "carry_over",
    "ceil_grams",
    "check_methodology",
    "compare_versions",
    "compute_footprint",
    "compute_footprints",
    "content_sha256",
    "days_covered",
    "days_of_history",
    "decide",
    "decimal_text",
    "estimate",
    "estimate_columns",
    "explain",
    "find_alarms",
    "floor_grams",
    "freeze",
    "get_footprint_model",
    "index_figures",
    "line_grams",
    "list_footprint_packs",
    "list_gaps",
    "list_languages",
    "live_a_year",
    "load_library",
    "load_personas",
    "look_up",
    "marks_of",
    "marks_of_reverse",
    "measure",
    "mode_of",
    "nearest_grams",
    "own_history",
    "parse_methodology",
    "parse_survey",
    "rank_options",
    "read_answers",
    "read_measured",
    "read_trace",
    "recompute",
    "refuted_by",
    "round_outward",
    "run_examples",
    "say",
    "search",
    "sentences",
    "sentences_of",
    "share_out",
    "split_change",
    "tell_change",
    "thaw",
    "thaw_model",
    "to_micrograms",
    "verify",
]
