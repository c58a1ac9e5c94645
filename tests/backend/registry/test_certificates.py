"""A certificate is signed once, found by its number, and shows no more of its owner than the owner chose."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from backend.platform.privacy import signed_documents, vault
from backend.registry import service as registry
from backend.registry.service.certificates import KIND
from tests.backend.registry.conftest import small_lot


@pytest.fixture
def number(shelf, buyer) -> str:
    shelf(small_lot("a", units=2))
    buyer.hold("ord_1", 2500)
    buyer.retire("ord_1")
    return buyer.certify("ord_1", "林薇 Lin Wei")


@pytest.fixture
def verify(in_transaction):
    return lambda typed: in_transaction(lambda s: registry.verify_certificate(s, typed), read_only=True)


def test_a_genuine_certificate_verifies_and_says_what_was_retired(number, verify):
    verdict = verify(number)
    assert verdict.is_genuine
    assert verdict.view.payload["grams"] == 2500
    assert verdict.view.beneficiary == "林薇 Lin Wei"


@pytest.mark.parametrize("place", range(20))
def test_a_certificate_with_one_character_changed_does_not_verify(place, number, verify):
    if number[place] == "-":
        return
    for other in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".replace(number[place], ""):
        verdict = verify(number[:place] + other + number[place + 1 :])
        assert (verdict.is_genuine, verdict.problem) == (False, "not_a_number")


def test_a_number_may_be_typed_carelessly(number, verify):
    assert verify(f" {number.lower().replace('-', ' ')}").is_genuine


def test_a_number_that_was_never_issued_is_unknown(verify):
    from offsets import make_number

    assert verify(make_number(bytes(10))).problem == "unknown"


def test_issuing_again_gives_the_first_number(number, buyer):
    assert buyer.certify("ord_1", "somebody else") == number


def test_what_is_signed_holds_no_name(number, in_transaction):
    view = in_transaction(lambda s: registry.get_certificate(s, number))
    assert "Lin" not in json.dumps(view.payload, ensure_ascii=False)
    assert "林" not in json.dumps(view.payload, ensure_ascii=False)


def test_a_name_its_owner_hides_is_not_shown(shelf, buyer, in_transaction):
    shelf(small_lot("a", units=2))
    buyer.hold("ord_1", 2500)
    buyer.retire("ord_1")
    number = buyer.certify("ord_1", "Lin Wei", shows_name=False)
    assert in_transaction(lambda s: registry.get_certificate(s, number)).beneficiary is None


def test_after_erasure_the_certificate_still_verifies_without_the_name(number, buyer, verify, in_transaction):
    def erase(session) -> None:
        registry.forget(session, buyer.id)
        vault.the_vault().erase_key(session, buyer.id)

    in_transaction(erase)
    verdict = verify(number)
    assert verdict.is_genuine
    assert verdict.view.beneficiary is None


@pytest.mark.breaks_invariants("a certificate is forged on purpose")
@pytest.mark.parametrize(
    "forge, problem",
    [
        ("UPDATE certificates SET signature = 'x.y.z'", "signature"),
        ("UPDATE certificates SET payload = '{}'", "signature"),
    ],
)
def test_a_forged_row_does_not_verify_and_is_reported(forge, problem, number, verify, in_transaction):
    in_transaction(lambda session: session.execute(text(forge)))
    assert verify(number).problem == problem
    assert in_transaction(lambda session: list(registry.verify(session)))


@pytest.mark.breaks_invariants("a certificate is forged on purpose")
def test_a_certificate_that_says_more_than_the_books_does_not_verify(number, verify, app, in_transaction):
    def forge(session) -> None:
        payload = registry.get_certificate(session, number).payload
        payload = json.loads(json.dumps(payload))
        payload["retirements"][0]["end_g"] += 1
        signature = signed_documents.sign(payload, KIND)
        session.execute(
            text("UPDATE certificates SET payload = :payload, signature = :signature"),
            {"payload": json.dumps(payload), "signature": signature},
        )

    in_transaction(forge)
    assert verify(number).problem == "books"


def test_a_signature_of_another_kind_is_none(number, in_transaction):
    def read(session):
        view = registry.get_certificate(session, number)
        return signed_documents.read(view.signature, "statement+jws")

    with pytest.raises(signed_documents.NotSigned):
        in_transaction(read)


def test_the_export_lists_retirements_and_certificates(number, buyer, in_transaction):
    certificates = in_transaction(lambda s: list(registry.export_certificates(s, buyer.id)))
    assert [item["number"] for item in certificates] == [number]
    retirements = in_transaction(lambda s: list(registry.export_retirements(s, buyer.id)))
    assert [item["end_g"] - item["start_g"] for item in retirements] == [2500]
