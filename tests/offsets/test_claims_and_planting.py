"""What may be said: bound to facts, within the footprint, in the words a country allows; trees only once seen alive."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import offsets
from offsets import (
    ClaimFacts,
    ClaimKind,
    DocumentRefused,
    ExpectedGrowth,
    OffsetRefused,
    Stage,
    advance,
    expect_growth,
    find_rules,
    list_due,
    list_rules,
    list_species,
    make_claim,
)
from offsets.claims import read_rules
from offsets.planting import Share

DEFAULT = (Path(offsets.__file__).parent / "library" / "claims" / "default.toml").read_text(encoding="utf-8")
COVERED = ClaimFacts(2025, 6_000_000, 6_000_000, 0, year_is_over=True, footprint_is_complete=True)
TODAY = date(2026, 11, 20)
NEUTRAL_WORDS = ("neutral", "net zero", "net-zero", "碳中和", "净零")


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (replace(COVERED, retired_g=0), ClaimKind.NOTHING),
        (replace(COVERED, footprint_g=0), ClaimKind.CONTRIBUTION),
        (replace(COVERED, retired_g=5_999_999), ClaimKind.PART),
        (replace(COVERED, retired_g=5_000_000, verified_growth_g=1_000_000), ClaimKind.NEUTRAL),
        (COVERED, ClaimKind.NEUTRAL),
        (replace(COVERED, year_is_over=False), ClaimKind.WHOLE),
        (replace(COVERED, footprint_is_complete=False), ClaimKind.WHOLE),
        (replace(COVERED, demonstration=True), ClaimKind.WHOLE),
    ],
)
def test_the_facts_decide_what_kind_of_claim_it_is(facts, kind):
    assert make_claim(facts, "CN", "zh", TODAY).kind is kind


def test_a_sentence_carries_its_facts_rounded_against_the_claimant():
    facts = replace(COVERED, footprint_g=6_123_401, retired_g=1_000_099, verified_growth_g=0)
    claim = make_claim(facts, "JP", "en", TODAY)
    assert claim.sentence == (
        "For 2025 I had carbon credits for 1,000 kg CO2e retired."
        " My estimated footprint is 6,123.5 kg; 5,123.4 kg remain."
    )
    assert claim.facts is facts


@pytest.mark.parametrize("country", ["FR", "DE", "GB", "IT", "JP", "EU", "XX", "de-BE"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_where_the_word_is_not_allowed_it_is_never_said(country, language):
    claim = make_claim(COVERED, country, language, TODAY)
    assert claim.kind is ClaimKind.WHOLE
    assert not any(word in claim.sentence.lower() for word in NEUTRAL_WORDS)


@pytest.mark.parametrize(
    ("country", "code"),
    [("CN-BJ", "cn"), ("fr", "fr"), ("DE", "de"), ("IT", "eu"), ("GB", "gb"), ("US", "us"), ("JP", "default")],
)
def test_a_country_follows_its_own_rules_then_those_that_list_it_then_the_default(country, code):
    assert find_rules(country).code == code


def test_every_document_cites_its_rules_and_speaks_both_languages():
    assert set(list_rules()) == {"default", "cn", "de", "eu", "fr", "gb", "us"}
    for rules in list_rules().values():
        assert rules.sources
        for kind, said in rules.sentences.items():
            assert said["en"] != said["zh"], kind
        assert (ClaimKind.NEUTRAL in rules.sentences) == rules.neutrality


def test_a_demonstration_says_so_before_anything_else():
    claim = make_claim(replace(COVERED, demonstration=True), "CN", "zh", TODAY)
    assert claim.sentence.startswith("仅为演示")


def test_an_unknown_language_is_answered_in_english():
    assert make_claim(COVERED, "FR", "xx", TODAY).sentence.startswith("For 2025")


def test_negative_books_support_no_claim():
    with pytest.raises(OffsetRefused, match=r"claims\.negative_facts"):
        make_claim(replace(COVERED, retired_g=-1), "CN", "en", TODAY)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{footprint} CO2e.", "{footprints} CO2e.", "{footprints} is none of"),
        ("{retired} CO2e retired. My", "some credits retired. My", "a claim names its retired"),
        ("The emissions took place", "I am carbon neutral", "'carbon neutral', which this document never says"),
        ("{year} 年尚未", "净零！{year} 年尚未", "'净零', which this document never says"),
    ],
)
def test_a_sentence_that_claims_too_much_or_too_vaguely_does_not_load(old, new, message):
    assert old in DEFAULT
    with pytest.raises(DocumentRefused) as refused:
        read_rules("default.toml", DEFAULT.replace(old, new, 1))
    assert any(message in problem.message for problem in refused.value.problems)


@given(footprint=st.integers(0, 10**9), retired=st.integers(0, 10**9), growth=st.integers(0, 10**9))
def test_what_remains_is_never_negative_and_the_word_needs_nothing_to_remain(footprint, retired, growth):
    facts = ClaimFacts(2025, footprint, retired, growth, year_is_over=True, footprint_is_complete=True)
    assert facts.remaining_g == max(0, footprint - retired - growth)
    if make_claim(facts, "US", "en", TODAY).kind is ClaimKind.NEUTRAL:
        assert facts.remaining_g == 0


def test_a_species_without_cited_survival_shows_no_kilograms():
    saxaul = list_species()["haloxylon-ammodendron"]
    assert saxaul.survival is None
    assert expect_growth(saxaul, 1000, date(2026, 4, 1), TODAY) is None


def test_expected_growth_is_after_survival_and_buffer_and_names_its_year():
    saxaul = list_species()["haloxylon-ammodendron"]
    cited = replace(saxaul, survival=Share(Decimal("0.5"), saxaul.buffer.source))
    # 10 plants x 116.6 kg x 0.5 alive x (1 - 0.2 buffer), at the age of 25
    assert expect_growth(cited, 10, date(2026, 4, 1), TODAY) == ExpectedGrowth(466_400, 2051)
    assert expect_growth(replace(cited, stocks=()), 10, date(2026, 4, 1), TODAY) is None
    overdue = replace(cited, review_by=TODAY - timedelta(days=91))
    assert expect_growth(overdue, 10, date(2026, 4, 1), TODAY) is None


def test_nothing_is_surveyed_that_was_not_planted():
    walked = [Stage.CONTRACTED, Stage.PLANTED, Stage.SURVEYED, Stage.SURVEYED, Stage.WRITTEN_DOWN, Stage.SURVEYED]
    stage = Stage.FUNDED
    for following in walked:
        stage = advance(stage, following)
    for skipped in (Stage.PLANTED, Stage.SURVEYED, Stage.FUNDED):
        with pytest.raises(OffsetRefused, match=r"planting\.stage"):
            advance(Stage.FUNDED, skipped)


@pytest.mark.parametrize(
    "days, rules, kind",
    [(0, "cn", "neutral"), (90, "cn", "neutral"), (91, "default", "whole"), (366, "default", "contribution")],
)
def test_a_claims_document_past_its_review_warns_then_gives_way_then_says_what_was_retired(days, rules, kind) -> None:
    due = find_rules("CN").review_by
    claim = make_claim(COVERED, "CN", "en", due + timedelta(days=days))
    assert (claim.rules, claim.kind.value) == (rules, kind)


def test_the_default_sentences_say_nothing_that_any_country_forbids() -> None:
    """They stand in for a document that nobody reviewed; the last word is left out then."""
    said = [texts for kind, texts in list_rules()["default"].sentences.items() if kind is not ClaimKind.NEUTRAL]
    for rules in list_rules().values():
        for language, forbidden in rules.never_say.items():
            for words in forbidden:
                assert not any(words.lower() in texts[language].lower() for texts in said if language in texts)


def test_what_is_due_is_listed_the_longest_overdue_first() -> None:
    days = {
        "fresh": date(2026, 12, 1),
        "due": date(2026, 11, 1),
        "degraded": date(2026, 7, 1),
        "stopped": date(2025, 1, 1),
    }
    found = list_due("claims", iter(days.items()), TODAY)
    assert [(one.document_id, one.state.value) for one in found] == [
        ("stopped", "stopped"), ("degraded", "degraded"), ("due", "due"),
    ]  # fmt: skip
