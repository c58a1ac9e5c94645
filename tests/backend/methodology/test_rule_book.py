"""The rule book as one archive: whole, signed, the same bytes again, and checked with nothing but a key."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from decimal import Decimal

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.utils import base64url_encode

from backend.methodology.service import rule_book
from backend.platform.privacy.key_rings import KeyRing
from calculators import Tables, bundle_sha256, load_library
from tests.backend.methodology.adoption import SECOND
from tests.backend.methodology.conftest import NEXT_MONDAY, REVIEWER, TRIP


def download(client) -> dict[str, bytes]:
    answer = client.get("/v1/rulebook")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    return unpack(answer.data)


def unpack(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def check(files: dict[str, bytes], keys: dict) -> dict:
    """What anyone does with the archive and the published keys, without a server; the manifest."""
    header, nothing, signature = files["MANIFEST.jws"].decode().split(".")
    assert nothing == ""
    whole = b".".join([header.encode(), base64url_encode(files["MANIFEST.json"]), signature.encode()])
    wanted = jwt.get_unverified_header(whole)
    (key,) = [key for key in keys["keys"] if key["kid"] == wanted["kid"]]
    assert wanted["typ"] == "rulebook+jws"
    manifest = json.loads(jwt.PyJWS().decode(whole, jwt.PyJWK(key), algorithms=["EdDSA"]))
    hashes = {name: hashlib.sha256(text).hexdigest() for name, text in files.items() if not name.startswith("MANIFEST")}
    assert hashes == manifest["files"]
    return manifest


@pytest.fixture
def keys(client) -> dict:
    return client.get("/v1/certificates/keys").json


def test_the_archive_holds_every_approved_version_and_is_checked_offline(client, adopted, keys):
    files = download(client)
    manifest = check(files, keys)
    assert [(one["methodology_id"], one["version"]) for one in manifest["versions"]] == sorted(
        (one.methodology_id, one.version) for one in adopted
    )
    for version in manifest["versions"]:
        document = files[f"{version['folder']}/document.toml"].decode()
        figures = files[f"{version['folder']}/figures.json"].decode()
        assert bundle_sha256(document, figures) == version["sha256"]
        approvers = [version["first_approved_by"], version["approved_by"]]
        assert (version["authors"], approvers) in ((["library"], [None, REVIEWER]), (["library"], [REVIEWER, SECOND]))
    assert json.loads(files["KEYS.json"]) == keys


@pytest.mark.parametrize("name", ["document.toml", "figures.json", "MANIFEST.json", "CHANGELOG.md"])
def test_one_changed_byte_is_seen(client, adopted, keys, name):
    files = download(client)
    path = name if name.isupper() or name in files else f"methodologies/{TRIP}/1/{name}"
    files[path] = files[path].replace(b"1", b"2", 1)
    with pytest.raises((AssertionError, jwt.InvalidSignatureError)):
        check(files, keys)


def test_a_key_that_is_not_published_signs_nothing(client, adopted, keys):
    files = download(client)
    stranger = KeyRing([Ed25519PrivateKey.generate()])
    files["MANIFEST.jws"] = stranger.sign_detached(files["MANIFEST.json"], "rulebook+jws").encode()
    with pytest.raises(ValueError, match="not enough values"):
        check(files, keys)


def test_the_same_approvals_make_the_same_bytes_again(client, adopted, monkeypatch):
    first = client.get("/v1/rulebook").data
    monkeypatch.setattr(rule_book, "_last", [])
    assert client.get("/v1/rulebook").data == first


def test_it_answers_not_modified_until_something_is_approved(client, adopted, submit, approve, with_lower_weight):
    tag = client.get("/v1/rulebook").headers["ETag"]
    submit(with_lower_weight)
    assert client.get("/v1/rulebook", headers={"If-None-Match": tag}).status_code == 304
    approve(*submit(with_lower_weight), NEXT_MONDAY)
    assert client.get("/v1/rulebook", headers={"If-None-Match": tag}).status_code == 200


def test_the_changelog_shows_what_a_version_changed_and_on_which_day_it_begins(
    client, adopted, submit, approve, with_lower_weight
):
    approve(*submit(with_lower_weight), NEXT_MONDAY)
    changelog = download(client)["CHANGELOG.md"].decode()
    newest, *_ = changelog.split("\n## ")[1:]
    assert newest.startswith(f"2026-11-23: {TRIP}, version 2\n")
    assert '-self_declared = "0.5"' in newest
    assert '+self_declared = "0.4"' in newest
    assert "The same figures." in newest
    assert f"Approved by {REVIEWER}" in newest
    assert changelog.count("The first version") == len(adopted)


def test_the_changelog_names_each_figure_that_became_another(client, adopted, submit, approve, shipped):
    tables = with_another_mix()
    approve(*submit(shipped, tables=tables), NEXT_MONDAY)
    newest, *_ = download(client)["CHANGELOG.md"].decode().split("\n## ")[1:]
    assert "CN-HE 2024: 0.104 kgCO2/passenger-km became 0.105 kgCO2/passenger-km" in newest
    assert newest.count(" became ") == 1
    assert "The same document." in newest


def test_a_withdrawn_version_stays_with_its_reason(client, adopted, new_person, keys):
    reviewer = new_person(roles=("reviewer",))
    reviewer.post(f"/v1/operator/methodologies/{TRIP}/versions/1/withdraw", {"reason": "retracted by its publisher"})
    files = download(client)
    (trip,) = [one for one in check(files, keys)["versions"] if one["methodology_id"] == TRIP]
    assert (trip["status"], trip["ended_on"]) == ("withdrawn", "2026-11-21")
    assert "counts no more from 2026-11-21: retracted by its publisher" in files["CHANGELOG.md"].decode()


def test_drafts_are_no_part_of_it(client, submit, shipped, keys):
    submit(shipped)
    files = download(client)
    assert check(files, keys)["versions"] == []
    assert not [name for name in files if name.startswith("methodologies/")]


def with_another_mix() -> Tables:
    """The shipped tables, with one figure of one place changed that no worked example rests on."""
    tables = load_library().tables
    mixes = tables.tables["baselines.trip_mix"]
    changed = tuple(replace(row, value=Decimal("0.105")) if row.region == "CN-HE" else row for row in mixes.rows)
    by_item = {item: tuple(row for row in changed if row.item == item) for item in mixes.by_item}
    return replace(tables, tables={**tables.tables, mixes.name: replace(mixes, rows=changed, by_item=by_item)})
