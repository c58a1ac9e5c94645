"""The catalogue and the public proof over HTTP, for anyone, in both languages."""

from __future__ import annotations

import pytest

from backend.registry import service as registry
from offsets import list_projects
from tests.backend.registry.conftest import small_lot

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def number(shelf, buyer) -> str:
    shelf(small_lot("a", units=2))
    buyer.hold("ord_1", 2500)
    buyer.retire("ord_1")
    return buyer.certify("ord_1", "<b>Lin</b> & Wei")


def test_the_catalogue_shows_price_source_and_what_is_left(client, in_transaction):
    in_transaction(registry.import_library)
    listed = client.get("/v1/offset-projects").get_json()["items"]
    assert [item["id"] for item in listed] == sorted(list_projects())
    shown = client.get("/v1/offset-projects/katingan-peatland").get_json()
    assert shown["available_g"] == shown["lots"][0]["issued_g"]
    assert shown["prices"][0]["per_tonne"] == "8.90"
    assert shown["prices"][0]["source"]["mark"] == "official"
    assert shown["title"]["zh"] == "卡廷安：中加里曼丹泥炭地保护与恢复"


def test_the_catalogue_comes_in_pages(client, in_transaction):
    in_transaction(registry.import_library)
    some = len(list_projects()) - 1
    first = client.get(f"/v1/offset-projects?limit={some}").get_json()
    second = client.get(f"/v1/offset-projects?limit={some}&cursor={first['next_cursor']}").get_json()
    assert [item["id"] for page in (first, second) for item in page["items"]] == sorted(list_projects())
    assert second["next_cursor"] is None


def test_an_unchanged_catalogue_is_not_sent_again(client, in_transaction, shelf, buyer):
    shelf(small_lot("a", units=2))
    first = client.get("/v1/offset-projects/katingan-peatland")
    again = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/v1/offset-projects/katingan-peatland", headers=again).status_code == 304
    buyer.hold("ord_1", 1)
    assert client.get("/v1/offset-projects/katingan-peatland", headers=again).status_code == 200


def test_a_project_nobody_knows_is_not_found(client):
    answer = client.get("/v1/offset-projects/none")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found.project")


def test_a_certificate_shows_the_signed_facts_and_the_chosen_name(client, number):
    shown = client.get(f"/v1/certificates/{number}").get_json()
    assert shown["grams"] == 2500
    assert shown["beneficiary"] == "<b>Lin</b> & Wei"
    assert shown["retirements"][0]["registry_state"] == "due"
    assert shown["url"].endswith(f"/v1/certificates/{number}")


def test_anyone_can_check_the_signature_with_the_published_keys(client, number):
    import jwt

    shown = client.get(f"/v1/certificates/{number}").get_json()
    keys = client.get("/v1/certificates/keys").get_json()["keys"]
    signed = jwt.decode(shown["signature"], jwt.PyJWK(keys[0]), algorithms=["EdDSA"])
    assert (signed["number"], signed["grams"]) == (number, 2500)


def test_verify_says_genuine_or_why_not(client, number):
    assert client.get(f"/v1/certificates/{number}/verify").get_json()["is_genuine"] is True
    wrong = ("1" if number[0] != "1" else "2") + number[1:]
    verdict = client.get(f"/v1/certificates/{wrong}/verify").get_json()
    assert (verdict["is_genuine"], verdict["problem"], verdict["certificate"]) == (False, "not_a_number", None)


@pytest.mark.parametrize("wrong, code", [("AAAA", "certificates.not_a_number"), ("0000-0000-0000-00001", None)])
def test_a_number_that_is_none_is_not_found(wrong, code, client, number):
    answer = client.get(f"/v1/certificates/{wrong}")
    assert answer.status_code == 404
    assert answer.get_json()["code"] in (code, "not_found.certificate", "certificates.not_a_number")


@pytest.mark.parametrize("language, words", [("en", "2.5 kg CO₂e retired"), ("zh-CN", "已注销 2.5 千克")])
def test_a_browser_gets_a_page_in_its_language_with_a_qr_code(language, words, client, number):
    answer = client.get(f"/v1/certificates/{number}", headers=HTML | {"Accept-Language": language})
    page = answer.get_data(as_text=True)
    assert answer.mimetype == "text/html"
    assert words in page
    assert "data:image/svg+xml" in page
    assert f'lang="{language}"' in page


def test_a_name_cannot_put_markup_into_the_page(client, number):
    page = client.get(f"/v1/certificates/{number}", headers=HTML).get_data(as_text=True)
    assert "<b>Lin</b>" not in page
    assert "&lt;b&gt;Lin&lt;/b&gt; &amp; Wei" in page


def test_the_page_runs_nothing(client, number):
    answer = client.get(f"/v1/certificates/{number}", headers=HTML)
    assert "script" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_page_of_a_forged_number_says_so_and_shows_nothing(client, number):
    wrong = ("1" if number[0] != "1" else "2") + number[1:]
    page = client.get(f"/v1/certificates/{wrong}", headers=HTML).get_data(as_text=True)
    assert "not a certificate of ours" in page
    assert "Lin" not in page
