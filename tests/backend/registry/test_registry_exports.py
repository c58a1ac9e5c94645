"""An export of a registry becomes lots: all its blocks or none, each once, every fault by its row and column."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from backend.platform.core.actor import OperatorAct
from backend.platform.core.errors import InvalidFields, word_field_error
from backend.platform.core.i18n import ENGLISH, Language
from backend.registry import service as registry
from offsets import list_project_documents
from tests.backend.registry.conftest import PROJECT, SERIALS, small_lot

TONNE = 1_000_000
KEEPER = OperatorAct("usr_keeper", "bought in spring")
VERRA = "Issuance Date,Vintage Start,Vintage End,ID,Name,Quantity Issued,Serial Number,Retirement/Cancellation Date"
OURS = "project,vintage,quantity_t,serials"

# by registry: the heading of its export, the number of a project there, and one block of twelve units
FORMS = {
    "verra": (
        VERRA,
        "1477",
        "01/02/2020,01/01/2019,31/12/2019,1477,Katingan,12,DEMO-14-101-112-VCS-VCU-352-VER-ID-14-1477-01012019-31122019-0,",
    ),
    "gold-standard": (
        "GSID,Project Name,Vintage,Quantity,Serial Number,Retirement Date",
        "1001",
        "GS1001,Wind,2019,12,DEMO-GS1-1-TW-GS1001-12-2019-20258-1-12,",
    ),
    "acr": (
        "Project ID,Vintage,Quantity of Credits,Credit Serial Numbers",
        "ACR192",
        "ACR192,2010,12,DEMO-ACR-US-192-2010-203-1 to 12",
    ),
    "car": (
        "Project ID,Vintage,Quantity of Offset Credits,Offset Credit Serial Numbers",
        "293",
        "CAR293,2006,12,DEMO-CAR-1-US-293-1-120-CA-2006-102-1 to 12",
    ),
    "ccer": (OURS, "CCER-7", "CCER-7,2024,12,DEMO-CCER-2024/0007(海上风电)"),
    "other": (OURS, "A 7", "A7,2024,12,DEMO-PURO 77/B"),
}


@pytest.fixture
def bring(in_transaction):
    """`bring("verra", heading, row, ...)`: what came of importing the export."""

    def work(registry_id: str, *lines: str, is_trial: bool = False) -> Any:
        act = OperatorAct(KEEPER.who, KEEPER.reason, is_trial)
        return in_transaction(lambda session: registry.import_lots(session, registry_id, "\n".join(lines), act))

    return work


@pytest.fixture
def project_of(in_transaction):
    """A project of a registry, on sale, with no lots."""

    def work(registry_id: str, number: str) -> None:
        document = list_project_documents()[PROJECT].split("[[lot]]")
        after = document[1][document[1].index("[[price]]") :]
        text = document[0].replace('"verra"', f'"{registry_id}"').replace('"1477"', f'"{number}"') + after
        in_transaction(lambda session: registry.record_project(session, "project.toml", text))

    return work


def verra(quantity: str, serials: str, *, vintage_end: str = "31/12/2019", project: str = "1477") -> str:
    return f'01/02/2020,01/01/2019,{vintage_end},{project},Katingan,"{quantity}",{serials},'


@pytest.mark.parametrize("registry_id", FORMS)
def test_the_export_of_each_registry_is_read_by_its_own_columns_and_once(registry_id, bring, project_of, stock):
    heading, number, row = FORMS[registry_id]
    project_of(registry_id, number)
    came = bring(registry_id, heading, row)
    assert [(lot.project_id, lot.units) for lot in came.lots] == [(PROJECT, 12)]
    assert stock() == (12 * TONNE, 0, 0)
    again = bring(registry_id, heading, row)
    assert (again.lots, again.known_blocks) == ((), 1)
    assert stock() == (12 * TONNE, 0, 0)


def test_an_export_of_acr_is_read_by_the_heading_of_its_older_ones_too(bring, project_of, stock):
    project_of("acr", "ACR192")
    heading = "Project ID,Vintage,Offset Credit Serial Numbers,Quantity of Offset Credits,Status Effective"
    came = bring("acr", heading, "ACR192,2010,DEMO-ACR-US-192-2010-203-1 to 12,12,12/29/15")
    assert [(lot.project_id, lot.units) for lot in came.lots] == [(PROJECT, 12)]
    assert stock() == (12 * TONNE, 0, 0)


def test_an_export_with_seven_faults_names_each_by_row_and_column_and_writes_nothing(shelf, bring, in_transaction):
    shelf(small_lot("a", units=3))
    rows = [
        verra("2", SERIALS.format(first=10, last=11)),
        verra("2", SERIALS.format(first=20, last=21), project="9999"),
        verra("two", SERIALS.format(first=30, last=31)),
        verra("3", SERIALS.format(first=40, last=41)),
        verra("2", "VCS-40-41"),
        verra("2", SERIALS.format(first=50, last=51), vintage_end="31/12/2999"),
        verra("2", SERIALS.format(first=11, last=12)),
        verra("1", SERIALS.format(first=60, last=60)) + "03/03/2021",
    ]
    with pytest.raises(InvalidFields) as refused:
        bring("verra", VERRA, *rows)
    named = [(error["field"], error["code"]) for error in refused.value.errors]
    assert named == [
        ("rows[3].ID", "export_unknown_project"),
        ("rows[4].Quantity Issued", "register_count"),
        ("rows[5].Quantity Issued", "export_quantity"),
        ("rows[6].Serial Number", "export_serials"),
        ("rows[7].Vintage End", "export_vintage"),
        ("rows[8].Serial Number", "export_overlap_row"),
        ("rows[9].Retirement/Cancellation Date", "export_closed"),
    ]
    for language in (ENGLISH, Language("zh-CN")):
        assert all("{" not in word_field_error(error, language)["message"] for error in refused.value.errors)
    assert in_transaction(lambda session: session.scalar(text("SELECT count(*) FROM lots"))) == 1
    assert in_transaction(lambda session: session.scalar(text("SELECT sum(blocks) FROM serial_series"))) == 1


def test_a_block_that_shares_units_with_a_known_one_is_named_with_the_lot(shelf, bring, stock):
    shelf(small_lot("a", units=3))
    good = verra("2", SERIALS.format(first=10, last=11))
    for serials, units in ((SERIALS.format(first=3, last=4), 2), (SERIALS.format(first=1, last=2), 2)):
        with pytest.raises(InvalidFields) as refused:
            bring("verra", VERRA, good, verra(str(units), serials))
        (error,) = refused.value.errors
        assert (error["field"], error["code"], error["lot_id"]) == ("rows[3].Serial Number", "export_overlap", "a")
    assert stock() == (3 * TONNE, 0, 0)


def test_the_same_block_is_known_however_it_is_spelled_and_another_vintage_of_it_is_a_fault(shelf, bring, stock):
    shelf(small_lot("a", units=1_200))
    came = bring("verra", VERRA, verra("1,200", SERIALS.format(first=1, last=1_200).lower()))
    assert (came.lots, came.known_blocks) == ((), 1)
    with pytest.raises(InvalidFields):
        bring("verra", VERRA, verra("1200", SERIALS.format(first=1, last=1_200), vintage_end="2018-12-31"))
    assert stock() == (1_200 * TONNE, 0, 0)


@pytest.mark.parametrize(
    "lines, code",
    [
        (["ID,Vintage End,Serial Number"], "register_heading"),
        ([VERRA], "register_size"),
        ([VERRA, "1477,2019"], "register_cells"),
        ([], "register_heading"),
        ([VERRA, "x" * 200_000], "register_unreadable"),
    ],
)
def test_a_file_that_is_no_export_is_refused_with_the_columns_it_needs(lines, code, shelf, bring):
    shelf()
    with pytest.raises(InvalidFields) as refused:
        bring("verra", *lines)
    assert [error["code"] for error in refused.value.errors] == [code]


def test_an_operator_tries_an_export_before_importing_it(shelf, new_person, stock):
    shelf(small_lot("a", units=3))
    keeper = new_person(roles=("finance",))
    export = "\n".join(
        [VERRA, verra("2", SERIALS.format(first=10, last=11)), verra("3", SERIALS.format(first=1, last=3))]
    )

    def send(query: str, person: Any = keeper) -> Any:
        path = f"/v1/operator/lots?registry=verra&reason=spring{query}"
        return person.call("POST", path, data=export.encode(), content_type="text/csv")

    trial = send("&dry_run=yes")
    assert trial.status_code == 201, trial.json
    assert (len(trial.json["lots"]), trial.json["known_blocks"], trial.json["is_trial"]) == (1, 1, True)
    assert stock() == (3 * TONNE, 0, 0)
    assert send("").json["lots"] == trial.json["lots"]
    assert stock() == (5 * TONNE, 0, 0)
    assert send("", new_person()).status_code == 403


def test_the_command_says_what_it_would_import_and_what_it_did(app, shelf, new_person, tmp_path, stock):
    shelf()
    export = tmp_path / "export.csv"
    export.write_text("\n".join([VERRA, verra("2", SERIALS.format(first=1, last=2))]), encoding="utf-8")
    who = ["--who", new_person(roles=("finance",)).user_id, "--reason", "bought in spring"]

    def run(*words: str) -> tuple[int, str]:
        typed = ["registry", "import-lots", str(export), "--registry", "verra", *who, *words]
        result = app.test_cli_runner().invoke(args=typed)
        return result.exit_code, result.output.splitlines()[-1]

    assert run("--dry-run") == (0, "1 new lots  0 known blocks")
    assert run() == (0, "1 new lots  0 known blocks")
    assert run() == (0, "0 new lots  1 known blocks")
    assert stock() == (2 * TONNE, 0, 0)
    export.write_text(f"{VERRA}\n{verra('3', SERIALS.format(first=1, last=2))}", encoding="utf-8")
    code, said = run()
    assert (code, "rows[2].Quantity Issued" in said) == (1, True)


@pytest.mark.concurrency
def test_one_export_that_four_import_at_once_comes_in_once(shelf, bring, parallel, stock):
    shelf()
    rows = [verra("2", SERIALS.format(first=first, last=first + 1)) for first in (1, 3, 5)]
    race = parallel(4, lambda index: bring("verra", VERRA, *(rows if index % 2 else reversed(rows))))
    assert {error.code for error in race.errors} <= {"registry.block_overlaps"}  # who asks again is told it is known
    assert sorted(len(came.lots) for came in race.results)[-1] == 3
    assert sum(len(came.lots) for came in race.results) == 3
    assert bring("verra", VERRA, *rows).known_blocks == 3
    assert stock() == (6 * TONNE, 0, 0)
