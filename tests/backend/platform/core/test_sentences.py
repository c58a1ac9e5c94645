"""What people read shows no internals, in any language: no name of a variable, a class, a setting or an option."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from backend.platform.core import i18n
from backend.platform.core.error_codes import CODES
from backend.platform.core.errors import invalid_inputs, word_field_error
from calculators import InputRefused, compute_estimate, list_languages, list_texts, sentences_of
from calculators.estimate.activity_data import read_one
from calculators.methodology.parts import Choice
from calculators.words import unit_words
from tests.calculators.shipped_library import LIBRARY, TABLES, context

SYMBOLS = {"km", "kg", "kWh", "L", "GJ"}  # as they are written on a meter, a scale or a sign
# problems and faults of fields are read by whoever writes an app too: they may name fields and paths of the API
OF_THE_API = ("detail", "docs", "field")
PLACE = re.compile(r"\{[^{}]*\}")
SNAKE = re.compile(r"\b[a-z]+\d*_[a-z0-9_]+\b", re.ASCII)
CLASS = re.compile(r"\b[A-Z][a-z]+[A-Z][A-Za-z]+\b", re.ASCII)
SETTING = re.compile(r"\b[A-Z]+_[A-Z_]+\b", re.ASCII)
CALLS = re.compile(r"`|\b(?:GET|POST|PUT|PATCH|DELETE) /")
NAMES = {"GeoJSON", "JavaScript", "FeatureCollection", "DataMatrix", "WeChat", "PostgreSQL", "FedEx"}


def internals(sentence: str) -> set[str]:
    """The words of a sentence that only somebody who wrote the product knows."""
    said = PLACE.sub("§", sentence)
    found = {*SNAKE.findall(said), *CLASS.findall(said), *SETTING.findall(said), *CALLS.findall(said)}
    return found - NAMES


def texts() -> list[tuple[str, str, str, str]]:
    """Every text of the backend: its language, context, code and words."""
    rows = []
    for language in i18n.list_languages():
        with (i18n.FOLDER / f"{language.locale}.po").open("rb") as file:
            for message in read_po(file, locale=language.locale):
                code = message.id if isinstance(message.id, str) else message.id[0]
                forms = (message.string,) if isinstance(message.string, str) else message.string
                rows += [(language.tag, message.context or "", code, form) for form in forms if code]
    return rows


def test_the_walk_sees_internals() -> None:
    for seen in ("say household_size", "GarmentFound", "set CARBON_URL", "ask `errors`", "see GET /v1/me"):
        assert internals(seen), seen
    assert not internals("Metro, 10 km: 320 g CO2e, {credited_g} of them credited.")


def test_texts_for_people_show_no_internals() -> None:
    seen = {
        (language, context, code): found
        for language, context, code, text in texts()
        if context not in OF_THE_API and (found := internals(text))
    }
    assert seen == {}


def test_problems_name_nothing_but_fields_and_paths_of_the_api(client) -> None:
    document = client.get("/openapi.json").json
    wire = set(re.findall(r'"([a-z_0-9]+)"', str(document).replace("'", '"')))
    wire |= {part for code in CODES for part in code.split(".")}
    seen = {
        (language, code): unknown
        for language, context, code, text in texts()
        if context in OF_THE_API
        and (unknown := {word for word in internals(text) if SNAKE.fullmatch(word) or CLASS.fullmatch(word)} - wire)
    }
    assert seen == {}


@pytest.mark.parametrize("language", list_languages())
def test_sentences_of_the_rule_books_show_no_internals(language) -> None:
    seen = {code: found for code, words in list_texts()["sentences"].items() if (found := internals(words[language]))}
    assert seen == {}


@pytest.mark.parametrize("language", i18n.list_languages(), ids=str)
def test_a_fault_of_a_form_is_said_in_the_words_of_the_form(language) -> None:
    """Whatever is wrong with an input, its options and its unit are named as the form names them."""
    for methodology in LIBRARY.methodologies.values():
        for name, spec in methodology.inputs.items():
            if isinstance(spec, Choice):
                message = fault(methodology, name, "no_such_thing", language)
                assert all(i18n.pick(title, language) in message for title in spec.titles.values()), message
            elif spec.given_by == "person":
                message = fault(methodology, name, str(spec.maximum + 1), language)
                words = unit_words(spec.entered_as, spec.maximum)[language.key]
                assert words in message, message
                assert words == spec.entered_as or spec.entered_as in SYMBOLS or spec.entered_as not in message.split()
                assert words != spec.entered_as or spec.entered_as in SYMBOLS, f"{spec.entered_as} has no words"
            else:
                continue
            assert internals(message) == set(), message


@pytest.mark.parametrize("language", list_languages())
def test_what_is_not_known_yet_is_called_as_the_form_calls_it(language) -> None:
    meter = LIBRARY.methodologies["housing.electricity_below_own_mean"]
    found = compute_estimate(meter, TABLES, {"consumption": "20"}, context("CN-BJ"))
    assert found.reason == "missing_context"
    sentence = sentences_of(found, found.record(), language)["reason"]
    assert internals(sentence) == set()
    assert meter.inputs["own_mean"].title[language] in sentence


@pytest.mark.parametrize("language", list_languages())
def test_a_mode_is_called_as_the_form_calls_it(language) -> None:
    trip = LIBRARY.methodologies["transport.low_carbon_trip"]
    found = compute_estimate(trip, TABLES, {"mode": "walk", "distance": "20"}, context("CN-BJ", duration_s=1800))
    assert found.reason == "too_fast"
    assert trip.inputs["mode"].titles["walk"][language] in sentences_of(found, found.record(), language)["reason"]


def fault(methodology, name, wrong, language) -> str:
    """What is said of one input that cannot be."""
    with pytest.raises(InputRefused) as refused:
        read_one(methodology.inputs[name], wrong)
    return word_field_error(invalid_inputs(refused.value.errors).errors[0], language)["message"]
