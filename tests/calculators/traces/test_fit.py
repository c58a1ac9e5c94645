"""FIT as watches write it, as they stop writing it in the middle, and as nobody should send it."""

from __future__ import annotations

import struct
import subprocess
import sys
from dataclasses import replace

import pytest

from calculators import InputRefused
from calculators.traces import FIT, GPX, Trace, fit_records, marks_of, read_trace
from calculators.traces.model import MOST_FIXES
from tests.calculators.traces.recorder import WALK, ride
from tests.calculators.traces.written import (
    ACCURACY,
    COURSE,
    FIT_RECORD,
    LATITUDE,
    LONGITUDE,
    NOWHERE,
    TIMESTAMP,
    WORKOUT,
    definition,
    fit,
    fit_of,
    fit_record,
    fit_seconds,
    semicircles,
)

TRACK = ride(WALK, 300, 1)
FEW = TRACK.fixes[:40]
SECOND = fit_seconds(FEW[0].at)


def fault(content: bytes, media_type: str = FIT) -> tuple[str, str]:
    with pytest.raises(InputRefused) as refused:
        read_trace(content, media_type)
    (error,) = refused.value.errors
    return error.field, error.code


def places(trace: Trace) -> list[tuple[float, float]]:
    return [(round(fix.latitude, 6), round(fix.longitude, 6)) for fix in trace.fixes]


def expected(fixes) -> list[tuple[float, float]]:
    return [(round(fix.latitude, 6), round(fix.longitude, 6)) for fix in fixes]


def test_what_a_watch_wrote_comes_back_within_a_centimetre():
    read = read_trace(fit(TRACK), FIT)
    assert [fix.at for fix in read.fixes] == [fix.at for fix in TRACK.fixes]
    for one, other in zip(read.fixes, TRACK.fixes, strict=True):
        assert one.latitude == pytest.approx(other.latitude, abs=2e-7)
        assert one.longitude == pytest.approx(other.longitude, abs=2e-7)
    assert set(marks_of(read)) & set(marks_of(TRACK)), "it is known as the same way"


def test_the_content_says_that_it_is_fit_whatever_the_label():
    assert len(read_trace(fit(TRACK), GPX).fixes) == len(TRACK.fixes)


def test_it_tells_how_far_off_a_position_may_be():
    told = fit_of(FIT_RECORD, fit_record(FEW[0], 5), fit_record(FEW[1], 0), fit_record(FEW[2]))
    assert [fix.accuracy_m for fix in read_trace(told, FIT).fixes] == [5.0, None, None]


def test_big_end_first_other_messages_and_several_definitions_are_read():
    laps = definition(2, 19, [TIMESTAMP, (3, 4, 0x85)]) + struct.pack("<BIi", 2, SECOND, NOWHERE)
    big = definition(1, 20, [LATITUDE, LONGITUDE, TIMESTAMP, (5, 4, 0x86)], big=True)
    records = [
        struct.pack(">BiiII", 1, semicircles(fix.latitude), semicircles(fix.longitude), fit_seconds(fix.at), 7)
        for fix in FEW[:5]
    ]
    mixed = fit_of(laps, big, *records, FIT_RECORD, *map(fit_record, FEW[5:9]))
    assert places(read_trace(mixed, FIT)) == expected(FEW[:9])


def test_fields_of_apps_beside_the_records_are_stepped_over():
    """A definition with developer fields: three more bytes that no profile knows."""
    more = definition(1 | 0x20, 20, [TIMESTAMP, LATITUDE, LONGITUDE]) + bytes([1, 0, 3, 0])
    records = [fit_record(fix)[:13] + b"\x01\x02\x03" for fix in FEW[:6]]
    assert places(read_trace(fit_of(more, *records), FIT)) == expected(FEW[:6])


def test_times_that_count_on_in_five_bits_are_told_from_those_before_of_whatever_message():
    """A compressed header: seconds since the last time, also where a message of another kind told it."""
    named = definition(0, 21, [TIMESTAMP, (0, 1, 0)]) + definition(1, 20, [LATITUDE, LONGITUDE])
    begun = SECOND & ~31
    records = []
    for number in range(80):
        if number % 30 == 0:  # an event with the whole time
            records.append(struct.pack("<BIB", 0, begun + number, 0))
        header = 0x80 | 1 << 5 | (begun + number + 1) & 31
        records.append(struct.pack("<Bii", header, semicircles(39.9) + 900 * number, semicircles(116.4)))
    read = read_trace(fit_of(named, *records, kind=None), FIT)
    assert [fit_seconds(fix.at) - begun for fix in read.fixes] == list(range(1, 81))


def test_records_before_the_satellites_are_found_are_passed_over_and_counted():
    unknown = [struct.pack("<BIiiBBH", 1, SECOND - 9 + number, NOWHERE, NOWHERE, 255, 1, 1) for number in range(9)]
    trace = read_trace(fit_of(FIT_RECORD, *unknown, *map(fit_record, FEW)), FIT)
    assert (len(trace.fixes), trace.passed_over) == (40, 9)
    assert fault(fit_of(FIT_RECORD, *unknown, *map(fit_record, FEW[:9]))) == ("trace.1", "trace.position")


def test_a_clock_that_counts_from_being_switched_on_shows_no_time():
    since_on = struct.pack("<BIiiBBH", 1, 77, semicircles(39.9), semicircles(116.4), 5, 1, 1)
    trace = read_trace(fit_of(FIT_RECORD, since_on, *map(fit_record, FEW)), FIT)
    assert (len(trace.fixes), trace.passed_over) == (40, 1)


@pytest.mark.parametrize("header", [12, 14])
def test_a_header_of_either_length_is_read(header):
    assert len(read_trace(fit_of(FIT_RECORD, *map(fit_record, FEW), header=header), FIT).fixes) == 40


def test_several_files_one_behind_the_other_are_one_track_and_what_stands_behind_is_cut():
    both = fit_of(FIT_RECORD, *map(fit_record, FEW[:20])) + fit_of(FIT_RECORD, *map(fit_record, FEW[20:]))
    assert places(read_trace(both, FIT)) == expected(FEW)
    assert places(read_trace(both + bytes(500), FIT)) == expected(FEW)


def test_of_a_file_that_ends_early_counts_what_stands_in_it():
    whole = fit_of(FIT_RECORD, *map(fit_record, FEW))
    length = len(fit_record(FEW[0]))
    assert places(read_trace(whole[:-2], FIT)) == expected(FEW)
    assert places(read_trace(whole[: -2 - length - 5], FIT)) == expected(FEW[:-2])
    for size in (0, 0xFFFFFFFF):  # never finished
        unfinished = whole[:4] + struct.pack("<I", size) + whole[8:]
        assert places(read_trace(unfinished, FIT))[:40] == expected(FEW)


def test_a_file_that_was_damaged_on_its_way_is_refused():
    whole = bytearray(fit_of(FIT_RECORD, *map(fit_record, FEW)))
    whole[len(whole) // 2] ^= 1
    assert fault(bytes(whole)) == ("trace", "trace.not_fit")


@pytest.mark.parametrize("kind", [COURSE, WORKOUT])
def test_a_plan_is_no_recording(kind):
    assert fault(fit_of(FIT_RECORD, *map(fit_record, FEW), kind=kind)) == ("trace", "trace.planned")


@pytest.mark.parametrize(
    "content, expected_fault",
    [
        (b"", ("trace", "trace.not_fit")),
        (b"\x0e\x20", ("trace", "trace.not_fit")),
        (bytes(8) + b".FIT", ("trace", "trace.too_few_fixes")),
        (b"\x0e\x20\0\0\x04\0\0\0.FIT", ("trace", "trace.too_few_fixes")),
        (fit_of(kind=None), ("trace", "trace.too_few_fixes")),
        (fit_of(b"\x05\x01\x02"), ("trace", "trace.not_fit")),  # of a definition that nobody gave
        (fit_of(definition(1, 20, [TIMESTAMP])[:7]), ("trace", "trace.not_fit")),
        (fit_of(FIT_RECORD, fit_record(FEW[0])), ("trace", "trace.too_few_fixes")),
        (
            fit_of(definition(1, 20, [(0, 2, 0x84), (1, 200, 0x07)]) + (b"\1" + bytes(202)) * 3),
            ("trace", "trace.too_few_fixes"),
        ),
    ],
)
def test_what_is_no_recording_in_fit_is_refused_with_its_reason(content, expected_fault):
    assert fault(content) == expected_fault


def test_more_positions_than_anyone_needs_are_refused():
    content = fit_of(FIT_RECORD, fit_record(FEW[0]) * (MOST_FIXES + 1))
    assert fault(content) == ("trace", "trace.too_many_fixes")


@pytest.mark.parametrize(
    "message",
    [
        definition(2, 999, [(0, 1, 0)]) + b"\x02\x07" * 2000,
        definition(2, 999, [(0, 1, 0)]) * 2000,
        definition(2, 21, [TIMESTAMP]) + struct.pack("<BI", 2, 9) * 900 + FIT_RECORD + b"\xa1" + bytes(16),
    ],
    ids=["small", "defined again", "with times to count on from"],
)
def test_more_messages_than_any_recording_has_are_refused(message, monkeypatch):
    monkeypatch.setattr(fit_records, "MOST_MESSAGES", 1000)
    monkeypatch.setattr(fit_records, "MOST_KEPT", 800)
    assert fault(fit_of(message)) == ("trace", "trace.too_many_fixes")


def test_more_files_than_any_watch_writes_are_refused():
    empty = fit_of(definition(2, 999, []), kind=None)
    some = fit_of(FIT_RECORD, *map(fit_record, FEW))
    assert places(read_trace(empty * 99 + some, FIT)) == expected(FEW)
    assert fault(empty * 100 + some) == ("trace", "trace.too_many_fixes")


def test_the_messages_of_all_files_together_are_bounded(monkeypatch):
    files = [fit_of(definition(2, 999, [(0, 1, 0)]) + b"\x02\x07" * 300)] * 3
    files.append(fit_of(FIT_RECORD, *map(fit_record, FEW)))
    assert places(read_trace(b"".join(files), FIT)) == expected(FEW)
    monkeypatch.setattr(fit_records, "MOST_MESSAGES", 800)
    assert fault(b"".join(files)) == ("trace", "trace.too_many_fixes")
    monkeypatch.undo()
    monkeypatch.setattr(fit_records, "MOST_KEPT", 60)
    assert fault(files[-1] * 2) == ("trace", "trace.too_many_fixes")


def test_nobody_who_sends_no_such_file_waits_for_its_parser():
    code = "import sys, calculators; sys.exit('fitdecode' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_accuracy_stands_where_the_profile_has_it():
    """Without the field nothing is told, and a field of another size is none."""
    bare = definition(1, 20, [TIMESTAMP, LATITUDE, LONGITUDE, (31, 2, 0x84)])
    records = [fit_record(fix)[:13] + b"\x05\x00" for fix in FEW[:3]]
    assert [fix.accuracy_m for fix in read_trace(fit_of(bare, *records), FIT).fixes] == [None] * 3
    assert ACCURACY[0] == 31
    assert replace(FEW[0], accuracy_m=None) == FEW[0]
