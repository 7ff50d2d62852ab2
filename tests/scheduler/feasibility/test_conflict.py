"""Why an event has no schedule: a minimal set of requirements, in words; leaving out any of them helps."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import event as note
from hypothesis import strategies as st

from scheduler.command.main import INFEASIBLE, main
from scheduler.feasibility.requirement import asking, requirements_of
from scheduler.format.errors import Infeasible
from scheduler.format.event import Event, MeetingRule, event_json
from scheduler.format.requirement import Requirement
from scheduler.problem.watch import SolveOptions
from scheduler.solve import solve
from scheduler.wording.requirements import in_short, reasons, sentence
from tests.properties.brute_force import Exhaustive
from tests.properties.strategies import events
from tests.scheduler.builders import event, people, rule, slots, tables, worth

SCORES = worth({"a0 c0": 9, "a0 c1": 8, "a1 c0": 7, "a1 c1": 6})
OPTIONS = SolveOptions(workers=1)


def fair(**fields: Any) -> Event:
    return event(**{"affinities": SCORES, **fields})


def conflict(case: Event) -> list[Requirement]:
    with pytest.raises(Infeasible) as caught:
        solve(case, OPTIONS)
    return list(caught.value.requirements)


def without(case: Event, left_out: Requirement) -> Event:
    """The event in which one requirement is not asked."""
    parts: dict[str, Any] = {name: getattr(case, name) for name in Event.model_fields}
    rules, everybody = list(case.meetings), list(case.participants)
    p = left_out.subject
    match left_out.kind:
        case "meeting":
            rules[p] = rules[p].model_copy(update={"status": "allowed"})
        case "after":
            after = tuple(pair for pair in rules[p].after if pair != left_out.pair)
            rules[p] = rules[p].model_copy(update={"after": after})
        case "maximum":
            everybody[p] = everybody[p].model_copy(update={"max_meetings": None})
        case "away":
            everybody[p] = everybody[p].model_copy(update={"unavailable": ()})
        case "seat":
            everybody[p] = everybody[p].model_copy(update={"home_table": None, "requires": ()})
        case "facilitator":
            everybody[p] = everybody[p].model_copy(update={"needs_facilitator": False})
        case "veto":
            assert left_out.pair is not None
            kept = tuple(id for id in everybody[p].vetoes if id != left_out.pair[1])
            everybody[p] = everybody[p].model_copy(update={"vetoes": kept})
        case "tables":
            parts["tables"] = ()
            everybody = [one.model_copy(update={"home_table": None, "requires": ()}) for one in everybody]
        case "break_difference":
            parts["rules"] = case.rules.model_copy(update={"max_break_difference": None})
        case "max_in_a_row":
            parts["rules"] = case.rules.model_copy(update={"max_in_a_row": None})
        case "seated":
            parts["rules"] = case.rules.model_copy(update={"seated": ()})
        case "same_person":
            parts["same_person"] = (*case.same_person[:p], *case.same_person[p + 1 :])
    return Event.model_construct(**{**parts, "participants": tuple(everybody), "meetings": tuple(rules)})


def star(count: int, **more: Any) -> list[Any]:
    """a0 and ``count`` companies; ``more`` is what is said of a0."""
    return people("a0", *(f"c{k}" for k in range(count)), a0=more)


def with_everybody(count: int, **more: Any) -> list[Any]:
    return [rule(f"a0 c{k}", **more) for k in range(count)]


# Each with the size of its conflict and what is said of it in short.
CASES: dict[str, tuple[Event, int, str | None]] = {
    "two in one slot": (
        fair(meetings=[rule("a0 c0", slot="s0"), rule("a0 c1", slot="s0"), rule("a1 c1")]),
        2,
        "2 required meetings of a0, but only 1 round for them",
    ),
    "one table": (
        fair(
            tables=tables(1),
            slots=slots(2, sessions=["am", "pm"]),
            meetings=[rule("a0 c0", session="am"), rule("a1 c1", session="am"), rule("a1 c0")],
        ),
        3,
        "2 required meetings that must share 1 table in 1 round: room for only 1",
    ),
    "at most one": (
        fair(
            participants=people("a0", "a1", "c0", "c1", a0={"max_meetings": 1}, c1={"max_meetings": 2}),
            meetings=[rule("a0 c0"), rule("a0 c1"), rule("a1 c1")],
        ),
        3,
        "2 required meetings of a0, but at most 1 allowed",
    ),
    "more than there are slots": (
        event(slots=slots(4), participants=star(5), affinities=[], meetings=with_everybody(5)),
        5,
        "5 required meetings of a0, but only 4 rounds for them",
    ),
    "more than slots in which one is there": (
        event(
            slots=slots(5), participants=star(4, unavailable=["s0", "s3"]), affinities=[], meetings=with_everybody(4)
        ),
        5,
        "4 required meetings of a0, but only 3 rounds in which a0 is there",
    ),
    "two people in too few slots": (
        event(slots=slots(2), participants=star(5, delegates=2), affinities=[], meetings=with_everybody(5)),
        5,
        "5 required meetings of a0, but only 2 rounds for them, 2 meetings in each",
    ),
    "no facilitator free": (
        fair(
            slots=slots(2),
            facilitators=[{"id": "f0", "unavailable": ["s1"]}],
            participants=people("a0", "a1", "c0", "c1", a0={"needs_facilitator": True}, a1={"needs_facilitator": True}),
            meetings=[rule("a0 c0"), rule("a1 c1")],
        ),
        4,
        "2 required meetings with a facilitator in 1 round, but facilitators are free for only 1",
    ),
    "no table for both": (
        fair(
            tables=tables(2),
            participants=people("a0", "a1", "c0", "c1", a0={"home_table": "t0"}, c0={"home_table": "t1"}),
            meetings=[rule("a0 c0"), rule("a1 c1")],
        ),
        3,
        None,
    ),
    "too few tables of the kind": (
        fair(
            slots=slots(1),
            tables=tables(2, ["accessible"]),
            participants=people(
                "a0", "a1", "c0", "c1", a0={"requires": ["accessible"]}, c1={"requires": ["accessible"]}
            ),
            meetings=[rule("a0 c0"), rule("a1 c1")],
        ),
        4,
        "2 required meetings that must share 1 table in 1 round: room for only 1",
    ),
    "circle of order": (
        fair(
            meetings=[rule("a0 c0", after=[["a1", "c1"]]), rule("a1 c1", after=[["a0", "c0"]]), rule("a0 c1")],
        ),
        4,
        "the order of these 2 meetings goes round in a circle: each comes after another of them",
    ),
    "order against sessions": (
        fair(
            slots=slots(3, sessions=["am", "am", "pm"]),
            meetings=[rule("a0 c0", session="am", after=[["a1", "c1"]]), rule("a1 c1", session="pm")],
        ),
        3,
        None,
    ),
    "order against a fixed slot": (
        fair(meetings=[rule("a0 c0", slot="s0", after=[["a0", "c1"]]), rule("a0 c1"), rule("a1 c1")]),
        3,
        None,
    ),
    "fixed slots and forbidden ones": (
        fair(
            slots=slots(2),
            participants=people("a0", "a1", "c0", "c1", c1={"unavailable": ["s1"]}),
            meetings=[rule("a0 c0", slot="s0"), rule("a0 c1"), rule("a1 c0")],
        ),
        3,
        "2 required meetings of a0, but only 1 round for them",
    ),
    "breaks alike": (
        fair(
            slots=slots(3),
            affinities=[],
            meetings=[rule("a0 c0", slot="s0"), rule("a0 c1", slot="s2")],
            rules={"max_break_difference": 0},
        ),
        3,
        None,
    ),
    "breaks alike though others may meet": (
        fair(
            slots=slots(3),
            participants=people("a0", "a1", "c0", "c1", "c2", c2={"unavailable": ["s1"]}),
            affinities=worth({"a0 c2": 4}),
            meetings=[rule("a0 c0", slot="s0"), rule("a0 c1", slot="s2"), rule("a1 c0", slot="s1")],
            rules={"max_break_difference": 0},
        ),
        4,
        None,
    ),
    "required against a veto": (
        fair(
            participants=people("a0", "a1", "c0", "c1", a0={"vetoes": ["c0"]}), meetings=[rule("a0 c0"), rule("a1 c1")]
        ),
        2,
        None,
    ),
    "one person in two places": (
        fair(
            slots=slots(2),
            same_person=[["a0", "a1"]],
            meetings=[rule("a0 c0", slot="s0"), rule("a1 c1", slot="s0"), rule("a1 c0")],
        ),
        3,
        None,
    ),
    "one person with itself": (fair(same_person=[["c0", "a0"]], meetings=[rule("a0 c0"), rule("a1 c1")]), 2, None),
    "no pause": (
        fair(slots=slots(3), meetings=[rule("a0 c0", slot="s0"), rule("a0 c1", slot="s1")], rules={"max_in_a_row": 1}),
        3,
        None,
    ),
    "seated at two tables": (
        fair(
            tables=tables(2, ["quiet"], ["screen"]),
            participants=people("a0", "a1", "c0", "c1", a0={"requires": ["quiet"]}, a1={"requires": ["screen"]}),
            meetings=[rule("a0 c0"), rule("a1 c0")],
            rules={"seated": ["company"]},
        ),
        5,
        None,
    ),
    "never there together": (
        fair(
            slots=slots(2),
            participants=people("a0", "a1", "c0", "c1", a0={"unavailable": ["s0"]}, c0={"unavailable": ["s1"]}),
            meetings=[rule("a0 c0"), rule("a1 c1")],
        ),
        3,
        None,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_leaving_out_any_requirement_of_the_conflict_helps(name: str):
    case, size, short = CASES[name]
    found = conflict(case)

    assert len(found) == size
    assert in_short(found, case) == short
    for requirement in found:
        assert solve(without(case, requirement), OPTIONS)


@pytest.mark.parametrize("name", CASES)
def test_conflict_alone_is_still_a_conflict(name: str):
    case = CASES[name][0]
    found = conflict(case)

    assert not Exhaustive(asking(case, found)).plans
    assert len(conflict(asking(case, found))) == len(found)


def test_more_than_one_too_many_are_counted_in_full():
    case = event(slots=slots(4), participants=star(7), affinities=[], meetings=with_everybody(7))
    found = conflict(case)

    assert len(found) == 5
    assert in_short(found, case) == "7 required meetings of a0, but only 4 rounds for them"


def crowded() -> st.SearchStrategy[Event]:
    """Events in which many meetings are required, most of them too many."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Event:
        case = draw(events(people=5, slots=3, room=True))
        ids = [participant.id for participant in case.participants]
        known = {frozenset(entry.between) for entry in case.meetings}
        pairs = [(a, b) for k, a in enumerate(ids) for b in ids[k + 1 :] if frozenset((a, b)) not in known]
        more = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=5)) if pairs else []
        added = tuple(MeetingRule(between=pair, status="required") for pair in more)
        return case.model_copy(update={"meetings": (*case.meetings, *added)})

    return drawn()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(crowded())
def test_conflict_of_any_event_is_minimal(case: Event):
    """What is told cannot hold together, and can without any one of it: exhaustive search says so."""
    try:
        solve(case, SolveOptions(time_limit=20.0, workers=1))
        assume(False)
    except Infeasible as infeasible:
        found = list(infeasible.requirements)
        assert all(reasons(infeasible, "fr")) and all(reasons(infeasible, "en"))
    in_short(found, case, "fr")
    note(f"{len(found)} with {'breaks' if Requirement('break_difference') in found else 'counts or order'}")
    alone = Exhaustive(asking(case, found))
    assume(alone.size <= 30_000)
    assert not alone.plans
    for left_out in found:
        rest = Exhaustive(asking(case, [one for one in found if one != left_out]))
        assume(rest.size <= 30_000)
        assert rest.plans


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(crowded())
def test_asking_for_everything_is_the_event_itself(case: Event):
    whole, asked = Exhaustive(case), Exhaustive(asking(case, requirements_of(case)))
    assume(max(whole.size, asked.size) <= 30_000)

    assert bool(whole.plans) == bool(asked.plans)


@pytest.mark.parametrize(
    ("requirement", "english", "french"),
    [
        (
            Requirement("meeting", 0),
            "the meeting a0 – c0 is held in round s1 (09:10) in session am",
            "le rendez-vous a0 – c0 a lieu au créneau s1 (09:10) dans la session «\u00a0am\u00a0»",
        ),
        (
            Requirement("after", 0, ("a1", "c1")),
            "the meeting a0 – c0 comes after a1 – c1",
            "le rendez-vous a0 – c0 vient après a1 – c1",
        ),
        (Requirement("maximum", 0), "a0 has at most 2 meetings", "a0 a au plus 2 rendez-vous"),
        (Requirement("away", 1), "a1 is there in only 1 of the 2 rounds", "a1 n’est là qu’à 1 des 2 créneaux"),
        (Requirement("veto", 2, ("c0", "a1")), "c0 never meets a1 (veto)", "c0 ne rencontre jamais a1 (veto)"),
        (
            Requirement("seat", 0),
            "a0 meets only at table t0 and at a table that is quiet",
            "les rendez-vous de a0 n’ont lieu qu’à la table «\u00a0t0\u00a0» et à une table équipée\u00a0: quiet",
        ),
        (
            Requirement("facilitator", 1),
            "each meeting of a1 has a facilitator who is free",
            "chaque rendez-vous de a1 a un médiateur libre",
        ),
        (Requirement("tables"), "there are only 2 tables", "il n’y a que 2 tables"),
        (
            Requirement("break_difference"),
            "the numbers of breaks of any two participants differ by at most 1",
            "les nombres d’attentes de deux participants diffèrent d’au plus 1",
        ),
        (
            Requirement("same_person", 0),
            "a0, a1 and c1 are one person, who has one meeting at a time",
            "a0, a1 et c1 sont une même personne, qui n’a qu’un rendez-vous à la fois",
        ),
        (
            Requirement("seated"),
            "participants who stay seated (kind: company) keep one table all day",
            "les participants qui restent assis (catégorie\u00a0: «\u00a0company\u00a0») "
            "gardent la même table toute la journée",
        ),
        (
            Requirement("max_in_a_row"),
            "nobody has meetings in more than 1 round in a row",
            "personne n’a de rendez-vous sur plus d’un créneau d’affilée",
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Requirement) else "",
)
def test_requirement_has_words_in_both_languages(requirement: Requirement, english: str, french: str):
    case = fair(
        slots=slots(2, sessions=["am", "am"]),
        tables=tables(2, ["quiet"]),
        participants=people(
            "a0",
            "a1",
            "c0",
            "c1",
            a0={"max_meetings": 2, "home_table": "t0", "requires": ["quiet"]},
            a1={"unavailable": ["s0"], "needs_facilitator": True},
            c0={"vetoes": ["a1"]},
        ),
        meetings=[rule("a0 c0", slot="s1", session="am", after=[["a1", "c1"]])],
        same_person=[["a0", "a1", "c1"]],
        rules={"max_break_difference": 1, "seated": ["company"], "max_in_a_row": 1},
    )
    assert sentence(requirement, case, "en") == english
    assert sentence(requirement, case, "fr") == french


@pytest.mark.parametrize("name", CASES)
def test_every_count_has_french_words_too(name: str):
    case, _, short = CASES[name]
    told = in_short(conflict(case), case, "fr")

    assert (told is None) == (short is None)
    assert told is None or "required" not in told


def test_many_meetings_of_few_tables_are_refuted_by_counting():
    """A pigeonhole of this size has no short proof by clauses: without counting it would take for ever."""
    ids = [f"{side}{k}" for side in "ac" for k in range(25)]
    case = event(
        slots=slots(4),
        tables=tables(5),
        participants=people(*ids),
        affinities=[],
        meetings=[rule(f"a{k} c{k}") for k in range(25)],
    )
    found = conflict(case)

    assert len(found) == 22
    assert in_short(found, case, "fr") == (
        "21 rendez-vous imposés doivent se partager 5 tables sur 4 créneaux\u00a0: il n’y a de place que pour 20"
    )


def test_command_says_first_what_counts(tmp_path: Any, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "event.json").write_text(event_json(CASES["more than there are slots"][0]))

    assert main(["solve", str(tmp_path / "event.json")]) == INFEASIBLE
    lines = capsys.readouterr().err.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("no schedule"))
    assert lines[start] == "no schedule respects all requirements; these cannot hold together:"
    assert lines[start + 1] == "  (5 required meetings of a0, but only 4 rounds for them)"
    assert lines[start + 2] == "- the meeting a0 – c0 is held"
