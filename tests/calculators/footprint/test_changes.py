"""Why did my number change: the model's part and the answers' part, and old answers under a newer survey."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from calculators import (
    Model,
    carry_over,
    compute_footprint,
    get_footprint_model,
    load_library,
    parse_survey,
    read_answers,
    split_change,
    tell_change,
)
from calculators.figures.library import SHIPPED
from calculators.footprint.library import load_books
from calculators.footprint.model import make_model
from calculators.footprint.packs import Pack, parse_pack, reasons_in, resolve_entries
from tests.calculators.footprint.test_must_show import FRANCE, answers_to

FOLDER = SHIPPED / "footprints"
TEXT = (FOLDER / "survey.toml").read_text(encoding="utf-8")


def model_of(survey_text: str, **pack_changes: str) -> Model:
    """France's model under another survey, with some of its packs' words replaced."""
    survey = parse_survey(survey_text)
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (FOLDER / "regions").glob("*.toml")}
    reasons = reasons_in(texts["WORLD"])
    tables = load_library().tables
    packs: dict[str, Pack] = {}
    for name in ("FR", "WORLD"):
        text = texts[name]
        for old, new in pack_changes.items():
            text = text.replace(f"\n{old} = ", f"\n{new} = ")
        packs[name] = parse_pack(text, survey, tables, reasons)
    return make_model(survey, "FR", resolve_entries(survey, packs, tables.regions, "FR"), packs["FR"].outside)


def with_a_renamed_question() -> Model:
    text = TEXT.replace("[questions.bus]", "[questions.city_bus]").replace('"bus * bus_f', '"city_bus * bus_f')
    text += '\n[[renamed]]\nfrom = "bus"\nto = "city_bus"\nreason = { en = "city buses only", zh = "仅指公交" }\n'
    return model_of(text, bus="city_bus")


def with_a_removed_question() -> Model:
    start, end = TEXT.index("[questions.tea]"), TEXT.index("[questions.alcohol]")
    text = TEXT[:start] + TEXT[end:]
    start, end = text.index("[lines.tea]"), text.index("[lines.alcohol]")
    text = text[:start] + text[end:]
    text += '\n[[removed]]\nname = "tea"\nreason = { en = "too little to ask", zh = "数量太小，不再询问" }\n'
    survey = parse_survey(text)
    books = load_books()
    entries = resolve_entries(survey, books.packs, load_library().tables.regions, "FR")
    return make_model(survey, "FR", entries, books.packs["FR"].outside)


def test_a_change_is_split_into_the_model_and_the_answers_and_both_make_the_whole() -> None:
    older, newer = FRANCE, get_footprint_model("DE")
    old = read_answers(FRANCE.survey, {"car_km": 12000})
    new = read_answers(newer.survey, {"car_km": 8000, "flights_long": 1})
    difference = split_change(older, old, newer, new)
    assert difference.old_g == compute_footprint(older, old).whole.grams
    assert difference.new_g == compute_footprint(newer, new).whole.grams
    assert difference.model_g + difference.answers_g == difference.new_g - difference.old_g
    assert sum(change.grams for change in difference.answers) == difference.answers_g
    assert {change.question for change in difference.answers} == {"car_km", "flights_long"}
    assert "grid_factor" in {figure.name for figure in difference.figures}
    for part in range(2):
        summed = sum(parts[part] for parts in difference.by_category.values())
        assert summed == (difference.model_g, difference.answers_g)[part]


@settings(max_examples=40, deadline=None)
@given(old=answers_to(), new=answers_to())
def test_under_one_model_everything_is_the_answers(old: dict[str, Any], new: dict[str, Any]) -> None:
    first, second = (read_answers(FRANCE.survey, answers) for answers in (old, new))
    difference = split_change(FRANCE, first, FRANCE, second)
    assert difference.model_g == 0
    assert difference.figures == ()
    assert sum(change.grams for change in difference.answers) == difference.new_g - difference.old_g


def test_the_same_answers_under_another_model_are_the_model_alone() -> None:
    answers = read_answers(FRANCE.survey, {"car_km": 12000})
    difference = split_change(FRANCE, answers, get_footprint_model("DE"), answers)
    assert difference.answers_g == 0
    assert difference.answers == ()
    assert difference.model_g != 0


def test_a_change_is_told_in_both_languages_with_the_answer_in_words() -> None:
    old, new = {}, read_answers(FRANCE.survey, {"car_energy": "electric", "flights_long": 1})
    difference = split_change(FRANCE, old, FRANCE, new)
    english, chinese = (tell_change(difference, FRANCE, language) for language in ("en", "zh"))
    before = compute_footprint(FRANCE, old).whole.grams / 1000
    assert english[0].startswith(f"Your footprint went from {before:,.0f} kg to ")
    assert any("the default → 1 trip, +2,6" in sentence for sentence in english)
    assert any("Electric" in sentence and "−" in sentence for sentence in english)
    assert len(chinese) == len(english)
    assert any("纯电动" in sentence for sentence in chinese)


def test_an_answer_to_a_renamed_question_still_counts() -> None:
    newer = with_a_renamed_question()
    old = read_answers(FRANCE.survey, {"bus": 30})
    carried = carry_over(newer.survey, old)
    assert carried.renamed == {"bus": "city_bus"}
    assert carried.answers == {"city_bus": old["bus"]}
    difference = split_change(FRANCE, old, newer, carried.answers)
    assert difference.old_g == difference.new_g
    assert (difference.model_g, difference.answers_g) == (0, 0)


def test_an_answer_to_a_removed_question_is_kept_apart_with_the_reason() -> None:
    newer = with_a_removed_question()
    carried = carry_over(newer.survey, read_answers(FRANCE.survey, {"tea": 3, "bus": 30}))
    assert set(carried.answers) == {"bus"}
    assert carried.dropped["tea"]["en"] == "too little to ask"
    difference = split_change(FRANCE, read_answers(FRANCE.survey, {"tea": 3}), newer, {})
    assert difference.model_g < 0
    assert difference.answers_g == 0


def test_an_answer_beyond_newer_bounds_is_kept_apart_rather_than_bent() -> None:
    narrower = parse_survey(TEXT.replace('maximum = "24"', 'maximum = "8"'))
    carried = carry_over(narrower, read_answers(FRANCE.survey, {"streaming": 12}))
    assert carried.answers == {}
    assert "streaming" in carried.dropped
