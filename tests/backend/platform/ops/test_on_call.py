"""What the person on call has: switches with a trail, a doctor who names the remedy, commands that say no in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from backend.jobs.runner.dispatch import dispatch
from backend.jobs.runner.schedule import JOBS
from backend.jobs.runner.slots import run_slot
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data import transactions
from backend.platform.data.redis_store import connect
from backend.platform.ops import doctor, invariants, outbox, switches
from backend.platform.privacy.audit import AuditEntry


@pytest.fixture
def flask(app):
    """Run `flask <words>`; its exit code and what it printed."""
    runner = app.test_cli_runner()

    def run(*words):
        result = runner.invoke(args=words)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result.exit_code, result.output

    return run


@pytest.fixture
def wrong(app):
    """What the doctor finds wrong, by subject."""

    def ask(**options):
        with app.app_context():
            return {
                one.subject: [(finding.words, finding.remedy) for finding in one.findings]
                for one in doctor.examine(app, **options)
                if one.findings
            }

    return ask


@pytest.fixture
def healthy(app):
    """An installation whose jobs have run."""
    assert all(run_slot(app, job) for job in JOBS)


# --- switches -----------------------------------------------------------------------------------------------------


def test_read_only_refuses_every_write_with_the_time_to_come_back_and_still_answers_questions(probe, admin):
    probe_switch(probe, admin.user_id, switches.READ_ONLY, True)
    answer = probe.post("line")
    assert (answer.status_code, answer.json["code"]) == (503, "service.read_only")
    assert answer.headers["Retry-After"] == "60"
    assert probe.get("/v1/probe/notes").status_code == 200
    assert probe.notes() == []

    probe_switch(probe, admin.user_id, switches.READ_ONLY, False)
    assert probe.post("line").status_code == 201


def probe_switch(probe, wei, name, on):
    result = probe.app.test_cli_runner().invoke(
        args=["switches", "on" if on else "off", name, "--who", wei, "--reason", "a move"]
    )
    assert result.exit_code == 0, result.output


def test_a_process_that_did_not_turn_the_switch_knows_two_seconds_later(app, make_app, in_transaction, monkeypatch):
    other = make_app()

    def seen():
        with other.app_context():
            return transactions.in_transaction(lambda session: switches.is_on(session, switches.PAUSE_CHECKOUT))

    assert seen() is False
    in_transaction(lambda s: switches.turn(s, switches.PAUSE_CHECKOUT, True, who="Wei", reason="stock is recounted"))
    moment = switches.time.monotonic()
    monkeypatch.setattr(switches.time, "monotonic", lambda: moment + switches.LOOKED_UP_FOR_S + 0.1)
    assert seen() is True


def test_crediting_is_paused_for_one_methodology_alone(in_transaction, app, monkeypatch):
    monkeypatch.setitem(app.extensions, "carbon.rules_to_pause", lambda _session, rule: rule == "food.meal")
    in_transaction(lambda s: switches.turn(s, "pause_crediting:food.meal", True, who="Wei", reason="factor disputed"))
    assert in_transaction(lambda session: switches.is_crediting_paused(session, "food.meal"))
    assert not in_transaction(lambda session: switches.is_crediting_paused(session, "food.meals"))


def test_a_paused_checkout_refuses_with_the_time_to_come_back(in_transaction):
    in_transaction(lambda s: switches.turn(s, switches.PAUSE_CHECKOUT, True, who="Wei", reason="stock is recounted"))
    with pytest.raises(Refusal) as refused:
        in_transaction(switches.refuse_when_checkout_paused)
    assert (refused.value.code, refused.value.facts) == ("service.paused", {"retry_after_s": 60})


def entries(in_transaction):
    """The audit trail, but for how the tests' administrators came to be."""
    wanted = select(AuditEntry).where(AuditEntry.action != "role.granted").order_by(AuditEntry.id)
    return in_transaction(lambda session: session.scalars(wanted).all())


def test_every_turn_is_in_the_audit_trail(flask, new_person, in_transaction):
    wei, lin = (new_person(roles=("admin",)).user_id for _ in range(2))
    assert flask("switches", "on", "read_only", "--who", wei, "--reason", "moving")[0] == 0
    assert flask("switches", "off", "read_only", "--who", lin, "--reason", "moved")[0] == 0
    assert [(one.who, one.action, one.subject, one.reason) for one in entries(in_transaction)] == [
        (wei, "switch.on", "read_only", "moving"),
        (lin, "switch.off", "read_only", "moved"),
    ]
    _, shown = flask("audit", "--subject", "read_only")
    assert shown.index("moved") < shown.index("moving"), "the latest first"
    assert "off" in flask("switches", "list")[1]


@pytest.mark.parametrize(
    "words",
    [
        ("switches", "on", "nonsense", "--who", "Wei", "--reason", "why"),
        ("switches", "on", "pause_crediting:", "--who", "Wei", "--reason", "why"),
        ("switches", "on", "pause_crediting:transport.broomstick", "--who", "Wei", "--reason", "why"),
        ("switches", "on", "Read_only", "--who", "Wei", "--reason", "why"),
        ("switches", "off", "pause_crediting:transport.broomstick", "--who", "Wei", "--reason", "why"),
        ("switches", "on", "read_only", "--who", "Wei"),
        ("switches", "on", "read_only", "--who", " ", "--reason", "why"),
        ("jobs", "redrive", "out_none", "--who", "Wei", "--reason", "why"),
    ],
)
def test_a_command_that_cannot_act_says_so_and_changes_nothing(words, flask, admin, in_transaction):
    code, output = flask(*(admin.user_id if word == "Wei" else word for word in words))
    assert code != 0
    assert "Error" in output
    assert entries(in_transaction) == []


def test_a_switch_of_a_rule_that_is_no_more_can_be_turned_off(flask, admin, app, monkeypatch):
    monkeypatch.setitem(app.extensions, "carbon.rules_to_pause", lambda _session, _rule: True)
    turn = ("pause_crediting:food.meal", "--who", admin.user_id, "--reason", "why")
    assert flask("switches", "on", *turn)[0] == 0
    monkeypatch.setitem(app.extensions, "carbon.rules_to_pause", lambda _session, _rule: False)
    assert flask("switches", "on", *turn)[0] == 1
    assert flask("switches", "off", *turn)[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("switches", "list"), "No switch was ever turned."),
        (("audit", "--subject", "usr_1"), "Nothing was done to usr_1."),
        (("audit",), "No operator has done anything yet."),
        (("jobs", "dead"), "No letter lies dead."),
        (("checkout", "attention"), "No order needs anybody."),
        (("registry", "dues"), "No serials are due."),
        (("registry", "dues", "--state", "asked"), "No serials are asked."),
    ],
)
def test_a_command_that_finds_nothing_says_so(words, said, flask, in_transaction):
    assert flask(*words) == (0, f"{said}\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("languages", "missing", "nonsense"), "names no language"),
        (("languages", "missing", "e"), "names no language"),
        (("languages", "missing", ""), "names no language"),
        (("audit", "--last", "0"), "--last"),
        (("audit", "--last", "-5"), "--last"),
        (("accounts", "bootstrap-admin", "lin", "--reason", "why"), "its id (usr_…) or by an e-mail"),
        (("accounts", "bootstrap-admin", "usr_1", "--reason", "why"), "its id (usr_…) or by an e-mail"),
        (("checkout", "sync", "usr_1", "ord_1"), "not_found"),
    ],
)
def test_a_command_that_cannot_read_what_was_typed_says_what_to_type(words, said, flask):
    code, output = flask(*words)
    assert code != 0
    assert "Error:" in output
    assert said in output


@pytest.mark.parametrize("tag", ["zh-cn", "zh-CN", "ZH-CN"])
def test_a_language_is_found_in_whatever_case_it_is_typed(tag, flask):
    assert flask("languages", "missing", tag) == (0, "zh-CN has every text.\n")


# --- dead letters ---------------------------------------------------------------------------------------------------


def test_a_dead_letter_is_listed_and_sent_again_by_command(flask, app, admin, in_transaction):
    row = in_transaction(lambda session: outbox.enqueue(session, "usr_1", "unheard_of", {}))
    dispatch(app)
    assert f"{row} " in flask("jobs", "dead")[1]
    assert "no handler" in flask("jobs", "dead")[1]
    code, output = flask("jobs", "redrive", row, "--who", admin.user_id, "--reason", "handler deployed")
    assert (code, output.strip()) == (0, f"{row} is back in the outbox.")
    assert flask("jobs", "dead")[1] == "No letter lies dead.\n"


# --- the doctor -----------------------------------------------------------------------------------------------------


def test_a_healthy_installation_is_told_so(healthy, flask, wrong):
    assert wrong() == {}
    code, output = flask("doctor", "--deep")
    assert code == 0, output
    assert "WRONG" not in output
    assert "invariants" in output


def test_the_doctor_lists_what_is_due_for_review(healthy, wrong, frozen_clock):
    frozen_clock.advance(timedelta(days=200))
    found = wrong()
    (claims, *_) = found["offset documents"]
    assert "the claims document de was due for review on 2026-12-31 (degraded)" in claims[0]
    assert any(
        "baselines.disposal_mix" in words and "due for review on 2026-12-31" in words for words, _ in found["reviews"]
    )


def test_the_doctors_exit_code_says_that_something_is_wrong(flask):
    code, output = flask("doctor")
    assert code == 1
    assert "has not run yet\n         -> let one process run" in output


def test_a_schema_behind_the_code_is_found(healthy, wrong, in_transaction, client):
    in_transaction(lambda session: session.execute(text("UPDATE alembic_version SET version_num = '0001'")))
    assert wrong()["schema"] == [("the schema is behind the code", "flask --app wsgi db upgrade")]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["code"], answer.json["schema"]) == (503, "service.not_ready", "behind")


def test_a_schema_ahead_of_the_code_is_fine_while_a_new_version_is_rolled_out(healthy, wrong, in_transaction, client):
    in_transaction(lambda session: session.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    assert "schema" not in wrong()
    assert client.get("/readyz").status_code == 200


def test_a_missing_trigger_is_found(healthy, wrong, in_transaction, engine):
    on = "" if engine == "sqlite" else " ON audit_entries"
    in_transaction(lambda session: session.execute(text(f"DROP TRIGGER audit_entries_update_refused{on}")))
    [(words, remedy)] = wrong()["triggers"]
    assert words.startswith("the trigger audit_entries_update_refused is missing")
    assert "restore it" in remedy


def test_a_clock_that_differs_from_the_databases_is_found(healthy, wrong, monkeypatch):
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=9))
    [(words, _)] = wrong()["clock"]
    assert words.startswith("this machine's clock and the database's differ by +")


def test_a_silent_redis_is_found_and_does_not_make_the_process_unready(healthy, wrong, app, client, settings):
    app.extensions["carbon.redis"] = connect(replace(settings, redis_url="redis://127.0.0.1:1/0"))
    assert "ConnectionError" in wrong()["redis"][0][0]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["redis"]) == (200, "down")


def test_a_silent_database_is_found_and_nothing_that_needs_it_is_looked_at(app, monkeypatch, make_app, tmp_path):
    (tmp_path / "gone.db").mkdir()  # a directory cannot be opened as a database
    broken = make_app(database_url=f"sqlite:///{tmp_path}/gone.db")
    with broken.app_context():
        found = {one.subject: one.findings for one in doctor.examine(broken)}
    assert "does not answer" in found["database"][0].words
    assert "schema" not in found
    answer = broken.test_client().get("/readyz")
    assert (answer.status_code, answer.json["database"]) == (503, "down")
    assert broken.test_client().get("/healthz").status_code == 200


def test_what_waits_too_long_and_what_lies_dead_is_found(healthy, wrong, in_transaction, frozen_clock, app):
    in_transaction(lambda session: outbox.enqueue(session, "usr_1", "unheard_of", {}))
    frozen_clock.advance(timedelta(minutes=2))
    assert wrong()["outbox"][0][0] == "a row of the outbox has waited for 120 s"
    dispatch(app)
    assert wrong()["dead letters"][0][0] == "1 letters lie dead"


def test_a_job_that_failed_or_stopped_running_is_found(wrong, in_transaction, frozen_clock, app):
    def fail(run):
        raise ZeroDivisionError

    for job in JOBS[1:]:
        run_slot(app, job)
    run_slot(app, replace(JOBS[0], work=fail))
    assert wrong()["jobs"][0][0].startswith(f"{JOBS[0].name} failed at 2026-11-20T04:00:00+00:00: ZeroDivisionError")
    frozen_clock.advance(3 * max(job.every for job in JOBS))
    assert len(wrong()["jobs"]) == len(JOBS)


def test_a_key_file_that_others_can_read_is_found(healthy, wrong, settings):
    key = settings.var_dir / "token_key.pem"
    key.chmod(0o644)
    try:
        assert wrong()["key files"] == [
            ("others on this machine can read token_key.pem", f"chmod 600 {key}"),
        ]
    finally:
        key.chmod(0o600)


def test_a_full_disk_is_found(healthy, wrong, monkeypatch):
    monkeypatch.setattr(doctor, "DISK_NEEDED_BYTES", 1 << 62)
    assert "MiB are free" in wrong()["disk"][0][0]


def test_production_on_development_parts_is_told_which(make_app, tmp_path):
    careless = make_app(environment="production", redis_url="embedded://", database_url=f"sqlite:///{tmp_path}/a.db")
    with careless.app_context():
        settings = next(iter(doctor.examine(careless)))
    assert settings.subject == "settings"
    assert [finding.remedy.split()[1] for finding in settings.findings] == [
        "CARBON_DATABASE_URL",
        "CARBON_REDIS_URL",
        "CARBON_SMS_AND_MAIL",
    ]


def test_a_switch_that_is_on_is_shown_with_who_and_why(healthy, wrong, in_transaction):
    in_transaction(lambda s: switches.turn(s, switches.READ_ONLY, True, who="Wei", reason="moving"))
    [(words, remedy)] = wrong()["switches"]
    assert words.endswith("by Wei: moving")
    assert "switches off read_only" in remedy


@pytest.mark.breaks_invariants("one is declared that never holds")
def test_a_broken_invariant_is_found_when_asked_to_look_deeply(healthy, app, wrong):
    app.extensions["carbon.checks"] = dict(app.extensions.get("carbon.checks", {}))
    invariants.declare(app, "always broken", lambda session: ["a lost point"])
    assert "invariants" not in wrong()
    assert wrong(deeply=True)["invariants"][0][0] == "always broken: a lost point"


def test_the_outbox_and_the_dead_letters_are_in_the_metrics(client, in_transaction, frozen_clock):
    in_transaction(lambda session: outbox.enqueue(session, "usr_1", "topic", {}))
    frozen_clock.advance(timedelta(seconds=90))
    figures = client.get("/metrics").text
    assert "carbon_outbox_lag_seconds 90.0" in figures
    assert "carbon_dead_letters 0.0" in figures
