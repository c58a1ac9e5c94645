"""Signing in with a provider: the whole journey against the local stand-in, and every way it must fail."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from backend.ports.identity import alipay, providers
from backend.ports.identity import client as clients
from backend.ports.identity import transport as wires
from backend.ports.identity.local import LocalProvider
from tests.backend.accounts.conftest import AGREED

REGISTRATION = {"born": "1990", "consents": AGREED}
BEGIN, SIGN_IN = "/v1/auth/oidc/local/begin", "/v1/auth/oidc/local/sign-in"


def travel(client, begun, person="lin@example.org"):
    """What the browser brings back when `person` agrees: the code and the state."""
    url = urlsplit(begun["authorization_url"])
    answer = client.get(f"{url.path}?{url.query}&person={person}")
    assert answer.status_code == 200, answer.json
    back = parse_qs(urlsplit(answer.json["redirect_to"]).query)
    return {"code": back["code"][0], "state": back["state"][0], "ceremony": begun["ceremony"]}


def sign_in(client, post, person="lin@example.org", *, token=None, **more):
    begun = post(BEGIN, {}).json
    return post(SIGN_IN, travel(client, begun, person) | more, token=token)


def assert_refused(answer):
    assert (answer.status_code, answer.json["code"]) == (401, "auth.provider_refused"), answer.json


def test_a_new_person_registers_and_comes_back(client, post):
    first = sign_in(client, post, registration=REGISTRATION)
    again = sign_in(client, post)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json["user_id"] == again.json["user_id"]
    me = client.get("/v1/me", headers={"Authorization": f"Bearer {again.json['access_token']}"}).json
    assert (me["email"], me["email_verified"], me["is_guest"]) == ("lin@example.org", True, False)


def test_a_new_person_without_registration_is_asked_for_it(client, post):
    answer = sign_in(client, post)
    assert (answer.status_code, answer.json["code"]) == (422, "auth.registration_needed")


def test_a_guest_who_registers_with_a_provider_keeps_their_account(client, post, new_person):
    guest = new_person(is_guest=True)
    answer = sign_in(client, post, token=guest.access_token, registration=REGISTRATION)
    assert (answer.json["user_id"], answer.json["is_guest"]) == (guest.user_id, False)


def test_the_providers_email_opens_no_account_that_has_it_already(registered, client, post):
    answer = sign_in(client, post, registration=REGISTRATION)
    assert answer.json["user_id"] != registered["user_id"]
    me = client.get("/v1/me", headers={"Authorization": f"Bearer {answer.json['access_token']}"}).json
    assert me["email"] is None


def test_an_email_the_provider_has_not_verified_is_not_kept(client, post):
    answer = sign_in(client, post, "lin", registration=REGISTRATION)
    me = client.get("/v1/me", headers={"Authorization": f"Bearer {answer.json['access_token']}"}).json
    assert me["email"] is None


def test_the_browser_is_sent_with_pkce_nonce_and_state_but_never_the_devices_secret(post):
    begun = post(BEGIN, {}).json
    asked = parse_qs(urlsplit(begun["authorization_url"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"nonce", "state", "code_challenge", "client_id", "redirect_uri", "scope"} <= set(asked)
    assert begun["ceremony"] not in begun["authorization_url"]


def test_a_state_that_is_not_this_journeys_is_refused(client, post):
    mine, theirs = post(BEGIN, {}).json, post(BEGIN, {}).json
    assert_refused(post(SIGN_IN, travel(client, mine) | {"state": theirs["state"], "registration": REGISTRATION}))


def test_a_code_somebody_else_obtained_does_not_work_on_this_device(client, post):
    attacker = travel(client, post(BEGIN, {}).json, "attacker@example.org")
    mine = post(BEGIN, {}).json
    assert_refused(post(SIGN_IN, attacker | {"ceremony": mine["ceremony"]}))
    # even with the state of this device, the code was made for another challenge and nonce
    mine = post(BEGIN, {}).json
    assert_refused(post(SIGN_IN, {"code": attacker["code"], "state": mine["state"], "ceremony": mine["ceremony"]}))


def test_a_journey_and_a_code_are_used_once(client, post):
    back = travel(client, post(BEGIN, {}).json)
    assert post(SIGN_IN, back | {"registration": REGISTRATION}).status_code == 200
    assert_refused(post(SIGN_IN, back))


def test_a_journey_that_took_too_long_is_refused(client, post, frozen_clock):
    back = travel(client, post(BEGIN, {}).json)
    frozen_clock.advance(timedelta(minutes=11))
    assert_refused(post(SIGN_IN, back | {"registration": REGISTRATION}))


def test_a_code_that_is_none_is_refused(post):
    for code in ("x", "a.b.c", "x" * 2000):
        begun = post(BEGIN, {}).json
        assert_refused(post(SIGN_IN, {"code": code, "state": begun["state"], "ceremony": begun["ceremony"]}))


def test_people_are_sent_back_only_to_our_own_addresses(post, settings):
    assert post(BEGIN, {"redirect_uri": "https://evil.example/"}).json["errors"][0]["field"] == "redirect_uri"
    assert post(BEGIN, {"redirect_uri": f"{settings.public_url}/signed-in"}).status_code == 200


def test_a_provider_that_is_not_switched_on_is_not_there(post, client):
    assert post("/v1/auth/oidc/google/begin", {}).status_code == 404
    assert [provider["name"] for provider in client.get("/v1/auth/providers").json["items"]] == ["local"]


def forged(**changes):
    """The stand-in, whose ID tokens have claims changed."""

    class Forger(LocalProvider):
        def post(self, url, form):
            answer = dict(super().post(url, form))
            claims = jwt.decode(answer["id_token"], options={"verify_signature": False})
            kept = {name: value for name, value in (claims | changes).items() if value is not None}
            return answer | {"id_token": self._ring.sign(kept, "JWT")}

    return Forger


FORGERIES = {
    "another nonce": forged(nonce="another"),
    "no nonce": forged(nonce=None),
    "another audience": forged(aud="another-app"),
    "another authorized party": forged(azp="another-app"),
    "another issuer": forged(iss="https://evil.example"),
    "expired": forged(exp=1),
    "from the future": forged(iat=9999999999),
    "no subject": forged(sub=None),
    "a subject that is no text": forged(sub=7),
    "a time that is no number": forged(exp="tomorrow"),
    "a truth for a time": forged(iat=True),
}


def test_every_id_token_that_does_not_fit_is_refused(client, post, monkeypatch):
    for forger in FORGERIES.values():
        monkeypatch.setattr(wires, "LocalProvider", forger)
        assert_refused(sign_in(client, post, registration=REGISTRATION))


def test_an_answer_without_a_proof_is_refused(client, post, monkeypatch):
    for answer in ({}, {"id_token": 7}, {"id_token": "a.b.c"}, {"error": "invalid_grant"}):

        class Silent(LocalProvider):
            def post(self, _url, _form, answer=answer):
                return answer

        monkeypatch.setattr(wires, "LocalProvider", Silent)
        assert_refused(sign_in(client, post, registration=REGISTRATION))


def test_a_provider_out_of_reach_is_said_so_and_nothing_is_made(client, post, monkeypatch):
    class Gone(LocalProvider):
        def post(self, _url, _form):
            raise wires.WireFailed("connection refused")

    monkeypatch.setattr(wires, "LocalProvider", Gone)
    answer = sign_in(client, post, registration=REGISTRATION)
    assert (answer.status_code, answer.json["code"]) == (503, "auth.provider_unavailable")
    assert answer.headers["Retry-After"] == "5"


CLIENTS = {
    "google": {"client_id": "g", "client_secret": "s"},
    "apple": {"client_id": "a", "client_secret": "s"},
    "wechat": {"client_id": "w", "client_secret": "s"},
    "alipay": {"client_id": "p", "client_secret": "s"},
}


def test_the_four_described_providers_need_nothing_but_our_client(make_app):
    app = make_app(oidc_providers=json.dumps(CLIENTS))
    shown = app.test_client().get("/v1/auth/providers").json["items"]
    assert [provider["name"] for provider in shown] == list(CLIENTS)
    assert shown[2]["title"]["zh"] == "微信"
    begun = app.test_client().post("/v1/auth/oidc/wechat/begin", json={}).json["authorization_url"]
    asked = urlsplit(begun)
    assert (asked.hostname, asked.fragment) == ("open.weixin.qq.com", "wechat_redirect")
    assert parse_qs(asked.query)["appid"] == ["w"]
    assert app.test_client().get("/v1/auth/oidc/local/authorize").status_code in (404, 422)


MISTAKES = {
    "incomplete": {"google": {"client_id": "g"}},
    "unknown values": {"google": CLIENTS["google"] | {"colour": "red"}},
    "protocol must be one of": {"other": CLIENTS["google"]},
    "must be an https": {"google": CLIENTS["google"] | {"token_endpoint": "http://plain.example"}},
}


def test_a_provider_described_wrongly_is_named(make_app):
    for complaint, given in MISTAKES.items():
        app = make_app(oidc_providers=json.dumps(given))
        with app.app_context(), pytest.raises(ValueError, match=complaint):
            providers.list_providers()


class Recorded:
    """A wire that answers with what it was given and keeps what it was asked."""

    def __init__(self, answer):
        self.answer, self.asked = answer, {}

    def post(self, _url, form):
        self.asked = dict(form)
        return self.answer


def exchanged(app, name, answer, monkeypatch):
    wire = Recorded(answer)
    monkeypatch.setattr(clients, "wire_of", lambda _provider: wire)
    with app.app_context():
        provider = providers.get_provider(name)
        vouched = clients.exchange(provider, code="c", nonce="n", verifier="v", redirect_uri="r")
    return vouched, wire.asked


def test_wechat_names_its_subject_by_union_and_else_by_open_id(make_app, monkeypatch):
    app = make_app(oidc_providers=json.dumps(CLIENTS))
    vouched, asked = exchanged(app, "wechat", {"openid": "o1", "unionid": "u1"}, monkeypatch)
    assert (vouched.subject, vouched.email) == ("unionid:u1", None)
    assert (asked["appid"], asked["secret"], asked["code"]) == ("w", "s", "c")
    assert exchanged(app, "wechat", {"openid": "o1"}, monkeypatch)[0].subject == "openid:o1"


def test_alipay_is_asked_with_a_signature_its_gateway_can_check(make_app, monkeypatch):
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    app = make_app(oidc_providers=json.dumps({"alipay": {"client_id": "p", "client_secret": pem}}))
    vouched, asked = exchanged(app, "alipay", {alipay.ANSWER: {"open_id": "o1"}}, monkeypatch)
    assert vouched.subject == "open_id:o1"
    signature = base64.b64decode(asked.pop("sign"))
    key.public_key().verify(signature, alipay.signed_text(asked), padding.PKCS1v15(), hashes.SHA256())
