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


GENERATIONS = [
    # registry, how it was written first, and how it is written now: the same units, or some of them
    ("acr", "ACR-US-711-2013-88-1-4000", "ACR-US-711-2013-88-1 to 4000"),
    ("acr", "ACR-MX-902-2019-1406-3990 to 4100", "acr-mx-902-2019-1406-4100 – 4100"),
    ("car", "CAR-1-US-408-12-230-OR-2011-77-1 to 640", "CAR-1-US-408-12-230-OR-2011-77-640TO640"),
    (
        "verra",
        "7117-380210001-380210040-VCU-019-MER-KE-3-4410-01032011-28022012-1",
        "15220-380210040-380210060-VCS-VCU-019-VER-KE-3-4410-01032011-28022012-0",
    ),
    (
        "verra",
        "501-22040001-22040100-VCU-003-APX-IN-1-388-01012008-31122008-0",
        "501-22040050-22040050-VCU-003-MER-IN-1-388-01012008-31122008-1",
    ),
    ("gold-standard", "GS1-1-TR-512-12-2010-209-1-9000", "GS1-1-TR-GS512-12-2010-209-8999-9100"),
    ("gold-standard", "GS1-1-KE-GS7300-16-2025-30645-608-30350", "gs1-1-ke-gs7300-16-2025-30645-30350-30350"),
    (
        "cdm",
        "CN-5-401000100-1-1-0-3120 - CN-5-401000299-1-1-0-3120",
        "CN-5-401000299-1-2-0-3120 to CN-5-401000310-1-2-0-3120",
    ),
    (
        "cdm",
        "HN-05-00-64011-01-01-000-0000412 - HN-05-00-64090-01-01-000-0000412",
        "HN-5-64090-1-1-0-412 - HN-5-64090-1-1-0-412",
    ),
]


@pytest.mark.parametrize(("registry", "before", "now"), GENERATIONS)
def test_units_keep_their_numbers_when_their_registry_changes_its_spelling(registry, before, now):
    older, newer = (parse_block(get_registry(registry), text) for text in (before, now))
    assert older.series == newer.series
    assert find_overlap(newer, [older]) is older
    for block in (older, newer):
        assert parse_block(get_registry(registry), block.part(0, 1).text) == block.part(0, 1)


def test_a_block_of_the_first_generation_says_country_project_and_units():
    block = parse_block(VERRA, "7117-380210001-380210040-VCU-019-MER-KE-3-4410-01032011-28022012-1")
    assert (block.series, block.units) == ("KE|4410", 40)
    assert parse_block(get_registry("acr"), "ACR-US-711-2013-88-1 to 4000").units == 4000


@pytest.mark.parametrize(
    ("registry", "text", "meant"),
    [
        ("verra", verra(1, 9)[:-1] + "O", verra(1, 9)),
        ("verra", verra(35013256, 35020855).replace("35013256", "3SO13256"), None),
        ("verra", verra(35013256, 35020855).replace("35013256", "35O13256"), verra(35013256, 35020855)),
        ("acr", "ACR-US-711-2013-88-l to 40OO", "ACR-US-711-2013-88-1TO4000"),
        ("gold-standard", "GS1-1-TW-GS1001-12-2O19-20258-1-161285", "GS1-1-TW-GS1001-12-2019-20258-1-161285"),
    ],
)
def test_a_letter_that_stands_for_a_digit_is_refused_with_what_was_meant(registry, text, meant):
    with pytest.raises(OffsetRefused) as refused:
        parse_block(get_registry(registry), text)
    assert (refused.value.code, refused.value.facts.get("meant")) == (
        ("serials.letter_for_digit", meant) if meant else ("serials.not_a_block", None)
    )


@pytest.mark.parametrize(
    "text",
    [
        "CN-5-401000100-1-1-0-3120 - IN-5-401000299-1-1-0-3120",  # of two countries
        "CN-5-401000100-1-1-0-3120 - CN-5-401000299-1-1-0-3121",  # of two projects
        "CN-5-401000100-1-1-0-3120",  # one end of a block
        "401000100 - 401000299",
    ],
)
def test_two_ends_that_are_not_of_one_block_are_refused(text):
    with pytest.raises(OffsetRefused, match="not_a_block"):
        parse_block(get_registry("cdm"), text)


CCER, OTHER = get_registry("ccer"), get_registry("other")


@pytest.mark.parametrize(
    ("spelling", "same"),
    [
        ("CCER-01-002-2025-7", "ccer－01—002 2025-07".replace(" ", "-")),
        ("第３批 海上风电 7", "第3批海上风电7"),
        ("ISO: A/7 (2024)", "iso:a/7(2024)"),
        ("CCER 0000/2024", "CCER-0000-2024"),
        ("CCER 0000 2024", "CCER-0000-2024"),
        ("A_1.B:2+(C);3&4,5", "A1 B2 C3 45"),
    ],
)
def test_any_text_names_a_block_where_no_pattern_is_known_and_every_spelling_is_one(spelling, same):
    one, other = parse_block(CCER, spelling, 500), parse_block(CCER, same, 3)
    assert (one.units, one.first, one.last) == (500, 1, 500)
    assert one.overlaps(other)
    assert not one.overlaps(parse_block(CCER, f"{spelling}1", 500))


def test_a_part_of_a_counted_block_is_its_text_and_the_numbers_of_its_units():
    block = parse_block(OTHER, "PURO 77/B", 500)
    part = block.part(11, 6)
    assert (block.text, part.text, part.units) == ("PURO77/B#1-500", "PURO77/B#12-17", 6)
    assert parse_block(OTHER, block.text) == block
    assert parse_block(OTHER, part.text) == part


@pytest.mark.parametrize(
    ("text", "units", "code"),
    [
        ("PURO 77/B", None, "serials.not_a_block"),  # nobody says how many
        ("PURO 77/B", 0, "serials.not_a_block"),
        ("(./:)", 5, "serials.not_a_block"),
        ("PURO 77/B#501-900", 400, "serials.not_a_block"),  # a part is not imported
        ("PURO 77/B#9-3", None, "serials.backward"),
        ("", 5, "serials.unreadable"),
        ("a\x07b", 5, "serials.unreadable"),
        ("x" * 201, 5, "serials.unreadable"),
        (verra(1, 9), 9, "serials.other_registry"),
        (verra(1, 9)[:-1] + "O", 9, "serials.other_registry"),
        ("DEMO-" + verra(1, 9), 9, "serials.other_registry"),
        (verra(1, 9) + " (A)", 9, "serials.other_registry"),  # however it is dressed
        (verra(1, 9)[:-1] + "O (A)", 9, "serials.other_registry"),
        (verra(1, 9) + ";" + verra(12, 20), 18, "serials.other_registry"),
        ("Verra: " + verra(1, 9), 9, "serials.other_registry"),
        (verra(1, 9).replace("-", "/"), 9, "serials.other_registry"),
        ("(ACR-US-711-2013-88-1 to 4000)", 4000, "serials.other_registry"),
        ("ACR-US-711-2013-88-1 to 4000", 4000, "serials.other_registry"),
        ("GS1-1-TR-512-12-2010-209-1-9000", 9000, "serials.other_registry"),
    ],
)
def test_what_names_no_block_or_one_that_is_known_elsewhere_is_refused(text, units, code):
    with pytest.raises(OffsetRefused) as refused:
        parse_block(OTHER, text, units)
    assert refused.value.code == code


@pytest.mark.parametrize("joint", [" - ", " – ", " to ", "\n", " / ", ""])
def test_two_ends_of_a_cdm_block_are_read_however_they_are_put_together(joint):
    ends = f"CN-5-401000100-1-1-0-3120{joint}CN-5-401000299-1-1-0-3120"
    assert parse_block(get_registry("cdm"), ends).units == 200


@pytest.mark.parametrize(
    "range_", ["1 to 5000", "1-5000", "1–5000", "1 TO 5000", "1to5000", "0001 － 5000", "１ to ５０００"]
)
def test_a_block_of_acr_is_one_however_its_range_is_written(range_):
    block = parse_block(get_registry("acr"), f"ACR-US-711-2013-88-{range_}")
    assert (block.series, block.first, block.last) == ("ACR-US-711-2013-88", 1, 5000)


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


@pytest.mark.parametrize(
    ("registry", "text", "part"),
    [
        ("acr", "ACR-US-711-2013-88-1 to 4000", "ACR-US-711-2013-88-12TO17"),
        ("acr", "ACR-US-711-2013-88-0001 to 4000", "ACR-US-711-2013-88-0012TO0017"),
        ("gold-standard", "GS1-1-KE-GS7300-16-2025-30645-1-30350", "GS1-1-KE-GS7300-16-2025-30645-12-17"),
    ],
)
def test_a_part_has_zeros_only_where_its_registry_writes_them(registry, text, part):
    assert parse_block(get_registry(registry), text).part(11, 6).text == part


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
