"""Access tokens: who forges, confuses, prolongs or borrows one is refused; keys rotate without signing anyone out."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.accounts import service
from backend.platform.core import clock
from backend.platform.privacy import access_tokens


def parts(token):
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def encoded(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def pem(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def signed(app, person, *, drop=(), kind=access_tokens.TYPE, **changes) -> str:
    """A token of `person` signed by our own key, with claims dropped or changed."""
    now = clock.now()
    claims = {
        "iss": access_tokens.ISSUER,
        "aud": access_tokens.AUDIENCE,
        "sub": person.user_id,
        "sid": person.session_id,
        "roles": ["user"],
        "iat": now,
        "exp": now + timedelta(minutes=5),
    }
    claims = {name: value for name, value in (claims | changes).items() if name not in drop}
    return app.extensions["carbon.token_keys"].sign(claims, kind)


def alg_none(app, person):
    header, claims = parts(person.access_token)
    return f"{encoded(header | {'alg': 'none'})}.{encoded(claims)}."


def key_confusion(app, person):
    """HS256 with the public key, which everybody knows, as the secret."""
    header, claims = parts(person.access_token)
    [key] = app.extensions["carbon.token_keys"].jwks()["keys"]
    secret = base64.urlsafe_b64decode(key["x"] + "==")
    return jwt.encode(claims, secret, algorithm="HS256", headers=header | {"alg": "HS256"})


def stranger_with_our_kid(app, person):
    header, claims = parts(person.access_token)
    return jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers=header)


def injected_kid(kid):
    def make(app, person):
        header, claims = parts(person.access_token)
        return jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers=header | {"kid": kid})

    return make


def own_key_in_header(app, person):
    key = Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(raw).rstrip(b"=").decode()}
    header, claims = parts(person.access_token)
    return jwt.encode(claims, key, algorithm="EdDSA", headers=header | {"jwk": jwk, "jku": "https://evil.example/k"})


def changed_claim(app, person):
    head, _, signature = person.access_token.split(".")
    return f"{head}.{encoded(parts(person.access_token)[1] | {'roles': ['admin', 'user']})}.{signature}"


FORGERIES = {
    "alg none": alg_none,
    "key confusion": key_confusion,
    "a stranger's key under our kid": stranger_with_our_kid,
    "kid as a path": injected_kid("../../dev/null"),
    "kid as SQL": injected_kid("' OR 1=1 --"),
    "a key of one's own in the header": own_key_in_header,
    "a changed claim": changed_claim,
    "no exp": lambda app, person: signed(app, person, drop=("exp",)),
    "no aud": lambda app, person: signed(app, person, drop=("aud",)),
    "no iss": lambda app, person: signed(app, person, drop=("iss",)),
    "no sub": lambda app, person: signed(app, person, drop=("sub",)),
    "no sid": lambda app, person: signed(app, person, drop=("sid",)),
    "another audience": lambda app, person: signed(app, person, aud="another-api"),
    "another issuer": lambda app, person: signed(app, person, iss="someone"),
    "expired": lambda app, person: signed(app, person, exp=clock.now() - timedelta(seconds=1)),
    "a statement's type": lambda app, person: signed(app, person, kind="statement+jwt"),
    "a refresh token": lambda app, person: person.refresh_token,
    "nothing": lambda app, person: "",
    "not a token": lambda app, person: "a.b.c",
}


def test_a_true_token_is_accepted(app, person):
    assert person.get("/v1/me").status_code == 200
    token = signed(app, person)
    assert app.test_client().get("/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_every_forged_or_borrowed_token_is_refused(app, person):
    for name, make in FORGERIES.items():
        answer = app.test_client().get("/v1/me", headers={"Authorization": f"Bearer {make(app, person)}"})
        code = "auth.expired_token" if name == "expired" else "auth.invalid_token"
        assert (answer.status_code, answer.json["code"]) == (401, code), name
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_of_one_person_with_the_session_of_another_is_refused(app, person, new_person):
    token = signed(app, person, sid=new_person().session_id)
    assert app.test_client().get("/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_an_access_token_is_no_refresh_token(person, post):
    answer = post("/v1/auth/refresh", {"refresh_token": person.access_token})
    assert (answer.status_code, answer.json["code"]) == (401, "auth.invalid_token")


def test_a_token_ends_with_its_minutes(person, frozen_clock, new_person, settings):
    fresh = new_person()
    assert fresh.get("/v1/me").status_code == 200
    frozen_clock.advance(timedelta(seconds=settings.access_token_s))
    assert fresh.get("/v1/me").json["code"] == "auth.expired_token"


def test_a_new_key_signs_while_the_old_one_still_verifies_until_it_is_retired(make_app, new_person):
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    before, during, after = (make_app(token_keys=keys) for keys in (pem(old), pem(new) + pem(old), pem(new)))
    person = new_person()

    def token_from(app):
        with app.app_context():
            return access_tokens.sign_access(person.user_id, person.session_id, frozenset({"user"}))

    def status(app, token):
        return app.test_client().get("/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code

    old_token, new_token = token_from(before), token_from(during)
    assert [status(during, token) for token in (old_token, new_token)] == [200, 200]
    assert [status(after, token) for token in (old_token, new_token)] == [401, 200]
    published = during.test_client().get("/.well-known/jwks.json").json["keys"]
    assert [key["kid"] for key in published] == [parts(token)[0]["kid"] for token in (new_token, old_token)]
    assert all(set(key) == {"kty", "crv", "use", "alg", "kid", "x"} for key in published)


def test_who_verifies_with_the_published_keys_alone_can_read_the_token(app, person):
    keys = jwt.PyJWKSet.from_dict(app.test_client().get("/.well-known/jwks.json").json)
    key = keys[parts(person.access_token)[0]["kid"]]
    claims = jwt.decode(person.access_token, key, algorithms=["EdDSA"], audience=access_tokens.AUDIENCE)
    assert claims["sub"] == person.user_id


def test_a_suspended_person_is_refused_at_once_and_let_in_again(person, in_transaction, post):
    assert person.get("/v1/me").status_code == 200
    in_transaction(lambda s: service.suspend(s, person.user_id, who="support", reason="stolen phone"))
    assert (person.get("/v1/me").status_code, person.get("/v1/me").json["code"]) == (403, "auth.suspended")
    assert post("/v1/auth/refresh", {"refresh_token": person.refresh_token}).json["code"] == "auth.suspended"
    in_transaction(lambda s: service.reinstate(s, person.user_id, who="support", reason="phone found"))
    assert person.get("/v1/me").status_code == 200
    assert post("/v1/auth/refresh", {"refresh_token": person.refresh_token}).status_code == 200


def test_another_process_refuses_a_suspended_person_within_seconds(person, make_app, in_transaction, monkeypatch):
    other = make_app().test_client()
    assert other.get("/v1/me", headers=person.headers).status_code == 200
    in_transaction(lambda s: service.suspend(s, person.user_id, who="support", reason="stolen phone"))
    monkeypatch.setattr("backend.platform.privacy.access_tokens.STANDING_KEPT_S", 0.0)
    assert other.get("/v1/me", headers=person.headers).json["code"] == "auth.suspended"


def test_a_withdrawn_role_is_refused_although_the_token_still_names_it(new_person, in_transaction, post):
    reviewer = new_person(roles=("reviewer",))
    assert parts(reviewer.access_token)[1]["roles"] == ["reviewer", "user"]
    assert reviewer.get("/v1/me").json["roles"] == ["reviewer", "user"]
    in_transaction(lambda s: service.withdraw_role(s, reviewer.user_id, "reviewer", who="admin", reason="left"))
    assert reviewer.get("/v1/me").json["code"] == "auth.invalid_token"
    renewed = post("/v1/auth/refresh", {"refresh_token": reviewer.refresh_token}).json
    assert parts(renewed["access_token"])[1]["roles"] == ["user"]
