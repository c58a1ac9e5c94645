"""What somebody exactly average is credited for changing nothing, from the shipped mixes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from calculators import Context, compute_estimate, find_no_change_share, load_library, no_change_shares
from calculators.errors import TableRefused
from calculators.estimate import no_change

ON = date(2026, 11, 20)
LIBRARY = load_library()
TRIP = LIBRARY.methodologies["transport.low_carbon_trip"]
# Beijing, central districts on a working day, % of trips (Beijing Transport Institute, report of 2021)
BEIJING = {"walk": "31.2", "cycle": "15.5", "bus": "11.7", "metro": "14.7"}


FROM_THE_PRESS = ("CN-HB/wuhan", "FR")  # mixes known from the press only: nothing is credited there


def test_the_average_beijing_traveller_is_credited_56_percent_of_the_baseline_for_changing_nothing():
    """The definition: every mode's share times what the rule credits of the baseline; driving earns none."""
    context = Context(region="CN-BJ", on=ON, evidence="fare_record")
    credited = Decimal(0)
    for mode, percent in BEIJING.items():
        ride = compute_estimate(TRIP, LIBRARY.tables, {"mode": mode, "distance": "10"}, context)
        credited += Decimal(percent) / 100 * ride.credited_g / ride.baseline_g
    share = find_no_change_share(TRIP, LIBRARY.tables, "CN-BJ", ON)
    assert share is not None
    assert share.permille == round(credited * 1000)
    assert round(share.permille / 10) == 56


def test_it_is_more_than_nothing_and_less_than_all_wherever_a_mix_is_known():
    shares = {one.region: one.permille for one in no_change_shares(TRIP, LIBRARY.tables, ON)}
    assert set(shares) == {"CN-BJ", "CN-HB/wuhan", "GB-ENG", "FR", "DE", "US", "JP"}
    credited = {region: permille for region, permille in shares.items() if region not in FROM_THE_PRESS}
    assert all(0 < permille < 1000 for permille in credited.values()), shares
    assert [shares[region] for region in FROM_THE_PRESS] == [0, 0]


def test_where_nearly_everybody_drives_nearly_nothing_is_credited_for_no_change():
    shares = {one.region: one.permille for one in no_change_shares(TRIP, LIBRARY.tables, ON)}
    assert shares["US"] < shares["GB-ENG"] + 100 < shares["CN-BJ"]


def test_a_place_without_a_mix_takes_the_one_around_it_and_else_has_none():
    around = find_no_change_share(TRIP, LIBRARY.tables, "GB-ENG", ON)
    assert around is not None
    assert around.region == "GB-ENG"
    assert find_no_change_share(TRIP, LIBRARY.tables, "NL", ON) is None
    fridge = LIBRARY.methodologies["housing.efficient_appliance"]
    assert find_no_change_share(fridge, LIBRARY.tables, "CN-BJ", ON) is None


def test_a_mix_that_names_no_figure_is_refused(monkeypatch):
    (first, *_) = no_change.load_mixes()
    unknown = no_change.Mix(first.rule, first.of, first.by, first.inputs, first.region, first.basis, {"walk": "nobody"})
    monkeypatch.setattr(no_change, "load_mixes", lambda: (unknown,))
    with pytest.raises(TableRefused, match="nobody"):
        no_change_shares(TRIP, LIBRARY.tables, date(2026, 11, 21))
