"""Lists of people and matrices become events; what they leave open is asked for, nothing is swallowed."""

import io
from typing import Any

import pytest
from openpyxl import Workbook

from scheduler.format.errors import InvalidEvent
from scheduler.format.interchange import Options, Reading, read_files
from scheduler.wording.sentences import told

ROUNDS: dict[str, Any] = {"slots": "6x10+2@14:00", "days": ("18/03/2027",)}
ROSTER = """\
Nom;Prénom;Type;Choix 2;Choix n°1;Indisponibilités;E-mail;Taille
Dupont;Léa;Étudiant;martin;Hélène Durand;14h-14h20;lea@example.org;M
Petit;Zoé;Étudiant;;Durand Hélène;;;
Martin;Paul;Professeur;Dupont Lea;ZOÉ PETIT;18/03/2027 15h;;
Durand;Hélène;Professeur;-;aucun;matin;;L
"""


def read(*files: tuple[str, str], **said: Any) -> Reading:
    return read_files([(text.encode(), name) for name, text in files], Options(**{**ROUNDS, **said}))


def faults(*files: tuple[str, str], **said: Any) -> list[str]:
    with pytest.raises(InvalidEvent) as refused:
        read(*files, **said)
    return [str(fault) for fault in refused.value.faults]


def notes(reading: Reading, language: str = "en") -> list[str]:
    return [told(note, language) for note in reading.notes]


def wishes(reading: Reading) -> dict[str, list[str]]:
    name = {one.id: one.name for one in reading.event.participants}
    return {one.name: [name[id] for id in one.wishes] for one in reading.event.participants}


def test_a_list_with_ranked_choices_and_absences_is_an_event():
    reading = read(("liste.csv", ROSTER.replace("martin", "Paul Martin")))
    event = reading.event
    assert [(one.id, one.kind, one.name) for one in event.participants] == [
        ("e1", "Étudiant", "Léa Dupont"),
        ("e2", "Étudiant", "Zoé Petit"),
        ("p1", "Professeur", "Paul Martin"),
        ("p2", "Professeur", "Hélène Durand"),
    ]
    assert wishes(reading) == {
        "Léa Dupont": ["Hélène Durand", "Paul Martin"],
        "Zoé Petit": ["Hélène Durand"],
        "Paul Martin": ["Zoé Petit", "Léa Dupont"],
        "Hélène Durand": [],
    }
    assert [one.unavailable for one in event.participants] == [("s1", "s2"), (), ("s6",), ()]
    assert event.may_meet == (("Étudiant", "Professeur"),)
    assert (len(event.slots), event.slots[0].start.isoformat()) == (6, "2027-03-18T14:00:00")
    assert reading.contacts["e1"].email == "lea@example.org"


def test_what_was_understood_is_told_in_a_few_lines():
    reading = read(("liste.csv", ROSTER.replace("martin", "Paul Martin")))
    assert notes(reading) == [
        "liste: 4 rows; Nom = name; Prénom = first name; Type = kind; E-mail = email; Choix n°1, Choix 2 = wishes; "
        "Indisponibilités = unavailable",
        "liste: left aside: Taille",
        "2 Étudiant, 2 Professeur; 5 wishes, 3 absences from rounds",
        "6 rounds from 2027-03-18 14:00 to 2027-03-18 15:10",
    ]
    assert notes(reading, "fr")[1] == "liste\u00a0: laissées de côté\u00a0: Taille"


def test_a_name_on_no_list_is_a_fault_beside_the_nearest():
    (fault,) = faults(("liste.csv", ROSTER.replace("martin", "Paul Martyn")))
    assert fault.startswith("liste!D2: expected the name of somebody on the lists")
    assert fault.endswith('found "Paul Martyn" (perhaps Paul Martin)')


def test_a_name_on_no_list_is_left_out_or_taken_where_told_and_said():
    file = ("liste.csv", ROSTER.replace("martin", "Martyn Paul").replace("ZOÉ PETIT", "Qqqq"))
    taken = read(("liste.csv", ROSTER.replace("martin", "Martyn Paul")), unknown="nearest")
    assert wishes(taken)["Léa Dupont"] == ["Hélène Durand", "Paul Martin"]
    assert notes(taken)[-1] == 'liste!D2: "Martyn Paul" is on no list, "Paul Martin" was taken'
    left = read(file, unknown="leave-out")
    assert wishes(left)["Léa Dupont"] == ["Hélène Durand"]
    assert notes(left)[-2:] == [
        'liste!D2: "Martyn Paul" is on no list, left out (perhaps "Paul Martin")',
        'liste!E4: "Qqqq" is on no list, left out',
    ]
    assert "nearest" in faults(file, unknown="nearest")[0]


def test_everything_that_is_open_is_asked_for_at_once():
    asked = faults(("liste.csv", "Qui,Choix 1\nA,B\nA,C\n"), slots="", days=())
    assert [one.partition(":")[0] for one in asked] == ["--slots", "--name-column"]
    assert "--slots 12x6+2@14:00 --day 2027-03-18" in asked[0]
    asked = faults(("liste.csv", "Nom,Choix 1\nA,B\nB,\n"))
    assert [one.partition(":")[0] for one in asked] == ["--kind-column"]
    assert asked[0].endswith("found the headings Nom, Choix 1")


@pytest.mark.parametrize(
    ("said", "option", "sentence"),
    [
        ({"slots": "12 rounds"}, "--slots", "expected rounds such as 12x6+2@14:00"),
        ({"slots": "12x6@soon"}, "--slots", "expected rounds such as 12x6+2@14:00"),
        ({"slots": "0x6@14:00"}, "--slots", "expected rounds such as 12x6+2@14:00"),
        ({"slots": "999x999@31/12/9999 14:00"}, "--slots", "expected rounds such as 12x6+2@14:00"),
        ({"tables": 10**9}, "--tables", "expected a list of at most 100000"),
        ({"days": ()}, "--day", "expected the day of the rounds beside it"),
        ({"days": ("03/04/2027",)}, "--day", "expected a date of which one can tell the day"),
        ({"days": ("tomorrow",)}, "--day", "expected a date such as 2027-03-18"),
        ({"kind_column": "Sorte"}, "--kind-column", "expected one of the columns Nom, Type"),
        ({"prefers": ("Choix 9",)}, "--prefers", "expected one of the columns Nom, Type"),
        ({"may_meet": (("a", "b"), ("b", "a"))}, "--may-meet", "expected each pair of kinds once"),
        ({"slots": "3x10@14:00,1x10@14:05"}, "--slots", "expected 2027-03-18T14:10:00 or later"),
        ({"may_meet": (("a", "b"),), "timezone": "Mars/Olympus"}, "--timezone", "expected a known time zone"),
    ],
)
def test_an_option_that_cannot_be_is_told_by_its_name(said: dict[str, Any], option: str, sentence: str):
    told_of = faults(("l.csv", "Nom,Type\nA,a\nB,b\n"), **said)
    assert any(one.startswith(f"{option}: {sentence}") for one in told_of), told_of


def test_a_file_for_each_side_names_the_kinds():
    reading = read(
        ("Entreprises.csv", 'Nom,Vœux\nNord Numérique,Ada; Bob\n"Pain, SARL",Bob\n'),
        (
            "etudiants.tsv",
            "Name\tChoices\tAvailable\nAda\tPain, SARL\t14:00-14:30\nBob\tNord Numérique, Pain, SARL\t\n",
        ),
        unknown="leave-out",
    )
    assert [(one.id, one.kind) for one in reading.event.participants] == [
        ("c1", "company"),
        ("c2", "company"),
        ("e1", "etudiants"),
        ("e2", "etudiants"),
    ]
    assert wishes(reading)["Nord Numérique"] == ["Ada", "Bob"]
    assert wishes(reading)["Ada"] == ["Pain, SARL"]
    assert reading.event.participants[2].unavailable == ("s4", "s5", "s6")
    assert reading.event.participants[3].unavailable == ()


def test_sheets_of_a_workbook_are_sides_beside_slots_and_tables():
    sheets: dict[str, list[list[object]]] = {
        "Companies": [["Company", "Max"], ["North", 2]],
        "Students": [["Student", "First choice"], ["Ada", "North"]],
        "Créneaux": [["début", "fin"], ["18/03/2027 14:00", "18/03/2027 14:10"]],
        "Tables": [["id", "nom"], ["t1", "Une"]],
        "Remarks": [["anything", "at all"]],
    }
    event = read_files([(workbook(**sheets), "fair.xlsx")], Options(title="Fair", kinds=("company", "student"))).event
    assert [(one.kind, one.name, one.max_meetings) for one in event.participants] == [
        ("company", "North", 2),
        ("student", "Ada", None),
    ]
    assert event.participants[1].wishes == ("c1",)
    assert (event.title, [one.id for one in event.slots], event.tables[0].name) == ("Fair", ["s1"], "Une")


def workbook(**sheets: list[list[object]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        for row in rows or [[]]:
            (book[name] if name in book.sheetnames else book.create_sheet(name)).append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


SLOT = [["début", "fin"], ["18/03/2027 14:00", "18/03/2027 14:10"]]


def test_workbook_of_lists_beside_slots_is_read_without_options():
    sides = workbook(Créneaux=SLOT, Entreprises=[["Nom"], ["Nord"]], Étudiants=[["Nom", "Choix 1"], ["Ada", "Nord"]])
    event = read_files([(sides, "forum.xlsx")]).event
    assert [(one.kind, one.wishes) for one in event.participants] == [("company", ()), ("étudiants", ("c1",))]
    people = [["Nom", "Type", "Choix 1"], ["Ada", "Association", "Nord"], ["Nord", "Entreprise", None]]
    event = read_files([(workbook(Créneaux=SLOT, Participants=people), "forum.xlsx")]).event
    assert [(one.kind, one.wishes) for one in event.participants] == [("association", ("c1",)), ("company", ())]


def test_workbook_of_an_event_stays_one_whatever_is_wrong_with_it():
    people = [["id", "kind"], ["a1", "association"]]
    for sheets, fault in (
        ({"Créneaux": SLOT}, "workbook: expected a sheet participants, found none"),
        ({"Créneaux": SLOT, "Participants": people, "Budget": SLOT}, "budget: expected one of the sheets slots"),
        ({"Participants": people, "Tables": [["id"], ["t1"]]}, "workbook: expected a sheet slots, found none"),
    ):
        with pytest.raises(InvalidEvent) as refused:
            read_files([(workbook(**sheets), "event.xlsx")])
        assert str(refused.value).startswith(fault)


def test_those_who_are_only_named_come_in_where_an_option_says_of_which_kind():
    file = ("l.csv", "Student,1st choice,2nd choice\nAda,Dr Brown,Dr Smith\nBob,Dr Smith,Dr. Browne\n")
    reading = read(file, kinds=("student",), others="professor")
    assert [(one.kind, one.name) for one in reading.event.participants] == [
        *(("student", "Ada"), ("student", "Bob")),
        *(("professor", "Dr Brown"), ("professor", "Dr Smith"), ("professor", "Dr. Browne")),
    ]
    assert notes(reading)[-1] == 'l!C3: "Dr. Browne" was taken in as somebody else than "Dr Brown"'


def test_columns_are_named_by_options():
    reading = read(
        ("l.csv", "Col A,Col B,Col C,Col D,14:00\nx,left,two,18/03/2027 15h,x\none,right,x,,\ntwo,right,,,\n"),
        name_column="col a",
        kind_column="Col B",
        prefers=("COL C",),
        unavailable=("Col D", "14:00"),
        min_meetings=1,
        max_meetings=3,
        tables=2,
    )
    first, second, _ = reading.event.participants
    assert (first.kind, first.wishes, first.unavailable) == ("left", ("r2",), ("s1", "s6"))
    assert (second.min_meetings, second.max_meetings) == (1, 3)
    assert [one.id for one in reading.event.tables] == ["t1", "t2"]


def test_a_matrix_of_scores_is_an_event():
    reading = read(("m.csv", "student \\ professor;P1;P2\nAda;5;0\nBob;;3\n"))
    event = reading.event
    assert [(one.id, one.kind, one.name) for one in event.participants] == [
        *(("s1", "student", "Ada"), ("s2", "student", "Bob"), ("p1", "professor", "P1"), ("p2", "professor", "P2")),
    ]
    scores = {(*sorted(one.between),): one.score for one in event.affinities or ()}
    assert scores == {("p1", "s1"): 5, ("p2", "s1"): 0, ("p2", "s2"): 3}
    assert notes(reading)[0] == "m: scores of 2 rows and 2 columns"


def test_a_matrix_without_kinds_asks_for_them():
    file = ("m.csv", ",P1,P2\nAda,5,0\nBob,,3\n")
    (fault,) = faults(file)
    assert fault.startswith("--kinds: expected the kind of those in the rows, and of those in the columns")
    assert {one.kind for one in read(file, kinds=("student", "prof")).event.participants} == {"student", "prof"}


def test_a_matrix_of_everybody_with_everybody_has_one_kind_and_adds_up_what_both_say():
    reading = read(("m.csv", ",A,B,C\nA,,5,1\nB,2,,4\nC,1,4,\n"), kinds=("guest",))
    assert reading.event.may_meet == (("guest", "guest"),)
    assert sorted(one.score for one in reading.event.affinities or ()) == [1, 4, 7]
    assert notes(reading)[-1] == "the scores that the two of a pair give each other were added up"


def test_a_matrix_beside_lists_finds_their_people():
    people = ("people.csv", "Name,Kind\nAda,student\nBob,student\nDr Brown,prof\nDr Smith,prof\n")
    reading = read(people, ("scores.csv", "names,Dr Brown,Dr Smith\nAda,5,1\nBob,2,4\n"))
    assert len(reading.event.affinities or ()) == 4
    told_of = faults(people, ("scores.csv", "names,Dr Brown,Dr Smyth\nAda,5,1\nBob,2,4\n"))
    assert told_of[0].startswith("scores!C1: expected the name of somebody on the lists")
    assert told_of[0].endswith('found "Dr Smyth" (perhaps Dr Smith)')


@pytest.mark.parametrize("score", ["-1", "2.5", "much"])
def test_a_score_that_is_none_is_a_fault(score: str):
    (fault,) = faults(("m.csv", f",P1,P2\nAda,{score},0\nBob,1,3\n"), matrix=True, kinds=("a", "b"))
    assert fault.startswith("m!B2: expected a score, a whole number of at least 0, found")


def test_three_kinds_ask_who_may_meet():
    file = ("l.csv", "Nom,Type\nA,x\nB,y\nC,z\n")
    (fault,) = faults(file)
    assert fault.startswith("--may-meet:") and fault.endswith("found x, y, z")
    assert read(file, may_meet=(("x", "y"), ("x", "z"))).event.may_meet == (("x", "y"), ("x", "z"))


def test_two_of_one_name_are_told_apart_by_kind_or_asked_for():
    file = "Nom,Type,Choix\nAda,x,Lee\nLee,y,\nLee,x,\n"
    assert read(("l.csv", file)).event.participants[0].wishes == ("y1",)
    (fault,) = faults(("l.csv", file.replace("Lee,x", "Lee,y")))
    assert fault == 'l!C2: expected a name that only one of them has, or an id, found "Lee" 2 times'


def test_a_name_twice_in_the_choices_counts_once_and_is_told():
    reading = read(("l.csv", "Nom,Type,Choix 1,Choix 2\nAda,x,Lee,lee\nLee,y,,\n"))
    assert reading.event.participants[0].wishes == ("y1",)
    assert notes(reading)[-1] == 'l!D2: "lee" is named again, counted once'


def test_rows_without_a_name_or_kind_and_unknown_times_are_faults():
    assert [one.partition(",")[0] for one in faults(("l.csv", "Nom,Type,Absences\n,x,\nB,,\nC,y,toujours\n"))] == [
        "l!A2: expected a name",
        "l!B3: expected a value",
        "l!C4: expected a time of some round",
    ]


def test_titles_above_and_examples_and_empty_rows_are_left_aside():
    reading = read(("l.csv", "Liste provisoire;;\n;;\nNom;Type;Thèmes\nexemple : A;x;\nA;x;eau\n;;\nB;y;\n"))
    assert [one.name for one in reading.event.participants] == ["A", "B"]
    assert reading.event.participants[0].themes == ("eau",)
    assert "l: 1 rows above the headings were left aside" in notes(reading)


def test_rounds_of_several_days_and_parts():
    event = read(("l.csv", "Nom,Type,Absences\nA,x,18/03/2027\nB,y,matin\n"), slots="2x10@9h,2x10+5@14:00").event
    assert [one.start.strftime("%H:%M") for one in event.slots] == ["09:00", "09:10", "14:00", "14:15"]
    assert [one.unavailable for one in event.participants] == [("s1", "s2", "s3", "s4"), ("s1", "s2")]
    days = read(("l.csv", "Nom,Type\nA,x\nB,y\n"), slots="2x10@2027-03-18 9h,1x10@14h", days=("19.3.2027",)).event
    assert [one.start.strftime("%d %H:%M") for one in days.slots] == ["18 09:00", "18 09:10", "19 14:00"]


@pytest.mark.parametrize(
    ("text", "missed"),
    [
        *(("14:00", "1"), ("14h12", "2"), ("s3", "3"), ("3", "3"), ("14:00-14:30", "123"), ("de 14h à 14h30", "123")),
        *(("avant 14h20", "12"), ("after 15:00", "6"), ("2027-03-18 14:00", "1"), ("2027-03-19", ""), ("matin", "")),
        *(("14:00; 15h", "16"), ("afternoon", "123456"), ("18/03/2027 14h-14h20", "12"), ("non", "?"), ("14:11", "?")),
    ],
)
def test_times_in_peoples_words(text: str, missed: str):
    file = ("l.csv", f"Nom,Type,Absences\nA,x,{text}\nB,y,\n")
    if missed == "?":
        assert faults(file)[0].startswith("l!C2: expected a time of some round")
    else:
        assert read(file).event.participants[0].unavailable == tuple(f"s{k}" for k in missed)


def test_a_round_that_ends_at_midnight_or_after_it_is_missed_like_any_other():
    rows = "Nom,Type,Absences\nA,x,23:30\nB,y,23:45\nC,y,22h-23h59\nD,y,après 23h59\nE,y,après 23h30\n"
    event = read(("l.csv", rows), slots="2x30+5@22:55").event
    assert [(one.start.hour, one.end.hour) for one in event.slots] == [(22, 23), (23, 0)]
    missed = [one.unavailable for one in event.participants]
    assert missed == [("s2",), ("s2",), ("s1", "s2"), ("s2",), ("s2",)]


@pytest.mark.parametrize("text", ["", "\n\n", "poste,euros\nsalle,200\n"])
def test_what_is_no_list_is_told_what_one_looks_like(text: str):
    with pytest.raises(InvalidEvent) as refused:
        read_files([(text.encode(), "x.csv")])
    (fault,) = refused.value.faults
    assert (fault.path, fault.code) == ("file", "lists_or_event")
    if not text.strip():
        # Nothing that is said of lists makes one of nothing.
        assert faults(("x.csv", text), others="x")[0].startswith("file: expected an event")
    assert "passerelle template" in str(fault)


def test_thousands_of_unknown_names_are_bounded():
    rows = "".join(f"person {k},x,nobody {k}\n" for k in range(12_000))
    told_of = faults(("l.csv", f"Nom,Type,Choix\n{rows}B,y,\n"))
    assert len(told_of) == 1_001 and told_of[-1].startswith(
        "file: expected none of the above, found at least 10000 more"
    )
