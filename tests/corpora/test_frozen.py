"""The corpora are what they were when they were frozen, and the files of the honest can be read."""

from __future__ import annotations

import pytest

from calculators.traces.formats import read_trace
from tests.corpora.corpus import corpus
from tests.corpora.people import Person, Piece, Side, digest

FEWEST = 60
DIGESTS = {
    Side.HONEST: "8a69deddf9dd539c8382e26912a981d0ee918141930c4b3e6f9e03fe892363cf",
    Side.CHEAT: "376116247ce0207b9d2ea753bacfbe4db66fe92db884681b3e82b566751a32dc",
}


@pytest.mark.parametrize("side", list(Side))
def test_nobody_changed_the_corpus_after_it_was_frozen(side):
    assert digest(corpus(side)) == DIGESTS[side]


def test_there_are_sixty_of_each_and_no_two_have_one_name():
    corpora = [corpus(side) for side in Side]
    assert all(len(people) >= FEWEST for people in corpora)
    names = [person.name for people in corpora for person in people]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("side", list(Side))
def test_the_honest_fake_nothing_and_every_cheat_something(side):
    for person in corpus(side):
        assert any(post.faked for post in person.posts) is (side is Side.CHEAT), person.name


def tracks(person: Person) -> list[Piece]:
    return [piece for post in person.posts for piece in post.evidence if piece.kind == "gps_trace"]


def test_every_track_of_the_honest_can_be_read():
    for person in corpus(Side.HONEST):
        for piece in tracks(person):
            trace = read_trace(piece.content, piece.media)
            assert len(trace.fixes) > trace.passed_over, person.name
