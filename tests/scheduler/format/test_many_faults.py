"""Files of nothing but faults: the first are told, the others counted, and no file costs more than its size."""

import json
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from scheduler.format.errors import InvalidEvent
from scheduler.format.event import parse_event
from scheduler.format.faults import Tally
from scheduler.format.text import differing_character
from scheduler.format.warnings import warnings_of
from scheduler.wording.sentences import told
from tests.support import hostile

SLOT = {"id": "s1", "start": "2027-03-18T14:00", "end": "2027-03-18T14:06"}
EVENT = {"format": "passerelle-event/1", "slots": [SLOT], "participants": []}


@contextmanager
def within(seconds: float, mebibytes: int) -> Iterator[None]:
    """What is done inside takes no more memory, and no more time of a processor: ten times what it does, whatever else
    the machine has to do."""
    tracemalloc.start()
    begun = time.thread_time()
    yield
    took, (_, peak) = time.thread_time() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < seconds and peak < mebibytes << 20, f"{took:.1f} s, {peak >> 20} MiB"


def faults_of(data: bytes | dict[str, object]) -> list[str]:
    with pytest.raises(InvalidEvent) as refused:
        parse_event(data)
    return [str(fault) for fault in refused.value.faults]


def test_repeated_key_among_many_is_found_in_linear_time():
    with within(5, 100):
        assert faults_of(hostile.one_key_repeated()) == [
            'file: expected each key once in an object, found "k49999" twice'
        ]


def test_faults_beyond_a_thousand_are_counted():
    people = [{"id": f"p{i}", "kind": "company", "wishes": ["nobody"]} for i in range(1_500)]
    faults = faults_of({**EVENT, "participants": people})

    assert len(faults) == 1_001
    assert faults[999] == 'participants[999].wishes[0]: expected the id of a participant, found "nobody"'
    assert faults[1_000] == "file: expected none of the above, found 500 more faults"


def test_counting_ends_where_it_says_nothing_more():
    with pytest.raises(InvalidEvent) as refused:
        parse_event({**EVENT, "tables": [1] * 20_000})
    *_, last = refused.value.faults

    assert last.message == "expected none of the above, found at least 10000 more faults"
    assert (
        told(last.message, "fr")
        == "attendu\u00a0: rien de ce qui précède\u202f; trouvé\u00a0: au moins 10000 fautes de plus"
    )


def test_every_fault_of_a_list_is_told_although_the_first_would_do():
    people = [{"id": 1, "kind": "k", "needs": [1, "x", 2]}, {"id": "b"}, "c"]
    raw = {**EVENT, "participants": people, "same_person": [["b", 3], []], "rules": {"coverage": ["4", 5, 6.5]}}
    raw["why"] = 1

    assert [fault.partition(":")[0] for fault in faults_of(raw)] == [
        "participants[0].id",
        "participants[0].needs[0]",
        "participants[0].needs[2]",
        "participants[1].kind",
        "participants[2]",
        "same_person[0][1]",
        "same_person[1]",
        "rules.coverage[0]",
        "rules.coverage[2]",
        "why",
    ]


@pytest.mark.parametrize(
    "make",
    [
        hostile.nothing_but_faults,
        hostile.faults_in_one_item,
        hostile.faults_in_items,
        hostile.unknown_fields,
        hostile.unknown_fields_of_items,
    ],
)
def test_faults_cost_no_more_than_the_file(make):
    # A tenth of what the web takes: eight megabytes took a minute and 6.7 GiB.
    data = make(0.1)
    with within(5, 60):
        assert 1 <= len(faults_of(data)) <= Tally.MOST_KEPT + 1


def test_unknown_ids_are_compared_with_all_known_ones_at_once():
    with within(10, 100):
        assert len(faults_of(hostile.unknown_ids(0.3))) == 1_001


def test_long_texts_are_compared_where_they_part():
    assert differing_character("x" * 9_000 + "a" + "y" * 900, "x" * 9_000 + "\u0430" + "y" * 900) == (
        "U+0061 latin small letter a"
    )
    with within(5, 100):
        faults = faults_of(hostile.long_words_that_look_alike(0.1))
    assert faults[0].endswith("differs in U+0430 cyrillic small letter a")


def test_more_than_the_largest_number_of_items_is_a_fault():
    slots = [{"id": f"s{i}", "start": "2027-03-18T14:00", "end": "2027-03-18T14:06"} for i in range(10_001)]
    assert faults_of({**EVENT, "slots": slots})[0].startswith("slots: expected a list of at most 10000, found [")
    (fault,) = faults_of(
        {**EVENT, "participants": [{"id": "a", "kind": "b", "needs": [str(i) for i in range(10_001)]}]}
    )
    assert fault.startswith("participants[0].needs: expected a list of at most 10000, found [")


def test_an_object_of_endless_fields_is_one_fault():
    assert faults_of(hostile.unknown_fields(0.01)) == [
        "file: expected objects of at most 1000 fields, found one of 9000"
    ]


def test_half_characters_are_told_in_words_that_can_be_written():
    for raw in (hostile.half_characters(), json.dumps({**EVENT, "\ud800": 1}).encode()):
        (fault,) = faults_of(raw)
        assert "\\ud800" in fault and fault.encode()


def test_depth_beyond_the_reader_is_a_fault_whatever_else_is_there():
    for text in ("[" * 100_000, '{"a":' * 100_000, '"é' + '", ['):
        assert faults_of(text.encode())[0].startswith("file: ")
    for depth in (300, 900, 2_000, 20_000):
        assert len(faults_of(hostile.deep_lists(depth) + b" ")) == 1
        # A text that is to be cleaned makes the reader walk through all levels.
        assert len(faults_of(hostile.deep_lists(depth).replace(b"title", "títle\u200b".encode()))) >= 1


def test_a_thousand_kinds_of_participants_are_compared_in_no_time():
    people = [{"id": f"p{i}", "kind": f"kind {i}"} for i in range(1_500)]
    may_meet = [[f"sort {i}", f"sort {i + 1}"] for i in range(500)] + [["kind 1", "kind 2"]]
    event = parse_event({**EVENT, "participants": people, "may_meet": may_meet})
    with within(10, 100):
        assert len(warnings_of(event)) > 1_000
