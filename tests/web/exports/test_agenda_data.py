"""What one printed agenda shows."""

from __future__ import annotations

import pytest

from scheduler.format.errors import InvalidSchedule
from tests.web.exports.events import (
    AFTERNOON,
    BAKERY,
    GARDENS,
    PRINTER,
    event_of,
    participant,
    schedule_of,
    slots,
    small_event,
    small_schedule,
)
from web.exports.agenda_data import AgendaData, AgendaTexts, build_agendas


def agenda_of(id: str, *, language: str = "fr") -> AgendaData:
    return build_agendas(small_event(), small_schedule(), language=language, participants=[id])[0]


def test_agendas_of_all_come_in_the_order_of_the_event() -> None:
    agendas = build_agendas(small_event(), small_schedule())
    assert [agenda.participant_id for agenda in agendas] == ["a1", "a2", "c1", "c2", "c3"]
    assert [agenda.meeting_count for agenda in agendas] == [3, 1, 2, 1, 1]


def test_agenda_lines_tell_time_table_partner_and_breaks() -> None:
    (day,) = agenda_of("a1").days
    assert day.label == "Jeudi 18 mars 2027"
    assert [(line.kind, line.start, line.end, line.table_number, line.title) for line in day.lines] == [
        ("meeting", "14:00", "14:06", "7", "Imprimerie Vasseur"),
        ("break", "14:07", "14:13", "", "Temps libre · 1\u00a0créneau"),
        ("meeting", "14:14", "14:20", "3", "Studio Pixel"),
        ("break", "14:20", "14:41", "", "Pause et temps libre"),
        ("meeting", "14:42", "14:48", "12", "Boulangerie Coopérative"),
    ]


def test_agenda_reasons_are_told_from_the_reader_s_side() -> None:
    ours = agenda_of("a1").days[0].lines[0]
    assert [(reason.title, reason.text) for reason in ours.reasons] == [
        ("Vous cherchez\u00a0:", "communication"),
        ("Vous apportez\u00a0:", "image"),
        ("En commun\u00a0:", "environnement, Roubaix"),
    ]
    theirs = agenda_of("c1").days[0].lines[0]
    assert [(reason.title, reason.text) for reason in theirs.reasons] == [
        ("Vous cherchez\u00a0:", "image"),
        ("Vous apportez\u00a0:", "communication"),
        ("En commun\u00a0:", "environnement, Roubaix"),
    ]


def test_agenda_tells_mutual_wishes_and_one_s_own_rank_on_one_s_own_screen_alone() -> None:
    first, _, second, _, _ = agenda_of("a1").days[0].lines
    assert (first.wish, second.wish) == ("souhait réciproque", "souhait réciproque")
    assert agenda_of("c2").days[0].lines[0].wish == "souhait réciproque"
    event = event_of([{**GARDENS, "wishes": ["c1"]}, {**PRINTER, "wishes": []}], AFTERNOON)
    schedule = schedule_of(("a1", "c1", "18-14:00", "t1"))
    for own_screen, told in ((True, "votre 1er\u00a0souhait"), (False, "")):
        ours, theirs = build_agendas(event, schedule, own_screen=own_screen)
        assert ours.days[0].lines[0].wish == told
        assert theirs.days[0].lines[0].wish == ""


def test_agenda_kindred_needs_are_to_explore() -> None:
    line = agenda_of("a1").days[0].lines[2]
    assert [(reason.title, reason.text) for reason in line.reasons] == [("À explorer\u00a0:", "compétences")]


def test_agenda_without_any_reason_names_the_organisers() -> None:
    line = agenda_of("c1").days[0].lines[2]
    assert [(reason.title, reason.text) for reason in line.reasons] == [("", "Rencontre proposée par l’organisation.")]
    required = event_of(
        [GARDENS | {"needs": [], "wishes": []}, BAKERY],
        AFTERNOON,
        meetings=[{"between": ["c3", "a1"], "status": "required"}],
    )
    agenda = build_agendas(required, schedule_of(("a1", "c3", "18-14:00", "t1")))[0]
    assert agenda.days[0].lines[0].reasons[0].text == "Rencontre demandée par l’organisation."


def test_agenda_given_affinities_still_tell_the_facts() -> None:
    event = small_event(affinities=[{"between": ["a1", "c1"], "score": 99}])
    line = build_agendas(event, small_schedule(), participants=["a1"])[0].days[0].lines[0]
    assert line.reasons[0].text == "communication"


def test_agenda_common_break_alone_is_a_pause() -> None:
    schedule = schedule_of(("a1", "c1", "18-14:14", "t1"), ("a1", "c2", "18-14:35", "t1"))
    lines = build_agendas(small_event(), schedule, participants=["a1"])[0].days[0].lines
    assert [(line.start, line.end, line.title) for line in lines if line.kind == "break"] == [
        ("14:20", "14:35", "Pause")
    ]


def test_agenda_lunch_break_is_named() -> None:
    event = event_of([GARDENS, PRINTER, BAKERY], slots("2027-03-18", "11:50", "12:00", "13:30", "13:40"))
    schedule = schedule_of(("a1", "c1", "18-12:00", "t1"), ("a1", "c3", "18-13:30", "t1"))
    lines = build_agendas(event, schedule)[0].days[0].lines
    assert lines[1].title == "Pause déjeuner"


def test_agenda_own_absence_is_no_free_time() -> None:
    event = event_of([{**GARDENS, "unavailable": ["18-14:07"]}, PRINTER, BAKERY], AFTERNOON)
    schedule = schedule_of(("a1", "c1", "18-14:00", "t1"), ("a1", "c3", "18-14:14", "t1"))
    assert build_agendas(event, schedule)[0].days[0].lines[1].title == "Vous êtes indisponible"


def test_agenda_meetings_in_one_slot_are_parallel() -> None:
    event = event_of([{**GARDENS, "delegates": 2}, PRINTER, BAKERY], AFTERNOON)
    schedule = schedule_of(("a1", "c1", "18-14:00", "t9"), ("a1", "c3", "18-14:00", "t2"))
    lines = build_agendas(event, schedule)[0].days[0].lines
    assert [(line.table_number, line.parallel) for line in lines] == [("2", False), ("9", True)]


def test_agenda_remote_partner_is_met_online() -> None:
    event = event_of([GARDENS, {**PRINTER, "remote": True}], AFTERNOON)
    agenda = build_agendas(event, schedule_of(("a1", "c1", "18-14:00", None)))[0]
    assert (agenda.days[0].lines[0].online, agenda.online_count) == (True, 1)
    assert agenda.time_zone == "Heures locales\u00a0: Europe/Paris."


def test_agenda_without_tables_has_no_table_column() -> None:
    event = event_of([GARDENS, PRINTER], AFTERNOON, tables=[])
    agenda = build_agendas(event, schedule_of(("a1", "c1", "18-14:00", None)))[0]
    assert (agenda.has_tables, agenda.days[0].lines[0].online, agenda.time_zone) == (False, False, "")


def test_agenda_at_one_table_all_day_says_so() -> None:
    schedule = schedule_of(("a1", "c1", "18-14:00", "t4"), ("a1", "c2", "18-14:07", "t4"))
    assert build_agendas(small_event(), schedule, participants=["a1"])[0].only_table == "Table 4"
    assert agenda_of("a1").only_table == ""


def test_agenda_several_days_are_apart_and_breaks_stay_within_a_day() -> None:
    event = event_of([GARDENS, PRINTER, BAKERY], [*AFTERNOON, *slots("2027-05-01", "09:00", "09:07")])
    schedule = schedule_of(("a1", "c1", "18-14:00", "t1"), ("a1", "c3", "01-09:07", "t1"))
    agenda = build_agendas(event, schedule)[0]
    assert [(day.label, len(day.lines)) for day in agenda.days] == [
        ("Jeudi 18 mars 2027", 1),
        ("Samedi 1er mai 2027", 1),
    ]
    assert agenda.dates == "Jeudi 18 mars 2027 – samedi 1er mai 2027"


def test_agenda_without_meetings_has_no_days() -> None:
    agenda = build_agendas(small_event(), schedule_of(), participants=["a2"])[0]
    assert (agenda.days, agenda.meeting_count) == ((), 0)


def test_agenda_in_english_is_english() -> None:
    agenda = agenda_of("a1", language="en")
    line = agenda.days[0].lines[0]
    assert (agenda.language, agenda.days[0].label) == ("en", "Thursday 18 March 2027")
    assert (line.about, line.wish, line.reasons[0].title) == (
        "Company · Roubaix",
        "you chose each other",
        "You look for:",
    )


def test_agenda_french_spaces_do_not_break() -> None:
    texts = AgendaTexts(place="Salle « Rouge »", contact="Une question ? Léa", projects={"a1": "Un but : planter !"})
    agenda = build_agendas(small_event(), small_schedule(), participants=["a1"], texts=texts)[0]
    assert agenda.event_title == "Rencontres du canal\u00a0: associations et entreprises"
    assert agenda.place == "Salle «\u00a0Rouge\u00a0»"
    assert agenda.contact == "Une question\u202f? Léa"
    assert agenda.project == "Un but\u00a0: planter\u202f!"


def test_agenda_never_shows_a_veto() -> None:
    assert "c3" not in repr(agenda_of("a2"))
    assert "Boulangerie" not in repr(agenda_of("a2"))


def test_agenda_nameless_participant_is_called_by_id() -> None:
    event = event_of([participant("a9", "association", ""), PRINTER], AFTERNOON)
    assert build_agendas(event, schedule_of())[0].name == "a9"


def test_agenda_schedule_of_another_event_is_refused_with_every_fault() -> None:
    schedule = schedule_of(("a1", "zz", "18-14:00", "t1"), ("a1", "c1", "s99", "t99"), facilitator="f9")
    with pytest.raises(InvalidSchedule) as refused:
        build_agendas(small_event(), schedule)
    assert [str(fault) for fault in refused.value.faults] == [
        'meetings[0].between[1]: expected a participant of the event, found "zz"',
        'meetings[0].facilitator: expected a facilitator of the event, found "f9"',
        'meetings[1].slot: expected a slot of the event, found "s99"',
        'meetings[1].table: expected a table of the event, found "t99"',
        'meetings[1].facilitator: expected a facilitator of the event, found "f9"',
    ]


def test_agenda_unknown_participant_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        build_agendas(small_event(), small_schedule(), participants=["nobody"])


def test_agenda_says_nothing_of_a_meeting_that_a_bare_number_brought_about() -> None:
    given = [{"between": ["a1", "c1"], "score": 37}]
    people = [GARDENS | {"needs": [], "offers": [], "themes": [], "wishes": []}, PRINTER | {"wishes": []}]
    schedule = schedule_of(("a1", "c1", "18-14:00", "t1"))
    line = build_agendas(event_of(people, AFTERNOON, affinities=given), schedule)[0].days[0].lines[0]
    assert (line.wish, line.reasons) == ("", ())
    allowed = [{"between": ["a1", "c1"], "status": "allowed"}]
    line = build_agendas(event_of(people, AFTERNOON, affinities=given, meetings=allowed), schedule)[0].days[0].lines[0]
    assert [reason.text for reason in line.reasons] == ["Rencontre proposée par l’organisation."]


def with_lines(language: str = "fr", **lines: dict[str, dict[str, str]]) -> list[tuple[str, ...]]:
    texts = AgendaTexts(lines=lines)
    agenda = build_agendas(small_event(), small_schedule(), language=language, participants=["a1"], texts=texts)[0]
    return [line.said for day in agenda.days for line in day.lines if line.kind == "meeting"]


def test_agenda_tells_what_a_partner_wrote_beside_what_brings_them_together() -> None:
    said = with_lines(
        c1={
            "needs": {"visibility.image": "notre fête de juin, 200 invités"},
            "offers": {"skills.communication": "deux jours de graphiste", "goods.food": "du pain"},
        },
        c3={"offers": {"goods.food": "dix kilos de pain le vendredi"}},
    )
    assert said[0] == (
        "Dans leurs mots\u00a0: «\u00a0deux jours de graphiste\u00a0»",
        "Dans leurs mots\u00a0: «\u00a0notre fête de juin, 200 invités\u00a0»",
    )
    # Of a kindred field: goods.it was looked for, goods.food is brought.
    assert said[2] == ("Dans leurs mots\u00a0: «\u00a0dix kilos de pain le vendredi\u00a0»",)


def test_agenda_of_people_who_wrote_nothing_says_nothing_of_it() -> None:
    assert with_lines() == [(), (), ()]
