"""Every fault that the format names is found, said where it stands, and hides no other."""

import json
from typing import Any

import pytest

from scheduler.format.errors import InvalidEvent
from scheduler.format.event import event_json, event_json_schema, parse_event
from tests.scheduler.builders import people, raw_event, rule, slots, tables, worth


def faults(data: Any) -> list[str]:
    """The places of the faults of an event file."""
    with pytest.raises(InvalidEvent) as refused:
        parse_event(data)
    assert all(fault.message.startswith("expected ") for fault in refused.value.faults)
    assert all("\n" not in str(fault) for fault in refused.value.faults)
    return [fault.path for fault in refused.value.faults]


def with_first(**fields: Any) -> dict[str, Any]:
    """The plain event, with ``fields`` in its first participant."""
    return raw_event(participants=people("a0", "a1", "c0", "c1", a0=fields))


def test_event_defaults():
    event = parse_event({"format": "passerelle-event/1", "slots": slots(1), "participants": people("a0")})

    person, rules = event.participants[0], event.rules
    assert (event.tables, event.facilitators, event.meetings, event.affinities) == ((), (), (), None)
    assert (event.timezone, event.may_meet) == ("Europe/Paris", (("association", "company"),))
    assert (person.min_meetings, person.max_meetings, person.delegates, person.boost) == (0, None, 1, 0)
    assert (person.remote, person.needs_facilitator, person.home_table, person.zone) == (False, False, None, None)
    assert (person.needs, person.offers, person.themes, person.wishes, person.vetoes) == ((), (), (), (), ())
    assert (rules.coverage, rules.max_break_difference) == ((), None)
    assert (event.same_person, rules.seated, rules.max_in_a_row) == ((), (), None)
    assert rules.weights.model_dump() == {
        "need": 10,
        "category": 4,
        "reciprocity": 8,
        "theme": 3,
        "themes_counted": 3,
        "zone": 4,
        "wish_first": 20,
        "wish_last": 5,
        "mutual": 10,
    }


def test_event_written_and_read_again_is_the_same():
    event = parse_event(raw_event(tables=tables(1, ["quiet"]), affinities=worth({"a0 c0": 3}), title="Été"))

    assert parse_event(event_json(event)) == event
    assert parse_event(event_json(event).encode()) == event


def test_event_without_affinities_is_written_without():
    assert "affinities" not in json.loads(event_json(parse_event(raw_event())))


def test_event_empty_affinities_are_kept():
    event = parse_event(raw_event(affinities=[]))

    assert event.affinities == ()
    assert parse_event(event_json(event)).affinities == ()


def test_event_byte_order_mark_is_skipped():
    assert parse_event(b"\xef\xbb\xbf" + json.dumps(raw_event()).encode())


def test_schema_names_every_field():
    schema = event_json_schema()

    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"format", "slots", "participants"}
    assert set(schema["$defs"]["Participant"]["required"]) == {"id", "kind"}


# What is no event at all


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"3",
        b'{"format": ',
        b"\xff\xfe{}",
        "é".encode("latin-1"),
        b'{"format": NaN}',
        b'{"format": Infinity}',
        b'{"format": "x", "format": "x"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"format": ' + b"9" * 5_000 + b"}",
    ],
    ids=[
        "empty",
        "list",
        "null",
        "number",
        "cut",
        "utf16",
        "latin1",
        "nan",
        "infinity",
        "twice",
        "deep",
        "nested",
        "huge",
    ],
)
def test_file_that_is_no_object(data):
    assert faults(data) == ["file"]


@pytest.mark.parametrize("field", ["format", "slots", "participants"])
def test_event_mandatory_field_missing(field):
    raw = raw_event()
    del raw[field]

    assert faults(raw) == [field]


def test_event_other_format():
    assert faults(raw_event(format="passerelle-event/2")) == ["format"]


def test_event_without_slots():
    assert faults(raw_event(slots=[])) == ["slots"]


@pytest.mark.parametrize("field", ["id", "kind"])
def test_participant_mandatory_field_missing(field):
    raw = raw_event()
    del raw["participants"][1][field]

    assert faults(raw) == [f"participants[1].{field}"]


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (raw_event(colour="red"), "colour"),
        (with_first(colour="red"), "participants[0].colour"),
        (raw_event(slots=[{**slots(1)[0], "room": 1}]), "slots[0].room"),
        (raw_event(tables=[{"id": "t", "seats": 2}]), "tables[0].seats"),
        (raw_event(rules={"fair": True}), "rules.fair"),
        (raw_event(rules={"weights": {"luck": 1}}), "rules.weights.luck"),
        (raw_event(meetings=[rule("a0 c0", why="so")]), "meetings[0].why"),
    ],
)
def test_unknown_field(raw, path):
    assert faults(raw) == [path]


# Strict types


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("min_meetings", "3"),
        ("min_meetings", True),
        ("min_meetings", 1.0),
        ("min_meetings", 1.5),
        ("min_meetings", None),
        ("min_meetings", -1),
        ("min_meetings", 10**30),
        ("max_meetings", -1),
        ("max_meetings", "2"),
        ("delegates", 0),
        ("delegates", True),
        ("boost", 0.5),
        ("boost", float("nan")),
        ("boost", 10**7),
        ("remote", 1),
        ("remote", "true"),
        ("needs_facilitator", 0),
        ("name", 5),
        ("zone", 5),
        ("needs", "skills"),
        ("wishes", {"c0": 1}),
        ("kind", ""),
        ("home_table", 1),
    ],
)
def test_participant_field_of_another_type(field, value):
    assert faults(with_first(**{field: value})) == [f"participants[0].{field}"]


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (raw_event(affinities=worth({"a0 c0": -1})), "affinities[0].score"),
        (raw_event(affinities=[{"between": ["a0", "c0"], "score": "3"}]), "affinities[0].score"),
        (raw_event(affinities=[{"between": ["a0"], "score": 3}]), "affinities[0].between[1]"),
        (raw_event(affinities=[{"between": ["a0", "c0", "c1"], "score": 3}]), "affinities[0].between"),
        (raw_event(meetings=[rule("a0 c0", "wanted")]), "meetings[0].status"),
        (raw_event(rules={"coverage": [4, True]}), "rules.coverage[1]"),
        (raw_event(rules={"coverage": [-4]}), "rules.coverage[0]"),
        (raw_event(rules={"max_break_difference": -1}), "rules.max_break_difference"),
        (raw_event(rules={"weights": {"need": -1}}), "rules.weights.need"),
        (raw_event(rules={"weights": {"need": 10**7}}), "rules.weights.need"),
        (raw_event(participants={"a0": {}}), "participants"),
        (raw_event(participants=[*people("a0"), "c0"]), "participants[1]"),
        (raw_event(timezone=1), "timezone"),
    ],
)
def test_field_of_another_type(raw, path):
    assert faults(raw) == [path]


# Time


@pytest.mark.parametrize(
    "start",
    ["2027-03-18", "14:00", "2027-03-18T14:00Z", "2027-03-18T14:00+01:00", "2027-02-30T14:00", "2027-03-18 14:00", 14],
)
def test_slot_start_that_is_no_local_time(start):
    raw = raw_event()
    raw["slots"][0]["start"] = start

    assert faults(raw) == ["slots[0].start"]


def test_slots_out_of_order():
    assert faults(raw_event(slots=[slots(2)[1], slots(2)[0]])) == ["slots[1].start"]


def test_slots_overlapping():
    raw = raw_event()
    raw["slots"][0]["end"] = raw["slots"][1]["end"]

    assert faults(raw) == ["slots[1].start"]


def test_slot_may_start_when_the_one_before_ends():
    raw = raw_event()
    raw["slots"][0]["end"] = raw["slots"][1]["start"]

    assert parse_event(raw)


def test_slot_that_ends_before_it_starts():
    raw = raw_event(slots=slots(1))
    raw["slots"][0]["end"] = raw["slots"][0]["start"]

    assert faults(raw) == ["slots[0].end"]


def test_time_zone_unknown():
    assert faults(raw_event(timezone="Europe/Roubaix")) == ["timezone"]


# Ids


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (raw_event(participants=people("a0", "c0", "a0")), "participants[2].id"),
        (raw_event(slots=[slots(2)[0], {**slots(2)[1], "id": "s0"}]), "slots[1].id"),
        (raw_event(tables=[{"id": "t"}, {"id": "t"}]), "tables[1].id"),
        (raw_event(facilitators=[{"id": "f"}, {"id": "f"}]), "facilitators[1].id"),
    ],
)
def test_repeated_id(raw, path):
    assert faults(raw) == [path]


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (with_first(wishes=["c9"]), "participants[0].wishes[0]"),
        (with_first(vetoes=["c0", "c9"]), "participants[0].vetoes[1]"),
        (with_first(unavailable=["s9"]), "participants[0].unavailable[0]"),
        (with_first(home_table="t9"), "participants[0].home_table"),
        (raw_event(facilitators=[{"id": "f", "unavailable": ["s9"]}]), "facilitators[0].unavailable[0]"),
        (raw_event(meetings=[rule("a0 c9")]), "meetings[0].between[1]"),
        (raw_event(meetings=[rule("a0 c0", slot="s9")]), "meetings[0].slot"),
        (raw_event(meetings=[rule("a0 c0", session="night")]), "meetings[0].session"),
        (raw_event(meetings=[rule("a0 c0", after=[["a1", "c9"]])]), "meetings[0].after[0][1]"),
        (raw_event(affinities=worth({"a9 c0": 1})), "affinities[0].between[0]"),
    ],
)
def test_unknown_id(raw, path):
    assert faults(raw) == [path]


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (with_first(wishes=["c0", "c0"]), "participants[0].wishes[1]"),
        (with_first(vetoes=["c0", "c0"]), "participants[0].vetoes[1]"),
        (with_first(unavailable=["s0", "s0"]), "participants[0].unavailable[1]"),
        (with_first(needs=["x", "x"]), "participants[0].needs[1]"),
        (raw_event(affinities=worth({"a0 c0": 1, "c0 a0": 2})), "affinities[1].between"),
        (raw_event(meetings=[rule("a0 c0"), rule("c0 a0", "allowed")]), "meetings[1].between"),
        (raw_event(meetings=[rule("a0 c0", "allowed"), rule("a0 c0", "allowed")]), "meetings[1].between"),
        (raw_event(meetings=[rule("a0 c0", "forbidden"), rule("c0 a0")]), "meetings[1].between"),
        (raw_event(meetings=[rule("a0 c0", after=[["a1", "c0"], ["c0", "a1"]])]), "meetings[0].after[1]"),
        (raw_event(may_meet=[["association", "company"], ["company", "association"]]), "may_meet[1]"),
    ],
)
def test_repeated_entry(raw, path):
    assert faults(raw) == [path]


def test_pair_may_be_required_several_times():
    assert len(parse_event(raw_event(meetings=[rule("a0 c0"), rule("c0 a0"), rule("a0 c0")])).meetings) == 3


# Contradictions


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (with_first(wishes=["a0"]), "participants[0].wishes[0]"),
        (with_first(vetoes=["a0"]), "participants[0].vetoes[0]"),
        (raw_event(meetings=[rule("a0 a0")]), "meetings[0].between"),
        (raw_event(affinities=worth({"a0 a0": 1})), "affinities[0].between"),
        (raw_event(meetings=[rule("a0 c0", after=[["c0", "a0"]])]), "meetings[0].after[0]"),
        (with_first(min_meetings=3, max_meetings=2), "participants[0].min_meetings"),
        (with_first(requires=["quiet"]), "participants[0].requires[0]"),
        (raw_event(rules={"coverage": [4, 5]}), "rules.coverage[1]"),
    ],
)
def test_contradiction(raw, path):
    assert faults(raw) == [path]


def test_required_feature_that_another_table_has():
    raw = raw_event(participants=people("a0", "c0", a0={"requires": ["quiet"]}), tables=tables(2, [], ["quiet"]))

    assert parse_event(raw).participants[0].requires == ("quiet",)


def test_minimum_equal_to_maximum():
    assert parse_event(with_first(min_meetings=2, max_meetings=2)).participants[0].max_meetings == 2


# All at once


def test_all_faults_are_told_at_once():
    raw = raw_event(
        timezone="Nowhere",
        participants=[
            {"id": "a0", "kind": "association", "delegates": "two", "wishes": ["zz"]},
            {"id": "a1", "kind": "association", "wishes": ["zz"], "min_meetings": 2, "max_meetings": 1},
            {"id": "a1", "kind": "company", "colour": 1},
        ],
        meetings=[rule("a0 a1", "maybe"), rule("a1 zz")],
        rules={"coverage": [1, 2]},
    )

    assert sorted(faults(raw)) == [
        "meetings[0].status",
        "meetings[1].between[1]",
        "participants[0].delegates",
        "participants[1].min_meetings",
        "participants[1].wishes[0]",
        "participants[2].colour",
        "participants[2].id",
        "rules.coverage[1]",
        "timezone",
    ]


def test_fault_says_what_was_expected_and_found():
    with pytest.raises(InvalidEvent) as refused:
        parse_event(with_first(delegates="two"))

    assert str(refused.value) == 'participants[0].delegates: expected an integer, found "two"'


def test_fault_is_one_short_line_however_long_the_value():
    with pytest.raises(InvalidEvent) as refused:
        parse_event(with_first(delegates="x\n" * 10_000))

    assert len(str(refused.value)) < 200


def test_broken_id_hides_references_to_it_only():
    raw = raw_event(participants=[{"id": 5, "kind": "company"}, *people("a0", a0={"wishes": ["a0"]})])

    assert faults(raw) == ["participants[0].id", "participants[1].wishes[0]"]


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (raw_event(same_person=[["a0", "a9"]]), "same_person[0][1]"),
        (raw_event(same_person=[["a0", "a0"]]), "same_person[0][1]"),
        (raw_event(same_person=[["a0", "a1"], ["c0", "a1"]]), "same_person[1][1]"),
        (raw_event(same_person=["a0"]), "same_person[0]"),
        (raw_event(same_person=[["a0", 1]]), "same_person[0][1]"),
        ({**with_first(delegates=2), "same_person": [["a1", "a0"]]}, "same_person[0][1]"),
    ],
)
def test_same_person(raw, path):
    assert faults(raw) == [path]


def test_same_person_of_two_kinds():
    assert parse_event(raw_event(same_person=[["a0", "c0"]])).same_person == (("a0", "c0"),)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (raw_event(rules={"seated": ["company", "company"]}), "rules.seated[1]"),
        (raw_event(rules={"seated": [1]}), "rules.seated[0]"),
        (raw_event(rules={"seated": ["company"]}, may_meet=[["company", "company"]]), "may_meet[0]"),
        (raw_event(rules={"seated": ["association", "company"]}), "may_meet[0]"),
        (raw_event(rules={"seated": ["company"]}, tables=tables(1)), "rules.seated"),
        (raw_event(rules={"max_in_a_row": 0}), "rules.max_in_a_row"),
        (raw_event(rules={"max_in_a_row": "2"}), "rules.max_in_a_row"),
        (raw_event(rules={"max_in_a_row": True}), "rules.max_in_a_row"),
    ],
)
def test_rules_of_the_room(raw, path):
    assert faults(raw) == [path]


def test_seated_needs_tables_only_for_those_on_site():
    one_online = people("a0", "a1", "c0", "c1", c1={"remote": True})

    seated = parse_event(raw_event(rules={"seated": ["company"]}, tables=tables(1), participants=one_online))
    unlimited = parse_event(raw_event(rules={"seated": ["company"]}))

    assert seated.rules.seated == unlimited.rules.seated == ("company",)


def test_rules_of_the_room_are_judged_beside_faults_of_shape():
    raw = raw_event(
        title=3,
        same_person=[["a0", "a9"], "a1", ["a1", "a0"]],
        rules={"seated": ["company"], "max_in_a_row": 0},
        tables=tables(1),
    )

    assert faults(raw) == [
        "title",
        "same_person[1]",
        "rules.max_in_a_row",
        "same_person[0][1]",
        "same_person[2][1]",
        "rules.seated",
    ]


def test_rules_of_the_room_written_and_read_again_are_the_same():
    event = parse_event(raw_event(same_person=[["a0", "a1"]], rules={"seated": ["company"], "max_in_a_row": 2}))

    assert parse_event(event_json(event)) == event
