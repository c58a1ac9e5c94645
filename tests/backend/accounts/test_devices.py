"""Devices: everyone sees their own, signs one or all others out, and nobody reaches another person's."""

from __future__ import annotations

from tests.backend.accounts.conftest import ACCOUNT

LOGIN = {name: ACCOUNT[name] for name in ("email", "password")}


def devices(client, tokens):
    answer = client.get("/v1/me/sessions", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    return answer.json["items"]


def test_the_list_shows_every_device_the_newest_first_and_pages(registered, post, client):
    for name in ("Phone", "Tablet"):
        post("/v1/auth/login", LOGIN | {"device": name})
    assert [device["device"] for device in devices(client, registered)][:2] == ["Tablet", "Phone"]
    headers = {"Authorization": f"Bearer {registered['access_token']}"}
    first = client.get("/v1/me/sessions?limit=2", headers=headers).json
    rest = client.get(f"/v1/me/sessions?limit=2&cursor={first['next_cursor']}", headers=headers).json
    assert [item["device"] for item in first["items"] + rest["items"]] == ["Tablet", "Phone", None]
    assert rest["next_cursor"] is None


def test_a_device_signed_out_from_another_is_refused_at_once(registered, post, client):
    lost = post("/v1/auth/login", LOGIN).json
    headers = {"Authorization": f"Bearer {registered['access_token']}"}
    assert client.delete(f"/v1/me/sessions/{lost['session_id']}", headers=headers).status_code == 204
    assert client.get("/v1/me", headers={"Authorization": f"Bearer {lost['access_token']}"}).status_code == 401
    assert post("/v1/auth/refresh", {"refresh_token": lost["refresh_token"]}).status_code == 401
    assert client.get("/v1/me", headers=headers).status_code == 200


def test_signing_all_others_out_keeps_this_one(registered, post, client):
    others = [post("/v1/auth/login", LOGIN).json for _ in range(2)]
    headers = {"Authorization": f"Bearer {registered['access_token']}"}
    assert client.delete("/v1/me/sessions", headers=headers).status_code == 204
    assert [device["is_current"] for device in devices(client, registered)] == [True]
    for other in others:
        assert post("/v1/auth/refresh", {"refresh_token": other["refresh_token"]}).status_code == 401
    assert post("/v1/auth/refresh", {"refresh_token": registered["refresh_token"]}).status_code == 200


def test_a_foreign_and_a_missing_session_answer_the_same(person, new_person):
    foreign = person.delete(f"/v1/me/sessions/{new_person().session_id}")
    missing = person.delete("/v1/me/sessions/ses_00000000000000000000000000")
    assert (
        (foreign.status_code, foreign.json["code"]) == (missing.status_code, missing.json["code"]) == (404, "not_found")
    )


def test_a_changed_password_signs_the_other_devices_out(registered, post, client):
    other = post("/v1/auth/login", LOGIN).json
    token = registered["access_token"]
    wrong = post("/v1/auth/password/change", {"present": "not this one", "password": "a better password"}, token=token)
    assert wrong.json["code"] == "auth.wrong_credentials"
    right = {"present": ACCOUNT["password"], "password": "a better password"}
    assert post("/v1/auth/password/change", right, token=token).status_code == 204
    assert post("/v1/auth/refresh", {"refresh_token": other["refresh_token"]}).status_code == 401
    assert client.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert post("/v1/auth/login", LOGIN).status_code == 401
    assert post("/v1/auth/login", LOGIN | {"password": "a better password"}).status_code == 200
