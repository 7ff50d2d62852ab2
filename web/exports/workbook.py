"""The timetable as a workbook for organisers: who is where when, what each table holds, and all meetings listed."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from scheduler.format.event import Event, Participant
from scheduler.format.schedule import Meeting, Schedule
from web.domain.event.taxonomy import capitalised, kind_label, zone_label
from web.exports.references import require_references
from web.exports.words import clock, language_of, long_date, words

_HEAD: Final = Font(bold=True)
_HEAD_FILL: Final = PatternFill("solid", fgColor="FFE8EDF2")
_ABSENT: Final = Font(italic=True, color="FF767676")
_WRAPPED: Final = Alignment(wrap_text=True, vertical="top")
_LINE: Final = Border(bottom=Side("thin", color="FFD0D7DE"))
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_CELL_LIMIT: Final = 32_767


def schedule_workbook(event: Event, schedule: Schedule, language: str) -> bytes:
    """Return an XLSX file of four sheets: participants × slots, tables × slots, meetings, what the timetable is worth.

    Every text is stored as text, whatever it starts with: a name such as ``=1+1`` stays a name. Raises
    ``scheduler.format.errors.InvalidSchedule`` for a schedule of another event. Cost: participants × slots.
    """
    require_references(event, schedule)
    book = Workbook()
    book.remove(book.worksheets[0])
    view = _View(event, schedule, language_of(language))
    view.participants(book.create_sheet(view.words["sheet_participants"]))
    view.tables(book.create_sheet(view.words["sheet_tables"]))
    view.meetings(book.create_sheet(view.words["sheet_meetings"]))
    view.summary(book.create_sheet(view.words["sheet_summary"]))
    book.properties.title = _clean(event.title) or view.words["agendas"]
    book.properties.creator = "Passerelle"
    book.properties.language = view.language
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def meeting_table(event: Event, schedule: Schedule, language: str) -> tuple[list[str], list[list[str | int]]]:
    """The headings and the rows of the sheet of meetings. Raises ``scheduler.format.errors.InvalidSchedule``."""
    require_references(event, schedule)
    return _View(event, schedule, language_of(language)).meeting_table()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a meeting is shown: the table's id, or ``None`` for those online or without tables."""

    table: str | None
    slot: str


class _View:
    """The event and the schedule as the sheets need them."""

    def __init__(self, event: Event, schedule: Schedule, language: str) -> None:
        self.event = event
        self.schedule = schedule
        self.language = language
        self.words = words(language)
        self.table_names = {table.id: table.label for table in event.tables}
        self.facilitators = {facilitator.id: facilitator.label for facilitator in event.facilitators}
        self.ordered = sorted(schedule.meetings, key=self._order)

    def participants(self, sheet: Worksheet) -> None:
        """One row a participant, one column a slot."""
        heads = [self.words["participant"], self.words["kind"], self.words["count"]]
        self._slot_heads(sheet, heads)
        held: dict[tuple[str, str], list[Meeting]] = {}
        counts = dict.fromkeys(self.event.participant_index, 0)
        for meeting in self.ordered:
            for id in meeting.between:
                held.setdefault((id, meeting.slot), []).append(meeting)
                counts[id] += 1
        for row, participant in enumerate(self.event.participants, start=3):
            _write(sheet, row, 1, participant.label).font = _HEAD
            _write(sheet, row, 2, self._kind(participant))
            sheet.cell(row, 3, counts[participant.id])
            for column, slot in enumerate(self.event.slots, start=4):
                meetings = held.get((participant.id, slot.id), ())
                if meetings:
                    _write(sheet, row, column, "\n".join(self._seen_by(participant, meeting) for meeting in meetings))
                elif slot.id in participant.unavailable:
                    _write(sheet, row, column, self.words["unavailable"]).font = _ABSENT
        self._finish_grid(sheet, widths=[34, 14, 9], slot_width=24)

    def tables(self, sheet: Worksheet) -> None:
        """One row a table, one column a slot; a last row for what takes place at none."""
        self._slot_heads(sheet, [self.words["table"]])
        shown: dict[_Place, list[str]] = {}
        for meeting in self.ordered:
            a, b = (self.event.participant(id).label for id in meeting.between)
            shown.setdefault(_Place(meeting.table, meeting.slot), []).append(f"{a}\n{b}")
        rows: list[tuple[str | None, str]] = list(self.table_names.items())
        if any(place.table is None for place in shown):
            rows.append((None, capitalised(self.words["online"]) if self.table_names else "–"))
        for row, (table, name) in enumerate(rows, start=3):
            _write(sheet, row, 1, name).font = _HEAD
            for column, slot in enumerate(self.event.slots, start=2):
                texts = shown.get(_Place(table, slot.id))
                if texts:
                    _write(sheet, row, column, "\n\n".join(texts))
        self._finish_grid(sheet, widths=[16], slot_width=28)

    def meetings(self, sheet: Worksheet) -> None:
        """One row a meeting, in the order of the event, ready to be filtered."""
        heads, rows = self.meeting_table()
        _heads(sheet, 1, heads)
        for row, cells in enumerate(rows, start=2):
            for column, value in enumerate(cells, start=1):
                if isinstance(value, str):
                    _write(sheet, row, column, value)
                else:
                    sheet.cell(row, column, value)
        _widths(sheet, [26, 8, 8, 14, 34, 14, 34, 14, 24, 8])
        sheet.freeze_panes = "A2"
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{max(1, len(rows)) + 1}"

    def meeting_table(self) -> tuple[list[str], list[list[str | int]]]:
        """The headings of the meetings, and a row each."""
        text = self.words
        keys = ("day", "start", "end", "table", "participant", "kind", "partner", "kind", "facilitator_name", "score")
        rows: list[list[str | int]] = []
        for meeting in self.ordered:
            slot = self.event.slots[self.event.slot_index[meeting.slot]]
            a, b = (self.event.participant(id) for id in meeting.between)
            rows.append(
                [
                    long_date(self.language, slot.start.date()),
                    clock(slot.start),
                    clock(slot.end),
                    self._where(meeting),
                    a.label,
                    self._kind(a),
                    b.label,
                    self._kind(b),
                    self.facilitators.get(meeting.facilitator or "", ""),
                    meeting.score,
                ]
            )
        return [text[key] for key in keys], rows

    def summary(self, sheet: Worksheet) -> None:
        """The aims with their proofs."""
        text = self.words
        _heads(sheet, 1, [text["tier"], text["value"], text["bound"], text["proven"]])
        for row, tier in enumerate(self.schedule.tiers, start=2):
            _write(sheet, row, 1, text[f"tier_{tier.name}"])
            sheet.cell(row, 2, tier.value)
            if tier.bound is None:
                _write(sheet, row, 3, text["unknown"])
            else:
                sheet.cell(row, 3, tier.bound)
            _write(sheet, row, 4, text["yes" if tier.proven else "no"])
        _widths(sheet, [46, 12, 16, 10])

    def _order(self, meeting: Meeting) -> tuple[int, int]:
        table = len(self.event.tables) if meeting.table is None else self.event.table_index[meeting.table]
        return self.event.slot_index[meeting.slot], table

    def _slot_heads(self, sheet: Worksheet, heads: Sequence[str]) -> None:
        """Two head rows: the day above its slots, the time of each slot."""
        days: dict[str, int] = {}
        for column, slot in enumerate(self.event.slots, start=len(heads) + 1):
            days.setdefault(long_date(self.language, slot.start.date()), column)
        _heads(sheet, 1, [], at=days)
        _heads(sheet, 2, [*heads, *(f"{clock(slot.start)}–{clock(slot.end)}" for slot in self.event.slots)])

    def _finish_grid(self, sheet: Worksheet, widths: Sequence[int], slot_width: int) -> None:
        _widths(sheet, [*widths, *[slot_width] * len(self.event.slots)])
        for cells in sheet.iter_rows(min_row=3):
            for cell in cells:
                cell.alignment = _WRAPPED
                cell.border = _LINE
        sheet.freeze_panes = f"{get_column_letter(len(widths) + 1)}3"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = sheet.PAPERSIZE_A3
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.print_title_rows = "1:2"
        sheet.print_title_cols = "A:A"

    def _seen_by(self, me: Participant, meeting: Meeting) -> str:
        a, b = meeting.between
        partner = self.event.participant(b if a == me.id else a)
        where = self._where(meeting)
        return f"{partner.label}\n{where}" if where else partner.label

    def _where(self, meeting: Meeting) -> str:
        if meeting.table is not None:
            return self.table_names[meeting.table]
        remote = any(self.event.participant(id).remote for id in meeting.between)
        return self.words["online"] if remote else ""

    def _kind(self, participant: Participant) -> str:
        kind = capitalised(kind_label(participant.kind, self.language))
        return f"{kind} · {zone_label(participant.zone, self.language)}" if participant.zone else kind


def _heads(sheet: Worksheet, row: int, texts: Sequence[str], at: Mapping[str, int] | None = None) -> None:
    """Write head cells in ``row``: ``texts`` from the first column on, or each text of ``at`` in its column."""
    placed = {column: text for text, column in at.items()} if at else dict(enumerate(texts, start=1))
    for column, text in placed.items():
        cell = _write(sheet, row, column, text)
        cell.font = _HEAD
        cell.fill = _HEAD_FILL


def _widths(sheet: Worksheet, widths: Sequence[int]) -> None:
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width


def _write(sheet: Worksheet, row: int, column: int, text: str) -> Cell:
    """Store ``text`` as text, never as a formula, and mark it so that programs that re-type cells leave it alone."""
    clean = _clean(text)[:_CELL_LIMIT]
    cell = sheet.cell(row, column, clean)
    cell.data_type = "s"
    if clean.startswith(_FORMULA_STARTS):
        cell.quotePrefix = True
    return cell


def _clean(text: str) -> str:
    """``text`` without the control characters that a workbook cannot hold."""
    return re.sub(r"[\x00-\x08\x0b-\x1f]", " ", text).strip()
