"""What a project says can be bought at the least can really be bought."""

from __future__ import annotations

from fractions import Fraction

import pytest

from backend.registry import service as registry
from config import load_policy
from offsets import GRAMS_PER_UNIT, charge, least_charge


@pytest.fixture
def projects(client, in_transaction):
    in_transaction(registry.import_library)
    return client.get("/v1/offset-projects").get_json()["items"]


def cost(price, grams):
    return charge(Fraction(price["per_tonne"]) * grams / GRAMS_PER_UNIT, price["currency"])


def test_the_least_of_each_price_can_be_charged_and_a_gram_less_cannot(projects) -> None:
    least_minor = load_policy().checkout.least_charge_minor
    prices = [(project, price) for project in projects for price in project["prices"]]
    assert prices
    for project, price in prices:
        least = least_charge(price["currency"], least_minor)
        assert cost(price, price["minimum_g"]) >= least
        assert project["minimum_g"] >= price["minimum_g"]


def test_less_than_the_least_cannot_be_charged_where_the_document_would_sell_it(projects) -> None:
    least_minor = load_policy().checkout.least_charge_minor
    raised = [price for project in projects for price in project["prices"] if price["minimum_g"] > 1000]
    assert raised, "the documents sell from 1,000 g, which cost too little to be charged"
    assert all(cost(price, price["minimum_g"] - 1) < least_charge(price["currency"], least_minor) for price in raised)
