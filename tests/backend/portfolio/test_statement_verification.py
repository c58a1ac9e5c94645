"""A statement with one byte changed is refused; an intact one passes on a machine with no server and no database."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from io import BytesIO

import pypdfium2
import pytest

from offsets import NotGenuine, check_statement, read_keys
from tests.backend.portfolio.test_statements import CHINESE, holder, issued
from tests.house.source import ROOT

__all__ = ["holder", "issued"]

# What a bare machine does not have: neither the web framework nor any way to a database.
ABSENT = ("flask", "flask_sqlalchemy", "sqlalchemy", "sqlite3", "psycopg", "redis", "stripe", "reportlab", "jwt")


@pytest.fixture
def keys_file(issued, client, tmp_path):
    file = tmp_path / "keys.json"
    file.write_bytes(client.get("/v1/certificates/keys").data)
    return file


@pytest.fixture
def keys(keys_file):
    return read_keys(json.loads(keys_file.read_bytes()))


@pytest.fixture
def printed(issued):
    """The paper of the statement, in Chinese."""
    answer = issued.api.get("/v1/account/statements/2026-11/pdf", headers=CHINESE)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return answer.data


def verify(*files, keys, cwd):
    """The command as somebody runs it who has nothing but these two rule books and the files."""
    code = f"""
import sys
sys.modules.update(dict.fromkeys({ABSENT!r}))
sys.path.insert(0, {str(ROOT)!r})
from offsets.__main__ import main
sys.exit(main(["verify", *{list(files)!r}, "--keys", {str(keys)!r}]))
"""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=cwd, env={"PATH": ""}, capture_output=True, text=True, timeout=60)


def changed(content, place):
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def is_genuine(content, keys):
    try:
        check_statement(content, keys)
    except NotGenuine:
        return False
    return True


def test_an_intact_statement_passes_with_no_server_and_no_database(issued, printed, keys_file, tmp_path):
    (tmp_path / "statement.json").write_bytes(issued.file)
    (tmp_path / "statement.pdf").write_bytes(printed)
    done = verify("statement.json", "statement.pdf", keys=keys_file, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"statement {issued.facts['number']} for 2026-11" in done.stdout
    assert "statement.pdf: genuine" in done.stdout


def test_the_command_refuses_a_changed_statement_and_says_why(issued, printed, keys_file, tmp_path):
    (tmp_path / "statement.json").write_bytes(issued.file.replace(b'"credited_g":320', b'"credited_g":920'))
    (tmp_path / "statement.pdf").write_bytes(changed(printed, len(printed) // 2))
    done = verify("statement.json", "statement.pdf", keys=keys_file, cwd=tmp_path)
    assert done.returncode == 1
    assert "statement.json: not genuine: the facts are not those that were signed" in done.stderr
    assert "statement.pdf: not genuine: the signature does not fit" in done.stderr


def test_the_command_refuses_without_the_key_that_signed(issued, keys_file, tmp_path):
    (tmp_path / "statement.json").write_bytes(issued.file)
    (tmp_path / "none.json").write_text('{"keys": []}')
    done = verify("statement.json", keys=tmp_path / "none.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "fetch the issuer's keys again" in done.stderr


def test_every_byte_of_the_json_counts(issued, keys):
    assert is_genuine(issued.file, keys)
    passing = [place for place in range(len(issued.file)) if is_genuine(changed(issued.file, place), keys)]
    assert passing == []


def test_every_byte_of_the_name_counts_too(issued, keys):
    issued.api.post("/v1/account/statements/2026-11", {"name": "Lin 林玥", "shows_name": False})
    file = issued.statement()
    assert check_statement(file, keys).name == "Lin 林玥"
    begin = file.index(b'"holder"')
    end = file.index(b'"signature"')
    assert [place for place in range(begin, end) if is_genuine(changed(file, place), keys)] == []


def test_every_byte_of_the_pdf_counts(printed, keys, counts):
    assert is_genuine(printed, keys)
    tail = range(len(printed) - 400, len(printed))
    some = random.Random(1).sample(range(len(printed) - 400), counts(small=200, long=5000))
    assert [place for place in [*some, *tail] if is_genuine(changed(printed, place), keys)] == []


@pytest.mark.parametrize("more", [b"\n", b" ", b"\x00", b"{}"])
def test_nothing_can_be_added(issued, printed, keys, more):
    assert not is_genuine(issued.file + more, keys)
    assert not is_genuine(more + issued.file, keys)
    assert not is_genuine(printed + more, keys)


def test_the_spare_bits_of_a_signature_cannot_be_used(issued, keys):
    """The last character of a signature has bits that decoding ignores; another spelling is another file."""
    file = json.loads(issued.file)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = file["signature"][-1]
    twin = alphabet[alphabet.index(last) ^ 1]
    assert not is_genuine(issued.file.replace((last + '"').encode(), (twin + '"').encode()), keys)


def test_a_statement_is_no_certificate_and_a_draft_is_nothing_signed(holder, client, frozen_clock):
    keys = read_keys(client.get("/v1/certificates/keys").json)
    with pytest.raises(NotGenuine, match="draft"):
        check_statement(holder.statement(), keys)


def test_the_paper_says_the_same_in_both_languages_and_no_glyph_is_missing(issued, printed):
    english = issued.api.get("/v1/account/statements/2026-11", headers={"Accept": "application/pdf"})
    assert english.mimetype == "application/pdf"
    said = [_text(content) for content in (english.data, printed)]
    assert "Carbon statement" in said[0]
    assert "November 2026" in said[0]
    assert "碳账单" in said[1]
    assert "2026年11月" in said[1]
    for text in said:
        assert issued.facts["number"] in text
        assert issued.facts["ledger"]["sha256"] in text
        assert "\N{REPLACEMENT CHARACTER}" not in text


def test_a_draft_on_paper_says_that_it_is_one(holder, frozen_clock):
    answer = holder.api.get("/v1/account/statements/2026-11/pdf")
    assert "Draft: this period is not over." in _text(answer.data).replace("\r\n", " ")


def test_every_text_of_the_paper_can_be_set():
    from backend.paper.fonts import is_covered
    from backend.platform.core import i18n

    contexts = {"statement", "entry_kind", "category", "equivalent", "statement_because"}
    for language in i18n.list_languages():
        # a curly apostrophe is as wide as a Chinese character in this face
        said = {key: str(text) for key, text in i18n.read_texts(language).items() if key[0] in contexts}
        assert not any("’" in text for text in said.values())
        missing = [(key, text) for key, text in said.items() if not is_covered(text)]
        assert missing == []


def test_names_are_set_in_whatever_face_has_them():
    from backend.paper.fonts import is_covered, spelt

    assert all(is_covered(name) for name in ("林玥 喆堃昇镕", "Łukasz", "José", "Ñandú €"))
    assert spelt("Ł<b>") == '<font name="Vera">Ł</font>&lt;b&gt;'
    assert spelt("\N{GRINNING FACE}") == "\N{REPLACEMENT CHARACTER}"


def _text(content):
    document = pypdfium2.PdfDocument(BytesIO(content))
    try:
        pages = [document[place] for place in range(len(document))]
        said = []
        for page in pages:
            text = page.get_textpage()
            said.append(text.get_text_bounded())
            text.close()
            page.close()
        return "\n".join(said)
    finally:
        document.close()
