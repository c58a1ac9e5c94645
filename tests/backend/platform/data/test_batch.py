"""A batch of questions: one round trip, an answer per handle, and what was queued is sent before."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import bindparam, text

from backend.platform.data.batch import Batch, Question, Questions, fetch, fetch_one, read_as, read_column
from backend.platform.data.transactions import enqueue_write

INSERT = text("INSERT INTO boxes VALUES (:name, :units)")
LIST = text("SELECT name, units FROM boxes ORDER BY name")
OF_NAME = text("SELECT name, units FROM boxes WHERE name = :wanted").bindparams(bindparam("wanted"))


@dataclass(frozen=True)
class Box:
    name: str
    units: int


@dataclass(frozen=True)
class Store:
    boxes: list[Box]
    names: list[str]


BOXES = Question(LIST, {}, read_as(Box))
STORE = Questions({"boxes": BOXES, "names": Question(LIST, {}, read_column("name"))}, Store)


def box(name: str) -> Question[Box]:
    return Question(OF_NAME, {"wanted": name}, read_as(Box))


@pytest.fixture
def boxes(in_transaction):
    def make(session):
        session.execute(text("CREATE TABLE boxes (name VARCHAR(20), units INTEGER)"))
        session.execute(INSERT, [{"name": "a", "units": 1}, {"name": "b", "units": 2}])

    in_transaction(make)


@pytest.mark.usefixtures("boxes")
def test_each_handle_has_the_answer_to_its_own_question_whatever_the_order(in_transaction):
    def ask(session):
        batch = Batch(session)
        b, everything, nobody, a = (batch.fetch(one) for one in (box("b"), STORE, box("c"), box("a")))
        batch.run()
        return a.one(), b.one(), nobody.one_or_none(), everything.one()

    boxes = [Box("a", 1), Box("b", 2)]
    assert in_transaction(ask) == (*boxes, None, Store(boxes, ["a", "b"]))


@pytest.mark.usefixtures("boxes")
def test_what_was_queued_is_there_for_the_questions_of_a_batch(in_transaction):
    def ask(session):
        enqueue_write(session, INSERT, {"name": "c", "units": 3})
        return fetch(session, BOXES).all()[-1]

    assert in_transaction(ask) == Box("c", 3)


@pytest.mark.usefixtures("boxes")
def test_a_handle_is_of_no_use_before_its_batch_has_run(in_transaction):
    def ask(session):
        batch = Batch(session)
        before, _ = batch.fetch(BOXES), batch.run()
        after = batch.fetch(BOXES)
        assert len(before.all()) == 2
        return after.all()

    with pytest.raises(RuntimeError, match="has not run"):
        in_transaction(ask)


@pytest.mark.usefixtures("boxes")
@pytest.mark.parametrize("question", [box("c"), BOXES])
def test_one_is_exactly_one(in_transaction, question):
    with pytest.raises(LookupError):
        in_transaction(lambda session: fetch(session, question).one())


@pytest.mark.usefixtures("boxes")
def test_one_or_none_is_never_the_first_of_several(in_transaction):
    with pytest.raises(LookupError, match="not 2"):
        in_transaction(lambda session: fetch(session, BOXES).one_or_none())


@pytest.mark.usefixtures("boxes")
def test_one_answer_is_fetched_or_it_is_said_that_there_is_none(in_transaction):
    assert in_transaction(lambda session: fetch_one(session, box("a"))) == Box("a", 1)
    for question in (box("c"), BOXES):
        with pytest.raises(LookupError, match="one row"):
            in_transaction(lambda session, question=question: fetch_one(session, question))
