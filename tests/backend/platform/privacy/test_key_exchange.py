"""The master that wraps every key is exchanged while people come, write and go, and nothing that was sealed is lost."""

from __future__ import annotations

import subprocess
import sys
import threading

import flask_migrate
import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import insert

from backend.accounts import service as accounts
from backend.platform.data import ids, transactions
from backend.platform.data.schema import MIGRATIONS, attach_migrations, upgrade_schema
from backend.platform.ops import invariants
from backend.platform.ops.cli_keys import refuse_missing_masters
from backend.platform.privacy import key_exchange
from backend.platform.privacy.audit import AuditEntry
from backend.platform.privacy.master_keys import MasterKey, MasterMissing
from backend.platform.privacy.vault import DataKey, KeyErased, the_vault
from config import SettingsRefused, environment_with
from tests.house.source import ROOT
from tests.invariants import violations
from tests.races import parallel
from tests.worlds import test_environ as environ_of_tests

NEW = "another secret of the same installation, as long"
PURPOSE = "tests"
pytestmark = pytest.mark.breaks_invariants  # for an app that only knows the old master; `exchanged` is asked instead


@pytest.fixture
def old(settings):
    return settings.secret_key


@pytest.fixture
def exchanged(make_app, old):
    """The installation as its processes are while the old master still opens: the new one wraps."""
    return make_app(secret_key=NEW, other_secret_keys=(old,))


@pytest.fixture(autouse=True)
def _whatever_happened_every_invariant_holds(exchanged):
    yield
    assert violations(exchanged) == []


def within(app, work, **options):
    with app.app_context():
        return transactions.in_transaction(work, **options)


def seal(app, user_id, plain=b"words"):
    return within(app, lambda session: the_vault().seal(session, user_id, PURPOSE, plain))


def unseal(app, user_id, sealed):
    return within(app, lambda session: the_vault().unseal(session, user_id, PURPOSE, sealed), read_only=True)


def rewrap(app, who, *more):
    return app.test_cli_runner().invoke(args=["keys", "rewrap", "--who", who, "--reason", "a new master", *more])


def names(app):
    return within(app, key_exchange.count_by_master, read_only=True)


def broken(app):
    with app.app_context():
        return [str(one.found) for one in invariants.run_whole("keys")]


# --- the exchange -------------------------------------------------------------------------------------------------


def test_what_was_sealed_before_opens_during_and_after_the_exchange(app, make_app, exchanged, person, admin):
    sealed = seal(app, person.user_id)
    assert unseal(exchanged, person.user_id, sealed) == b"words"

    done = rewrap(exchanged, admin.user_id, "--at-once", "1")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[:2] == ["2 of 3 keys", "3 of 3 keys"]  # the directories' own comes first
    assert names(exchanged) == {MasterKey(NEW).name: 3}

    after = make_app(secret_key=NEW)
    assert unseal(after, person.user_id, sealed) == b"words"
    assert broken(after) == []
    refuse_missing_masters(after)


def test_whoever_comes_meanwhile_gets_a_key_of_the_current_master(exchanged, old):
    within(exchanged, lambda session: accounts.create_user(session, is_guest=True))
    assert names(exchanged) == {MasterKey(old).name: 1, MasterKey(NEW).name: 1}


def test_a_process_that_only_knows_the_next_master_as_another_wraps_by_the_present_one(make_app, old, app):
    announced = make_app(other_secret_keys=(NEW,))
    user_id = within(announced, lambda session: accounts.create_user(session, is_guest=True))
    assert set(names(app)) == {MasterKey(old).name}
    assert unseal(announced, user_id, seal(app, user_id)) == b"words"


def test_addresses_lead_to_the_same_accounts_after_the_exchange(app, make_app, exchanged, admin):
    def hash_of(one):
        with one.app_context():
            return the_vault().keyed_hash("email", "lin@example.org")

    before = hash_of(app)
    assert rewrap(exchanged, admin.user_id).exit_code == 0
    assert [hash_of(exchanged), hash_of(make_app(secret_key=NEW))] == [before, before]


def test_the_exchange_is_an_entry_of_the_audit_trail(exchanged, admin, in_transaction):
    rewrap(exchanged, admin.user_id)
    query = select(AuditEntry.who, AuditEntry.subject, AuditEntry.reason).where(AuditEntry.action == "keys.rewrap")
    assert in_transaction(lambda session: session.execute(query).all()) == [
        (admin.user_id, MasterKey(NEW).name, "a new master")
    ]


def test_keys_of_a_version_without_names_are_opened_and_named(app, make_app, exchanged, person, admin, in_transaction):
    sealed = seal(app, person.user_id)
    in_transaction(lambda session: session.execute(text("UPDATE data_keys SET wrapped_by = ''")))
    refuse_missing_masters(exchanged)
    assert rewrap(exchanged, admin.user_id).exit_code == 0
    assert unseal(make_app(secret_key=NEW), person.user_id, sealed) == b"words"


def test_the_list_says_what_each_master_is_for(app, make_app, exchanged, person, old):
    said = exchanged.test_cli_runner().invoke(args=["keys", "list"]).output.splitlines()
    assert [line.split(maxsplit=3) for line in said] == [
        [MasterKey(NEW).name, "0", "keys", "opens and wraps"],
        [MasterKey(old).name, "2", "keys", "opens"],
    ]
    said = make_app(secret_key=NEW).test_cli_runner().invoke(args=["keys", "list"]).output
    assert f"{MasterKey(old).name}              2 keys   NOT CONFIGURED".split() == said.splitlines()[1].split()


# --- a master that is not there -------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [True, False])
def test_without_the_master_that_wrapped_a_key_nothing_starts(named, app, make_app, person, old, in_transaction):
    if not named:
        in_transaction(lambda session: session.execute(text("UPDATE data_keys SET wrapped_by = ''")))
    alone = make_app(secret_key=NEW)
    with pytest.raises(SettingsRefused, match="CARBON_OTHER_SECRET_KEYS: keys are wrapped by the master") as refused:
        refuse_missing_masters(alone)
    name = MasterKey(old).name
    assert [one.split("master ")[1].split(":")[0] for one in refused.value.problems] == (
        [name] if named else ["(no name)", name]
    )
    assert len(broken(alone)) == len(refused.value.problems)
    with pytest.raises(MasterMissing):
        seal(alone, person.user_id)


def test_readiness_names_the_master_that_is_missing(make_app, exchanged, person, old):
    alone = make_app(secret_key=NEW).test_client().get("/readyz")
    assert (alone.status_code, alone.json["code"]) == (503, "service.not_ready")
    assert alone.json["keys"] == f"missing {MasterKey(old).name}"
    assert alone.json["keys"] in alone.json["detail"]
    known = exchanged.test_client().get("/readyz")
    assert (known.status_code, known.json["keys"]) == (200, "ok")


def test_one_key_under_a_retired_master_is_found(exchanged, make_app, person, admin, old, in_transaction):
    rewrap(exchanged, admin.user_id)
    after = make_app(secret_key=NEW)
    assert broken(after) == []
    late = MasterKey(old).wrap("usr_late", b"k" * 32)
    in_transaction(
        lambda session: session.execute(
            DataKey.__table__.insert(), {"user_id": "usr_late", "wrapped": late.wrapped, "wrapped_by": late.wrapped_by}
        )
    )
    assert broken(after) == [f"{MasterKey(old).name}: wraps keys and is not configured"]
    # while the former one opens it is well again, and the command that was run too early says what it left
    assert rewrap(after, admin.user_id).exit_code == 1
    assert rewrap(exchanged, admin.user_id).exit_code == 0
    assert broken(after) == []


def environ(world, **changes):
    own = environ_of_tests(world.settings.var_dir) | world.place.environ
    return environment_with(own | {f"CARBON_{name}": value for name, value in changes.items()})


def test_a_server_without_the_master_says_so_and_ends(world, person):
    server = [sys.executable, "-m", "backend.app.web_server", "--port", "0"]
    ended = subprocess.run(
        server, cwd=ROOT, env=environ(world, SECRET_KEY=NEW), capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    assert "CARBON_OTHER_SECRET_KEYS: keys are wrapped by the master" in ended.stderr + ended.stdout


def test_the_jobs_without_the_master_say_so_and_end(make_app, person):
    ended = make_app(secret_key=NEW).test_cli_runner().invoke(args=["jobs", "run"])
    assert (ended.exit_code, "CARBON_OTHER_SECRET_KEYS" in ended.output) == (1, True)


def test_a_database_that_is_behind_is_not_asked(app, make_app, person):
    go_back(app)
    refuse_missing_masters(make_app(secret_key=NEW))
    upgrade_schema(app)


# --- meanwhile ------------------------------------------------------------------------------------------------------


def test_killed_in_the_middle_it_goes_on_where_it_was(world, app, exchanged, person, admin, old, in_transaction):
    sealed = seal(app, person.user_id)
    in_transaction(lambda session: [accounts.create_user(session, is_guest=True) for _ in range(300)] and None)
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "keys", "rewrap", "--at-once", "1"]
    command += ["--who", admin.user_id, "--reason", "a new master"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environ(world, SECRET_KEY=NEW, OTHER_SECRET_KEYS=old), stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout.readline() == "2 of 303 keys\n"
        running.kill()

    counts = names(exchanged)
    assert counts[MasterKey(NEW).name] + counts[MasterKey(old).name] == 303
    assert counts[MasterKey(NEW).name] >= 2
    assert counts[MasterKey(old).name] > 0
    assert unseal(exchanged, person.user_id, sealed) == b"words"
    done = rewrap(exchanged, admin.user_id)
    assert done.output.splitlines()[0] == f"{counts[MasterKey(old).name]} of {counts[MasterKey(old).name]} keys"
    assert names(exchanged) == {MasterKey(NEW).name: 303}


def test_people_come_write_and_go_while_every_key_is_wrapped_again(app, exchanged, admin):
    owners = [ids.new_id("letter") for _ in range(40)]
    within(app, lambda session: [the_vault().make_key(session, one) for one in owners] and None)
    sealed = {one: seal(app, one) for one in owners}
    leaving, staying = owners[::2], owners[1::2]
    came = []

    def work(index):
        if index == 0:
            assert rewrap(exchanged, admin.user_id, "--at-once", "1").exit_code == 0
        elif index == 1:
            for one in leaving:
                within(app, lambda session, one=one: the_vault().erase_key(session, one))
        else:
            for one in staying:
                assert unseal(app, one, sealed[one]) == b"words"
                came.append(within(exchanged, lambda session: accounts.create_user(session, is_guest=True)))

    assert parallel(3, work).errors == []
    assert all(unseal(exchanged, one, sealed[one]) == b"words" for one in staying)
    for one in leaving:
        with pytest.raises(KeyErased):
            unseal(exchanged, one, sealed[one])
    assert names(exchanged) == {MasterKey(NEW).name: len(staying) + len(came) + 2}


INSERT = insert(DataKey.__table__).values(
    user_id=bindparam("owner"), wrapped=bindparam("new"), wrapped_by=bindparam("by")
)
UNGUARDED = INSERT.on_conflict_do_update(
    index_elements=["user_id"], set_={name: INSERT.excluded[name] for name in ("wrapped", "wrapped_by")}
)


@pytest.mark.parametrize("guard", [True, False])
@pytest.mark.parametrize("happening", ["erased", "made anew"])
def test_a_key_that_changed_after_it_was_read_stays_as_it_is_now(
    guard, happening, engine, app, exchanged, old, monkeypatch
):
    if engine == "sqlite":
        pytest.skip("a writer on SQLite is alone: nothing happens between its reading and its writing")
    owner, read = ids.new_id("letter"), key_exchange._again
    within(app, lambda session: the_vault().make_key(session, owner))

    def another_process():
        within(app, lambda session: the_vault().erase_key(session, owner))
        if happening == "made anew":
            within(app, lambda session: the_vault().make_key(session, owner))

    def read_and_wait(masters, of, key):
        thread = threading.Thread(target=another_process)
        thread.start()
        thread.join()
        return read(masters, of, key)

    monkeypatch.setattr(key_exchange, "_again", read_and_wait)
    if not guard:
        monkeypatch.setattr(key_exchange, "REWRAP", UNGUARDED)
    within(exchanged, lambda session: key_exchange.rewrap_some(session, "", 10))
    kept = within(app, lambda session: session.scalars(select(DataKey.wrapped_by)).all())
    assert (kept == ([] if happening == "erased" else [MasterKey(old).name])) is guard


# --- the first time -------------------------------------------------------------------------------------------------


def go_back(app):
    """Make the database what the version before left: keys without names, directories keyed by the only master."""
    attach_migrations(app)
    with app.app_context():
        flask_migrate.downgrade(directory=str(MIGRATIONS), revision="0039")


@pytest.mark.parametrize("masters", ["the same", "exchanged before"])
def test_the_directories_keep_their_values_when_they_get_a_key_of_their_own(masters, app, make_app, old):
    owner = ids.new_id("letter")
    with app.app_context():
        before = the_vault().keyed_hash("email", "lin@example.org")
    sealed = seal_new(app, owner)
    go_back(app)
    now = make_app() if masters == "the same" else make_app(secret_key=NEW, other_secret_keys=(old,))
    upgrade_schema(now)
    with now.app_context():
        assert the_vault().keyed_hash("email", "lin@example.org") == before
    assert unseal(now, owner, sealed) == b"words"


def seal_new(app, owner):
    within(app, lambda session: the_vault().make_key(session, owner))
    return seal(app, owner)


def test_an_upgrade_under_a_master_that_opens_nothing_is_refused(app, make_app):
    seal_new(app, ids.new_id("letter"))
    go_back(app)
    ended = make_app(secret_key=NEW).test_cli_runner().invoke(args=["db", "upgrade"])
    assert ended.exit_code == 1
    upgrade_schema(app)


def test_there_is_no_way_back_from_an_exchanged_master(exchanged, admin):
    rewrap(exchanged, admin.user_id)
    ended = exchanged.test_cli_runner().invoke(args=["db", "downgrade", "0039"])
    assert ended.exit_code == 1
    upgrade_schema(exchanged)  # later versions did go back
    assert names(exchanged) == {MasterKey(NEW).name: 2}
