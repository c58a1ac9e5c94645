"""Nobody decides about themselves, what they wrote or their household, in any role, by any endpoint or command.

The cases are generated: endpoints from the OpenAPI document, commands from the command line itself. Whoever adds one
says here how it is tried; a control shows that a colleague is let through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import click
import pytest

from backend.methodology import service as methodology
from backend.platform.core import clock
from backend.platform.core.actor import OperatorAct
from backend.platform.core.roles import ROLES, USER
from backend.platform.data import ids
from backend.platform.privacy import access_tokens, decisions
from backend.platform.privacy.decisions import About
from backend.registry import service as registry
from backend.trees import service as trees
from calculators import load_library
from offsets import list_pool_documents, list_project_documents
from tests.backend.methodology.adoption import approve_by_two

TRIP = "transport.low_carbon_trip"
OWN = {"decision.own", "methodology.four_eyes"}
PROJECT = "katingan-peatland"
OPERATORS = tuple(role for role in ROLES if role != USER)
REASON = {"reason": "because it is mine"}
RECALL = {"project_id": PROJECT, "vintage": 2019, "cause": "invalidated", "remedy": "refund", **REASON}
WRITES = ("post", "put", "patch", "delete")
REGISTER = "plot,surveyed_on,planted,sampled,alive\n"
POOL = "demo-minqin-saxaul-2027"


@dataclass(frozen=True)
class Own:
    """What is somebody's own, for the endpoints to decide about."""

    user_id: str
    statement: str
    draft: tuple[int, str]
    approved: int
    pool: str
    planting: str

    def place(self, operation_id: str) -> tuple[dict[str, Any], Any]:
        """The path's values and the body of a decision about it; a text is sent as a register."""
        held = {"user_id": self.user_id, "activity_id": "act_01jd00000000000000000000aa"}
        order = {"user_id": self.user_id, "order_id": "ord_01jd00000000000000000000aa"}
        version, sha256 = self.draft
        pool, planting = {"pool_id": self.pool}, {"planting_id": self.planting, "age": 1}
        return {
            "contract_trees": (pool, {**REASON, "trees": 1}),
            "plant_trees": (pool, REGISTER),
            "accept_held_trees": (pool, {**REASON, "numbers": ["MQ-1"]}),
            "drop_held_trees": (pool, {**REASON, "numbers": ["MQ-1"]}),
            "survey_planting": (planting, REGISTER),
            "replace_trees": (planting, REGISTER),
            "write_trees_down": (planting, {**REASON, "trees": 1}),
            "open_recall": ({}, RECALL),
            "accept_activity": (held, REASON),
            "open_held_activity": (held, None),
            "reject_activity": (held, REASON),
            "refund_order": (order, REASON),
            "decline_refund": (order, REASON),
            "attest_evidence": ({}, {"user_id": self.user_id, "tier": "fare_record", "reference": "ticket 1"}),
            "revoke_statement": ({"number": self.statement}, {"because": "asked_by_holder", "note": "mine"}),
            "approve_methodology_version": ({"methodology_id": TRIP, "version": version}, {"sha256": sha256}),
            "reject_methodology_version": ({"methodology_id": TRIP, "version": version}, REASON),
            "withdraw_methodology_version": ({"methodology_id": TRIP, "version": self.approved}, REASON),
        }[operation_id]


@pytest.fixture
def everything(new_person, in_transaction, frozen_clock):
    """Somebody who holds every role, with a statement, a draft and an approved version of their own."""
    person = new_person(roles=OPERATORS, agrees=True)
    text = load_library().methodologies[TRIP].text

    def write(session):
        first = methodology.submit_draft(session, person.user_id, text)
        approve_by_two(session, "usr_colleague", TRIP, first.version, first.content_sha256)
        draft = methodology.submit_draft(session, person.user_id, f"{text}# said again\n")
        own_credits(session, person.user_id)
        return first.version, (draft.version, draft.content_sha256)

    approved, draft = in_transaction(write)
    frozen_clock.advance(timedelta(days=20))
    issued = with_role(person, USER).get("/v1/account/statements/2026-11")
    assert issued.status_code == 200, issued.text
    planting = in_transaction(lambda session: plant_for(session, person.user_id))
    return person, Own(person.user_id, issued.json["statement"]["number"], draft, approved, POOL, planting)


def plant_for(session, user_id: str) -> str:
    """A tree of somebody, planted; the planting's id."""
    keeper = OperatorAct("usr_colleague", "the tests")
    trees.record_pool(session, "pool.toml", list_pool_documents()[POOL], keeper)
    reference, at = ids.new_id("order"), clock.database_now(session)
    trees.hold(session, trees.TreeHolder(user_id, reference), POOL, 4, at)
    trees.fund(session, trees.Grant(user_id, reference, trees.Origin.BOUGHT, "", shows_name=False), at)
    trees.contract(session, POOL, 1, keeper)
    picture = trees.SentPicture(b"", "0" * 64, "0" * 16, 640, 480)
    photo = trees.record_photo(session, POOL, picture, "usr_colleague")
    row = f"MQ-1,A,2025-04-01,38.6,103.1,{photo.id}"
    report = trees.plant(session, POOL, f"number,plot,planted_on,latitude,longitude,photo\n{row}", keeper)
    assert report.planting_id is not None
    return report.planting_id


def own_credits(session, user_id: str) -> None:
    """Let somebody own a certificate of a vintage."""
    registry.import_document(session, PROJECT, list_project_documents()[PROJECT], who="test")
    at = clock.database_now(session)
    registry.hold(session, registry.Holder(user_id, "ord_1"), PROJECT, 1000, at)
    registry.retire(session, user_id, "ord_1", "voluntary offset", at)
    registry.issue_certificate(session, user_id, "ord_1", "Lin", shows_name=True, at=at)


@pytest.fixture
def mate(everything, new_person):
    """Somebody who holds every role and lives with them."""
    person, _ = everything
    code = with_role(person, USER).post("/v1/household/invitations").json["code"]
    made = new_person(roles=OPERATORS)
    assert with_role(made, USER).post("/v1/household/join", {"code": code}).status_code == 200
    return made


def with_role(person, role):
    """The person with a fresh token that names one role beside `user`."""
    with person.app.app_context():
        token = access_tokens.sign_access(person.user_id, person.session_id, frozenset({USER, role}))
    return replace(person, access_token=token)


def decisions_of(client) -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """Every endpoint by which an operator decides about people: method, path, operation and who may call it."""
    for path, methods in client.get("/openapi.json").json["paths"].items():
        for method, operation in methods.items():
            if method not in WRITES or not (roles := frozenset(operation["x-roles"]) - {USER}):
                continue
            decides = operation["x-decides-about"]
            assert decides == "people" or decides.startswith("nobody: "), path
            if decides == "people":
                yield method.upper(), path, operation["operationId"], roles


def decide(decider, method: str, path: str, body: Any):
    """One request; a register says its reason in the address."""
    if isinstance(body, str):
        return decider.call(method, f"{path}?reason=mine", data=body.encode(), content_type="text/csv")
    return decider.call(method, path, body)


def outcomes(client, decider, own) -> dict[tuple[str, str], tuple[int, str]]:
    """What the decider is answered, by endpoint and role."""
    answers = {}
    for method, path, operation_id, roles in decisions_of(client):
        values, body = own.place(operation_id)
        for role in sorted(roles):
            answer = decide(with_role(decider, role), method, path.format(**values), body)
            answers[operation_id, role] = (answer.status_code, (answer.json or {}).get("code", ""))
    return answers


def test_no_endpoint_lets_anybody_decide_about_themselves(everything, client):
    person, own = everything
    answers = outcomes(client, person, own)
    assert len(answers) >= 10
    assert {key: told for key, told in answers.items() if told[0] != 403 or told[1] not in OWN} == {}


def test_no_endpoint_lets_anybody_decide_about_their_household(everything, mate, client):
    _, own = everything
    answers = outcomes(client, mate, own)
    assert {key: told for key, told in answers.items() if told[0] != 403 or told[1] not in OWN} == {}


def test_who_has_moved_out_still_decides_nothing_about_the_household(everything, mate, client, frozen_clock):
    _, own = everything
    frozen_clock.advance(timedelta(days=2))
    assert with_role(mate, USER).delete("/v1/household").status_code == 204
    frozen_clock.advance(timedelta(days=2))
    assert {told[1] for told in outcomes(client, mate, own).values()} <= OWN


def test_control_a_colleague_is_let_through(everything, new_person, client):
    _, own = everything
    answers = outcomes(client, new_person(roles=OPERATORS), own)
    assert {key: told for key, told in answers.items() if told[1] in OWN} == {}
    assert {status for status, _ in answers.values()} >= {200, 201, 404}


def test_control_without_the_guard_people_decide_about_themselves(everything, client, monkeypatch):
    person, own = everything
    monkeypatch.setattr(decisions, "check", lambda *_: None)
    answers = outcomes(client, person, own)
    assert {answers[key][0] for key in (("attest_evidence", "partner"), ("revoke_statement", "support"))} == {200, 201}
    assert answers["reject_methodology_version", "reviewer"][0] == 200


def commands_of(app) -> Iterator[tuple[list[str], click.Command]]:
    """Every command by which an operator decides about people, with the words that call it."""

    def walk(words, command):
        if isinstance(command, click.Group):
            for name in sorted(command.commands):
                yield from walk([*words, name], command.commands[name])
        elif isinstance(getattr(command.callback, "decides_about", None), About):
            yield words, command

    for name in sorted(app.cli.commands):
        yield from walk([name], app.cli.commands[name])


def said(app, decider, own) -> dict[str, tuple[int, str]]:
    """What the decider is told by each command about what is that person's own."""
    fill = {"person": own.user_id, "user_id": own.user_id, "role": "reviewer", "order_id": "ord_1", "reason": "mine"}
    fill |= {"amount_minor": "1", "pool_id": own.pool, "planting_id": own.planting, "age": "1", "trees": "1"}
    fill |= {"register": __file__}
    fill |= {"amount_minor": "1", "project_id": PROJECT, "units": "vintage=2019", "cause": "suspended"}
    fill |= {"remedy": "refund"}
    fill |= {"methodology_id": TRIP, "effective_on": "2027-02-01"}
    fill |= {"version": str(own.draft[0]), "sha256": own.draft[1]}
    told = {}
    for words, command in commands_of(app):
        arguments = [fill[one.name] for one in command.params if isinstance(one, click.Argument)]
        options = {one.name: one.opts[0] for one in command.params if isinstance(one, click.Option) and not one.is_flag}
        options.pop("help", None)
        typed = [word for name, option in options.items() for word in (option, fill.get(name, decider.user_id))]
        result = app.test_cli_runner().invoke(args=[*words, *arguments, *typed])
        told[" ".join(words)] = (result.exit_code, result.output)
    return told


def refused(told: dict[str, tuple[int, str]]) -> set[str]:
    return {name for name, (code, output) in told.items() if code == 1 and any(own in output for own in OWN)}


def test_no_command_lets_anybody_decide_about_themselves(everything, app):
    person, own = everything
    told = said(app, person, own)
    assert set(told) >= {"accounts grant-role", "accounts erase", "checkout refund", "methodology adopt"}
    assert refused(told) == set(told), told


def test_no_command_lets_anybody_decide_about_their_household(everything, mate, app):
    _, own = everything
    told = said(app, mate, own)
    assert refused(told) == set(told), told


def test_control_no_command_refuses_a_colleague_for_that(everything, new_person, app):
    _, own = everything
    assert refused(said(app, new_person(roles=OPERATORS), own)) == set()


def test_a_command_is_refused_to_whoever_is_no_account_with_the_role(everything, new_person, app):
    _, own = everything
    for decider in (new_person(), new_person(roles=("auditor",)), replace(new_person(), user_id="Kim on call")):
        told = said(app, decider, own)
        assert {name for name, (_, output) in told.items() if "decision.no_operator" not in output} == set()
