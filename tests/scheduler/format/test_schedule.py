"""The schedule file: read strictly, written so that two of them can be compared by eye."""

import json

import pytest

from scheduler.format.errors import InvalidSchedule
from scheduler.format.schedule import Change, parse_schedule, schedule_json, schedule_json_schema
from tests.scheduler.builders import event, held, schedule_of, worth

CASE = event(affinities=worth({"a0 c0": 5, "a1 c1": 2}))
SCHEDULE = schedule_of(CASE, [held("a0 c0", "s0", score=5), held("a1 c1", "s1", score=2)])


def faults(data: object) -> list[str]:
    """The places of the faults of a schedule file."""
    with pytest.raises(InvalidSchedule) as refused:
        parse_schedule(data)  # type: ignore[arg-type]
    # No words of the validating library: it says "input".
    assert all(fault.message.startswith("expected ") and "nput" not in str(fault) for fault in refused.value.faults)
    return [fault.path for fault in refused.value.faults]


def raw() -> dict:
    return json.loads(schedule_json(SCHEDULE))


def test_schedule_written_and_read_again_is_the_same():
    assert parse_schedule(schedule_json(SCHEDULE)) == SCHEDULE
    assert parse_schedule(schedule_json(SCHEDULE).encode()) == SCHEDULE


def test_schedule_without_meetings_written_and_read_again():
    empty = schedule_of(CASE, [])

    assert parse_schedule(schedule_json(empty)) == empty


@pytest.mark.parametrize(
    "changes", [(), (Change(participant="a0", moved=(held("a0 c0", "s0"),)), Change(participant="c0"))]
)
def test_schedule_with_changes_written_and_read_again(changes):
    changed = SCHEDULE.model_copy(update={"changes": changes})

    assert parse_schedule(schedule_json(changed)) == changed


def test_schedule_file_has_a_line_for_each_meeting():
    text = schedule_json(SCHEDULE)

    assert [line for line in text.splitlines() if '"between"' in line] == [
        '  {"between":["a0","c0"],"slot":"s0","table":null,"facilitator":null,"score":5},',
        '  {"between":["a1","c1"],"slot":"s1","table":null,"facilitator":null,"score":2}',
    ]
    assert "changes" not in json.loads(text)


def test_schedule_tier_by_name():
    assert SCHEDULE.tier("value").value == 7
    with pytest.raises(KeyError):
        SCHEDULE.tier("luck")


def test_tier_is_proven_when_bound_and_value_are_equal():
    tier = SCHEDULE.tier("value")

    assert not tier.proven
    assert not tier.model_copy(update={"bound": 8}).proven
    assert tier.model_copy(update={"bound": 7}).proven


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "passerelle-event/1"),
        ("status", "best"),
        ("seconds", "1"),
        ("seconds", True),
        ("seconds", -1.0),
        ("meetings", None),
    ],
)
def test_schedule_field_of_another_type(field, value):
    assert faults({**raw(), field: value}) == [field]


def test_schedule_seconds_may_be_whole():
    assert parse_schedule({**raw(), "seconds": 2}).seconds == 2.0


@pytest.mark.parametrize("field", ["status", "meetings", "tiers", "seconds"])
def test_schedule_field_missing(field):
    broken = raw()
    del broken[field]

    assert faults(broken) == [field]


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("between", ["a0"], "between[1]"),
        ("slot", None, "slot"),
        ("score", 1.5, "score"),
        ("score", -1, "score"),
        ("room", 1, "room"),
        ("table", 4, "table"),
    ],
)
def test_meeting_field_of_another_type(field, value, path):
    broken = raw()
    broken["meetings"][1][field] = value

    assert faults(broken) == [f"meetings[1].{path}"]


def test_tier_unknown():
    broken = raw()
    broken["tiers"][0]["name"] = "luck"

    assert faults(broken) == ["tiers[0].name"]


@pytest.mark.parametrize("data", [b"", b"[]", b'{"seconds": NaN}', b"\xff"])
def test_schedule_that_is_no_object(data):
    assert faults(data) == ["file"]


def test_schema_is_of_schedules():
    assert {"status", "meetings", "tiers", "seconds"} <= set(schedule_json_schema()["required"])


ROWS = [
    [["turns", "a0"], 3],
    [["meetings", "a0"], 0],
    [["slots", "a0", ["s0"]], 1],
    [["person", "a0", None], 4],
    [["tables", None, None], 2],
    [["facilitators", ["s0", "s1"]], 5],
    [["present", None], 1],
    [["shortfall"], 10**12],
]


def with_proof(proof: object) -> dict:
    written = raw()
    written["tiers"][1]["proof"] = proof
    return written


@pytest.mark.parametrize(
    "proof",
    [
        {"by": "zero"},
        {"by": "search", "solver": "CP-SAT"},
        {"by": "duals", "denominator": 6, "rows": ROWS},
    ],
)
def test_schedule_with_a_proof_written_and_read_again(proof):
    proven = parse_schedule(with_proof(proof))

    assert json.loads(schedule_json(proven))["tiers"][1]["proof"] == proof
    assert parse_schedule(schedule_json(proven)) == proven


def test_schedule_without_proofs_names_none():
    assert '"proof"' not in schedule_json(SCHEDULE)
    assert "proof" not in SCHEDULE.tier("value").model_dump()


@pytest.mark.parametrize(
    ("proof", "place"),
    [
        ({}, "tiers[1].proof"),
        ({"by": "hearsay"}, "tiers[1].proof"),
        ({"by": "duals", "denominator": 0, "rows": []}, "tiers[1].proof.denominator"),
        ({"by": "duals", "rows": []}, "tiers[1].proof.denominator"),
        ({"by": "duals", "denominator": 1, "rows": [[["turns", "a0"], -1]]}, "tiers[1].proof.rows[0][1]"),
        ({"by": "duals", "denominator": 1, "rows": [[["nothing"], 1]]}, "tiers[1].proof.rows[0][0]"),
        ({"by": "duals", "denominator": 1, "rows": [[["slots", "a0", [3]], 1]]}, "tiers[1].proof.rows[0][0][2][0]"),
        ({"by": "duals", "denominator": 1, "rows": [[["turns", "a0", "a1"], 1]]}, "tiers[1].proof.rows[0][0]"),
    ],
)
def test_schedule_with_a_misshapen_proof_is_refused_at_its_place(proof, place):
    assert faults(with_proof(proof)) == [place]


def test_schema_describes_each_family_of_rows():
    schema = schedule_json_schema()
    rows = schema["$defs"]["DualsProof"]["properties"]["rows"]["items"]["prefixItems"][0]["oneOf"]

    assert {row["prefixItems"][0]["const"] for row in rows} == {row[0][0] for row in ROWS}
    assert all(row["description"].startswith(f'["{row["prefixItems"][0]["const"]}"') for row in rows)
