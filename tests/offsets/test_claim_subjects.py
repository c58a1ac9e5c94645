"""Every subject × place × language: a contribution with its figures, never a word the reader's place forbids."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest

from offsets import (
    ClaimFacts,
    ClaimSubject,
    SubjectFacts,
    find_forbidden,
    list_rules,
    make_claim,
    make_subject_claim,
    subject_rules,
)

TODAY = date(2026, 11, 30)
STRICT = ("DE", "FR", "GB", "IT", "AT", "PL", "SE")
PLACES = (*STRICT, "US", "CN", "JP", "BR", "")
LANGUAGES = ("en", "zh")
CONTRIBUTION = {"en": "contribution", "zh": ("用以支持", "支持性贡献")}


@pytest.mark.parametrize("subject", ClaimSubject)
def test_everything_but_a_persons_year_is_a_contribution_wherever_it_is_read(subject):
    facts = SubjectFacts(subject, retired_g=120_050, footprint_g=119_001)
    for place, language in product(PLACES, LANGUAGES):
        claim = make_subject_claim(facts, place, language, TODAY)
        assert find_forbidden(claim.sentence, place) == ()
        words = CONTRIBUTION[language]
        assert any(word in claim.sentence for word in ([words] if isinstance(words, str) else words))
        if subject is not ClaimSubject.TREE:
            assert "120 " in claim.sentence  # retired, down
            assert "119.1 " in claim.sentence  # emitted, up


def test_a_reader_in_the_union_never_meets_a_forbidden_word_about_a_year_either():
    years = product((0, 500_000, 2_000_000), (0, 400_000, 3_000_000), (False, True), (False, True), STRICT, LANGUAGES)
    for footprint_g, retired_g, over, demonstration, place, language in years:
        facts = ClaimFacts(2025, footprint_g, retired_g, 0, over, True, demonstration)
        assert find_forbidden(make_claim(facts, place, language, TODAY).sentence, place) == ()


@pytest.mark.parametrize(
    "planted",
    [
        "This order is carbon-neutral.",
        "Fly CLIMATE\u00adNEUTRAL with us",
        "climate\nneutral",
        "ｃａｒｂｏｎ　ｎｅｕｔｒａｌ",
        "<b>carbon</b> <i>neutral</i>",
        "本产品实现碳 中和",
        "climate-friendly shipping",
    ],
)
def test_a_planted_sentence_is_found_however_it_is_spelt(planted):
    assert find_forbidden(planted, "DE")
    assert find_forbidden(planted, "IT")


def test_what_is_past_its_review_says_only_what_was_retired():
    facts = SubjectFacts(ClaimSubject.PRODUCT, retired_g=5_000, footprint_g=9_000)
    last = subject_rules().review_by
    assert "9 kg" in make_subject_claim(facts, "", "en", min(last, list_rules()["default"].review_by)).sentence
    claim = make_subject_claim(facts, "DE", "en", last + timedelta(days=1))
    assert (claim.rules, "9 kg" in claim.sentence, "5 kg" in claim.sentence) == ("default", False, True)


def test_demonstration_credits_are_called_so_first():
    claim = make_subject_claim(SubjectFacts(ClaimSubject.TRIP, 1_000, 1_000, demonstration=True), "FR", "en", TODAY)
    assert claim.sentence.startswith("Demonstration only")
