"""The storage port: a folder and a bucket keep the same promises."""

from __future__ import annotations

import threading
from dataclasses import replace
from http.server import ThreadingHTTPServer

import pytest

from backend.platform.core.errors import Refusal
from backend.ports.storage import Missing, the_storage
from config import SettingsRefused, load_settings
from tests.backend.ports.bucket_server import BUCKET, KEY, REGION, BucketServer

pytestmark = pytest.mark.alike_on_both_engines("files are kept beside the database, never in it")


@pytest.fixture
def bucket():
    server = ThreadingHTTPServer(("127.0.0.1", 0), BucketServer)
    server.objects, server.refused, server.failing = {}, 0, 0
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def address(server, key: str = KEY) -> str:
    return f"s3+http://{key}:secret@127.0.0.1:{server.server_address[1]}/{BUCKET}?region={REGION}"


@pytest.fixture(params=["folder", "bucket"])
def storage(request, make_app, bucket, tmp_path):
    changes = {"var_dir": tmp_path} | ({} if request.param == "folder" else {"storage": address(bucket)})
    with make_app(**changes).app_context():
        yield the_storage()


def test_what_was_put_is_there_until_it_is_deleted(storage):
    storage.put("usr_a/evd_1", b"one")
    storage.put("usr_a/evd_1", b"another")
    assert storage.get("usr_a/evd_1") == b"another"
    storage.delete("usr_a/evd_1")
    storage.delete("usr_a/evd_1")
    with pytest.raises(Missing):
        storage.get("usr_a/evd_1")


def test_everything_of_one_owner_goes_and_nothing_else(storage):
    for name in ("usr_a/evd_1", "usr_a/evd_2", "usr_ab/evd_3"):
        storage.put(name, b"x")
    storage.delete_all("usr_a/")
    storage.delete_all("usr_a/")
    assert storage.get("usr_ab/evd_3") == b"x"
    with pytest.raises(Missing):
        storage.get("usr_a/evd_2")


@pytest.mark.parametrize(
    "name", ["", "x", "../etc/passwd", "/etc/passwd", "usr_a/../usr_b", "usr_a//x", "usr_a/x/", "A/b"]
)
def test_a_name_never_leads_out_of_the_place(name, storage):
    with pytest.raises(ValueError, match="name"):
        storage.put(name, b"x")
    with pytest.raises(ValueError, match="prefix"):
        storage.delete_all(name)


def test_no_file_is_touched_while_a_transaction_is_open(storage, in_transaction):
    with pytest.raises(RuntimeError, match="remote call"):
        in_transaction(lambda _: storage.get("usr_a/evd_1"))
    with pytest.raises(RuntimeError, match="remote call"):
        in_transaction(lambda _: storage.delete_all("usr_a/"))


def test_files_in_the_folder_are_nobody_elses(make_app, tmp_path):
    with make_app(var_dir=tmp_path).app_context():
        the_storage().put("usr_a/evd_1", b"x")
    (kept,) = (path for path in (tmp_path / "files").rglob("*") if path.is_file())
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.parent.stat().st_mode & 0o077 == 0


def test_a_bucket_that_is_busy_for_a_moment_is_asked_again(make_app, bucket):
    with make_app(storage=address(bucket)).app_context():
        bucket.failing = 2
        the_storage().put("usr_a/evd_1", b"x")
        assert the_storage().get("usr_a/evd_1") == b"x"
    assert bucket.refused == 0


def test_a_bucket_that_refuses_us_is_an_outage_and_no_missing_file(make_app, bucket):
    with make_app(storage=address(bucket, key="wrong")).app_context():
        with pytest.raises(Refusal, match=r"service\.busy"):
            the_storage().get("usr_a/evd_1")
        with pytest.raises(Refusal, match=r"service\.busy"):
            the_storage().put("usr_a/evd_1", b"x")
    assert bucket.objects == {}


@pytest.mark.parametrize("setting", ["ftp://x", "s3://host/bucket", "s3://key:secret@host", "s3://key:secret@host/a/b"])
def test_a_storage_that_is_incomplete_is_named_at_start(setting):
    with pytest.raises(SettingsRefused, match="CARBON_STORAGE"):
        load_settings({"CARBON_STORAGE": setting})


def test_a_storage_nobody_knows_is_named(app):
    with app.app_context():
        from backend.ports import storage

        with pytest.raises(ValueError, match="CARBON_STORAGE"):
            storage._make(replace(app.extensions["carbon.settings"], storage="pigeon"))
