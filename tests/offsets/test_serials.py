"""Serials: one spelling to compare by, so that the same or an overlapping block is always found."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import offsets
from offsets import OffsetRefused, find_overlap, get_registry, list_registries, normalise_serial, parse_block

VERRA = get_registry("verra")
LIBRARY = Path(offsets.__file__).parent / "library" / "registries.toml"


def verra(first: int, last: int, *, project: int = 2250, block: str = "8429", flag: int = 0) -> str:
    return f"{block}-{first}-{last}-VCS-VCU-291-VER-PK-14-{project}-01012021-31122021-{flag}"


@pytest.mark.parametrize(
    "spelling",
    [
        "8429-35013256-35020855-VCS-VCU-291-VER-ID-14-1477-01012017-31122017-0",
        "8429-35013256-35020855-vcs-vcu-291-ver-id-14-1477-01012017-31122017-0",
        " 8429 - 35013256 - 35020855 - VCS-VCU-291-VER-ID-14-1477-01012017-31122017-0\n",
        "08429-0035013256-0035020855-VCS-VCU-0291-VER-ID-14-01477-01012017-31122017-0",
        "８４２９－３５０１３２５６－３５０２０８５５－ＶＣＳ－ＶＣＵ－２９１－ＶＥＲ－ＩＤ－１４－１４７７－０１０１２０１７－３１１２２０１７－０",
        "8429–35013256—35020855‑VCS−VCU‐291-VER-ID-14-1477-01012017-31122017-0",
        "8429-35013256-35020855\u200b-VCS-VCU-291-VER-ID-14-1477-01012017-31122017-0",
    ],
)
def test_every_spelling_of_a_block_is_the_same_block(spelling):
    plain = parse_block(VERRA, "8429-35013256-35020855-VCS-VCU-291-VER-ID-14-1477-01012017-31122017-0")
    other = parse_block(VERRA, spelling)
    assert (other.registry_id, other.series, other.first, other.last) == (
        plain.registry_id,
        plain.series,
        plain.first,
        plain.last,
    )
    assert normalise_serial(spelling) == normalise_serial(plain.text)
    assert find_overlap(other, [plain]) is plain


def test_every_registry_reads_the_example_its_document_gives():
    for entry in tomllib.loads(LIBRARY.read_text(encoding="utf-8"))["registry"]:
        block = parse_block(list_registries()[entry["id"]], entry["example"])
        assert block.units > 1


def test_the_same_units_under_another_block_number_or_label_are_found():
    known = parse_block(VERRA, verra(100, 199))
    relabelled = parse_block(VERRA, verra(150, 150, block="9999", flag=1))
    assert find_overlap(relabelled, [known]) is known


@pytest.mark.parametrize(
    ("first", "last", "project", "clashes"),
    [
        (100, 199, 2250, True),
        (199, 250, 2250, True),
        (1, 100, 2250, True),
        (120, 130, 2250, True),
        (1, 500, 2250, True),
        (200, 300, 2250, False),
        (1, 99, 2250, False),
        (100, 199, 2251, False),
    ],
)
def test_blocks_of_one_project_that_share_a_unit_clash(first, last, project, clashes):
    known = parse_block(VERRA, verra(100, 199))
    found = find_overlap(parse_block(VERRA, verra(first, last, project=project)), [known])
    assert (found is not None) == clashes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "serials.unreadable"),
        ("8429_🌲", "serials.unreadable"),
        ("9" * 300, "serials.unreadable"),
        ("8429-1-2", "serials.not_a_block"),
        (verra(200, 100), "serials.backward"),
    ],
)
def test_what_is_not_a_block_is_refused_by_name(text, code):
    with pytest.raises(OffsetRefused) as refused:
        parse_block(VERRA, text)
    assert refused.value.code == code


def test_a_demonstration_block_never_clashes_with_a_real_one():
    real, invented = parse_block(VERRA, verra(1, 10)), parse_block(VERRA, "DEMO-" + verra(1, 10))
    assert invented.is_demonstration
    assert not real.is_demonstration
    assert find_overlap(invented, [real]) is None


def test_a_part_of_a_block_is_written_as_its_registry_writes_blocks():
    block = parse_block(VERRA, "0001-000001-000100-VCS-VCU-003-VER-US-0003-01012020-31122020-1")
    part = block.part(9, 3)
    assert part.text == "0001-000010-000012-VCS-VCU-003-VER-US-0003-01012020-31122020-1"
    assert parse_block(VERRA, part.text) == part


@given(text=st.text(max_size=60) | st.from_regex(r"[0-9A-Za-z０-９ａ-ｚ \-–_./:]{1,60}", fullmatch=True))
def test_normalising_twice_is_normalising_once(text):
    try:
        once = normalise_serial(text)
    except OffsetRefused:
        return
    assert normalise_serial(once) == once


@given(a=st.integers(1, 60), n=st.integers(0, 30), b=st.integers(1, 60), m=st.integers(0, 30))
def test_blocks_overlap_exactly_when_they_share_a_unit(a, n, b, m):
    one, other = parse_block(VERRA, verra(a, a + n)), parse_block(VERRA, verra(b, b + m))
    shared = set(range(a, a + n + 1)) & set(range(b, b + m + 1))
    assert one.overlaps(other) == other.overlaps(one) == bool(shared)
