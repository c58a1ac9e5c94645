"""Where nobody published a range, five scores give one by the published coefficients."""

from __future__ import annotations

from decimal import Decimal
from math import exp, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators import TableRefused
from calculators.figures.factors import parse_table
from calculators.figures.pedigree import COEFFICIENTS, find_scores, half_width_pct, squared_deviation
from tests.calculators.figures.test_figures import table
from tests.calculators.shipped_library import TABLES

SCORES = st.tuples(*[st.integers(1, 5)] * 5)


def test_the_best_scores_leave_no_uncertainty_and_the_worst_leave_the_most() -> None:
    assert half_width_pct((5, 5, 5, 5, 5)) == 0
    assert half_width_pct((1, 1, 1, 1, 1)) == Decimal("151.7")  # the worst rating is published as 2.5164 and more


@given(SCORES)
def test_the_squared_deviation_follows_the_published_formula(scores) -> None:
    chosen = [float(values[score - 1]) for values, score in zip(COEFFICIENTS.values(), scores, strict=True)]
    assert float(squared_deviation(scores)) == pytest.approx(exp(sqrt(sum(log(value) ** 2 for value in chosen))))


@given(SCORES, st.integers(0, 4))
def test_a_better_score_never_widens_the_range(scores, which) -> None:
    better = tuple(min(5, score + (position == which)) for position, score in enumerate(scores))
    assert half_width_pct(better) <= half_width_pct(scores)


def test_a_row_may_give_its_scores_instead_of_a_range() -> None:
    text = table({"uncertainty_pct": "", "uncertainty_basis": "pedigree 3/3/4/3/2"})
    row = parse_table("factors.test", text, TABLES.regions).rows[0]
    assert row.uncertainty_pct == half_width_pct((3, 3, 4, 3, 2))
    assert find_scores(row.uncertainty_basis) == (3, 3, 4, 3, 2)


def test_a_range_that_does_not_follow_from_its_scores_is_refused() -> None:
    text = table({"uncertainty_pct": "5", "uncertainty_basis": "pedigree 3/3/4/3/2"})
    with pytest.raises(TableRefused, match="leave uncertainty_pct empty"):
        parse_table("factors.test", text, TABLES.regions)


def test_shipped_figures_with_scores_are_there() -> None:
    assert any(find_scores(row.uncertainty_basis) for row in TABLES.list_rows())
