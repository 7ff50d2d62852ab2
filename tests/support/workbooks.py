"""An event that uses all that the format can say, workbooks in memory, and texts that cells hold."""

import io

from hypothesis import strategies as st
from openpyxl import Workbook

from scheduler.format.text import clean

FULL = {
    "format": "passerelle-event/1",
    "title": "=SUM(A1)",
    "timezone": "Indian/Reunion",
    "slots": [
        {"id": "s1", "start": "2027-03-18T14:00", "end": "2027-03-18T14:06", "session": "am"},
        {"id": "s2", "start": "2027-03-18T14:08", "end": "2027-03-18T14:14:30", "session": ""},
        {"id": "s3", "start": "2027-03-19T14:08", "end": "2027-03-19T14:14"},
    ],
    "tables": [{"id": "t1", "name": "Table 1", "features": ["accessible", "a; b"]}, {"id": "12"}],
    "facilitators": [{"id": "f1", "name": "Médiatrice", "unavailable": ["s2", "s3"]}],
    "may_meet": [["association", "company"], ["company", "company"], ["a + b", "a;b"]],
    "participants": [
        {
            "id": "a1",
            "kind": "association",
            "name": '=1+1 "Jardins"',
            "needs": ["skills.communication", "+x", " y "],
            "offers": ["visibility"],
            "themes": ["environment"],
            "wishes": ["c2", "c1"],
            "vetoes": ["a2"],
            "min_meetings": 3,
            "max_meetings": 10,
            "delegates": 2,
            "unavailable": ["s3"],
            "home_table": "12",
            "requires": ["accessible"],
            "needs_facilitator": True,
            "zone": "",
            "boost": -4,
        },
        {"id": "a2", "kind": "association", "name": "#N/A", "remote": True, "zone": "roubaix"},
        {"id": "c1", "kind": "company", "name": "Ligne 1\nLigne 2\r\n\x0b _x0041_"},
        {"id": "c2", "kind": "company", "max_meetings": 0, "wishes": ["a1"]},
    ],
    "meetings": [
        {"between": ["a1", "c1"], "status": "required", "slot": "s1", "session": "am"},
        {"between": ["a1", "c2"], "status": "required", "after": [["a1", "c1"], ["a2", "c1"]]},
        {"between": ["a2", "c1"], "status": "allowed"},
        {"between": ["a2", "c2"], "status": "forbidden"},
    ],
    "affinities": [{"between": ["a1", "c1"], "score": 37}],
    "same_person": [["a2", "c1", "c2"]],
    "rules": {
        "coverage": [40, 25],
        "max_break_difference": 2,
        "seated": ["association"],
        "max_in_a_row": 2,
        "weights": {"need": 11, "mutual": 0},
    },
}

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.text('";+= \t\n\r_x0041', max_size=8)
# What an event holds is clean: parse_event drops what cannot be seen.
READ = TEXTS.map(clean)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def small_book(**sheets: list[list[object]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return saved(book)
