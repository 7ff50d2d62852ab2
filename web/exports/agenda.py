"""Agendas on paper: tagged A4 pages, one participant after the other, many at once in worker processes."""

from __future__ import annotations

import gc
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from web.exports.agenda_data import AgendaData, AgendaDay, AgendaLine
from web.exports.glyphs import printable
from web.exports.joining import join_tagged
from web.exports.qr import qr_outline
from web.exports.tags import lighten
from web.exports.words import counted, words
from web.paths import templates_folder

if TYPE_CHECKING:
    from weasyprint import CSS
    from weasyprint.document import Document
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

Density = Literal["airy", "normal", "compact", "tight", "large"]

# A worker needs about a second before its first page: fewer agendas than this are made sooner by one process.
_WORTH_A_WORKER: Final = 12
# Millimetres of an A4 page between its margins; on a numbered page, what is left once rows that do not fit are moved.
_BODY_HEIGHT: Final = 272.0
_PAGE_HEIGHT: Final = 260.0


@dataclass(frozen=True, slots=True)
class Setting:
    """How one agenda is set.

    ``row``: least height of a meeting in mm; ``reasons``: most reasons told of a meeting; ``said``: whether it tells
    what partners wrote, which is left out sooner than the page is set small; ``paged``: on numbered pages;
    ``columns``: of the table.
    """

    density: Density
    row: float = 0.0
    reasons: int = 4
    said: bool = False
    paged: bool = False
    columns: int = 4
    name_size: str = ""

    @property
    def large(self) -> bool:
        return self.density == "large"

    @property
    def inline(self) -> bool:
        """Whether the partner's kind and zone follow the name on its line."""
        return self.density in ("compact", "tight")


class _Fact(NamedTuple):
    what: str
    value: str


class _Row(NamedTuple):
    """A row in mm: its least height, and the lines to write on inside it; its own border is the last of them."""

    height: float
    rules: int = 0
    rule: float = 0.0


class _Measure(NamedTuple):
    """Heights in mm of a line of the partner's name, of a line of reasons, of the padding; characters in a line."""

    name: float
    why: float
    padding: float
    name_width: int
    why_width: int


_MEASURES: Final[dict[Density, _Measure]] = {
    "airy": _Measure(5.3, 4.3, 4.4, 34, 52),
    "normal": _Measure(4.7, 3.85, 3.4, 40, 60),
    "compact": _Measure(4.45, 3.85, 2.6, 44, 66),
    "tight": _Measure(4.1, 3.55, 1.6, 53, 76),
}
_TRIED: Final[tuple[tuple[Density, int], ...]] = (("airy", 4), ("normal", 4), ("compact", 4), ("tight", 2))
# Settings that leave room for what partners wrote; where neither does, it is left out.
_ROOMY: Final[tuple[tuple[Density, int], ...]] = _TRIED[:2]
_PAGED: Final[tuple[tuple[Density, float, int], ...]] = (
    ("normal", 16, 4),
    ("compact", 13, 4),
    ("compact", 11, 2),
    ("tight", 10.5, 2),
)


def agendas_pdf(agendas: Sequence[AgendaData], *, large_print: bool = False, processes: int | None = None) -> bytes:
    """Return one PDF of all agendas, in their order: tagged (PDF/UA-1), with language, title and one bookmark each.

    ``processes``: how many worker processes share the work; by default one for each processor where there is enough
    to share. Raises ``ValueError`` for no agenda at all: a PDF has at least one page. Cost: linear in the meetings.
    """
    if not agendas:
        raise ValueError("no agenda to print")
    wanted = processes if processes is not None else min(os.cpu_count() or 1, len(agendas) // _WORTH_A_WORKER)
    title = title_of(agendas)
    if wanted <= 1:
        return join_tagged([chunk_pdf(agendas, large_print)], title=title, language=agendas[0].language)
    chunks = chunks_of(agendas, wanted)
    with ProcessPoolExecutor(len(chunks), mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(chunk_pdf, chunks, [large_print] * len(chunks)))
    return join_tagged(parts, title=title, language=agendas[0].language)


def title_of(agendas: Sequence[AgendaData]) -> str:
    """What the PDF of `agendas` is called: after the participant where there is one, after the event otherwise."""
    first = agendas[0]
    if len(agendas) == 1:
        return f"{words(first.language)['agenda']} – {first.name} – {first.event_title}"
    return f"{words(first.language)['agendas']} – {first.event_title}"


def chunks_of(agendas: Sequence[AgendaData], count: int) -> list[list[AgendaData]]:
    """Split into at most ``count`` runs of neighbours of nearly equal length."""
    size = math.ceil(len(agendas) / count)
    return [list(agendas[i : i + size]) for i in range(0, len(agendas), size)]


def chunk_pdf(agendas: Sequence[AgendaData], large_print: bool) -> bytes:
    """The PDF of some agendas, in this process. At module level, so that a spawned worker can find it.

    The pages laid out refer to each other: collected here, or they would stay beside those of the next chunk.
    """
    with _collector_paused():
        data = _laid_out(agendas, large_print)
    if len(agendas) > 1:
        gc.collect()
    return data


def _laid_out(agendas: Sequence[AgendaData], large_print: bool) -> bytes:
    documents = [_lay_out(agenda, large_print) for agenda in agendas]
    pages = [page for document in documents for page in document.pages]
    data = documents[0].copy(pages).write_pdf(pdf_variant="pdf/ua-1")
    assert data is not None
    return lighten(data)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Hold the cyclic collector: laid-out pages are many objects that all stay alive, and scanning them over and over
    takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _lay_out(agenda: AgendaData, large_print: bool) -> Document:
    """Lay one agenda out in the most comfortable setting that keeps it on one page, or on numbered pages."""
    for setting in _settings(agenda, large_print):
        document = _render(agenda, setting)
        if setting.paged or len(document.pages) == 1:
            return document
    return _render(agenda, replace(setting, paged=True))


def _settings(agenda: AgendaData, large_print: bool) -> Iterable[Setting]:
    """The settings worth trying, the most comfortable first; the last one is right for several pages."""
    columns = 3 + agenda.has_tables
    name_size = next(
        (size for size, most in (("", 26), ("medium", 44), ("small", 80)) if len(agenda.name) <= most), None
    )
    base = Setting("normal", columns=columns, name_size="smallest" if name_size is None else name_size)
    says = any(line.said for day in agenda.days for line in day.lines)
    if large_print:
        large = replace(base, density="large", columns=columns - 1)
        if says:
            yield replace(large, said=True)
        yield large
        return
    meetings = agenda.meeting_count
    breaks = agenda.line_count - meetings
    tried = [(*one, True) for one in _ROOMY if says] + [(*one, False) for one in _TRIED]
    for density, reasons, said in tried:
        setting = replace(base, density=density, reasons=reasons, said=said)
        room = _BODY_HEIGHT - _head_height(agenda, density) - 5.9 * breaks - 14 * (len(agenda.days) - 1)
        heights = _row_heights(agenda, setting)
        if sum(heights) > room * (1.03 if density == "tight" else 1):
            continue
        room *= 0.985
        row = min(room / max(meetings, 1), 30 if density == "airy" else 18)
        # Rows that need more than their share take it from the others.
        while row > 0 and sum(max(height, row) for height in heights) > room:
            row -= 0.25
        yield replace(setting, row=max(row, 0))
    yield _paged(agenda, base)


def _paged(agenda: AgendaData, base: Setting) -> Setting:
    """The most comfortable setting on as few pages as any: nobody wants a last page with one meeting on it."""
    breaks = 5.9 * (agenda.line_count - agenda.meeting_count) + 20 * (len(agenda.days) - 1)
    found: tuple[int, Setting] | None = None
    for density, row, reasons in _PAGED:
        setting = replace(base, density=density, row=row, reasons=reasons, paged=True)
        rows = sum(max(height, row) for height in _row_heights(agenda, setting))
        beyond_first = rows + breaks - (_PAGE_HEIGHT - _head_height(agenda, density))
        pages = 1 + max(0, math.ceil(beyond_first / (_PAGE_HEIGHT - 14)))
        if found is None or pages < found[0]:
            found = pages, setting
    assert found is not None
    return found[1]


def _head_height(agenda: AgendaData, density: Density) -> float:
    """Millimetres taken by everything but the rows of the timetable."""
    project = 4.4 * math.ceil(len(agenda.project) / 118) + 2.6 if agenda.project else 0
    contact = 6.8 if agenda.contact or agenda.time_zone else 0
    contact += 3.4 * math.ceil(len(agenda.online) / 130) + 3 if agenda.online else 0
    long_name = 8 if len(agenda.name) > 34 else 0
    organiser = 11 if agenda.logo else 6 if agenda.organiser else 0
    organiser += 4 * (len(agenda.organiser) // (60 if agenda.logo else 85))
    return (46.5 if density == "tight" else 53) + project + contact + long_name + organiser


def _rows(agenda: AgendaData, setting: Setting) -> list[tuple[AgendaDay, list[tuple[AgendaLine, _Row]]]]:
    """The lines of each day with their rows; those of breaks are as high as their text."""
    heights = iter([] if setting.large else _row_heights(agenda, setting))
    space = 6 if setting.density == "tight" else 7

    def row(line: AgendaLine) -> _Row:
        if setting.large or line.kind == "break":
            return _Row(0)
        height = max(setting.row, next(heights))
        spaces = max(1, round(height / space))
        return _Row(round(setting.row, 2), spaces - 1, round(height / spaces, 2))

    return [(day, [(line, row(line)) for line in day.lines]) for day in agenda.days]


def _row_heights(agenda: AgendaData, setting: Setting) -> list[float]:
    """Estimated heights in mm of the meetings' rows: right within a line, and checked by the layout itself."""
    measure = _MEASURES[setting.density]
    heights = []
    for day in agenda.days:
        for line in day.lines:
            if line.kind != "meeting":
                continue
            why = [len(reason.title) + len(reason.text) + 2 for reason in line.reasons[: setting.reasons]]
            wish = len(line.wish) + 4 if line.wish else 0
            lines = math.ceil(len(line.facilitator) / measure.why_width)
            lines += sum(math.ceil(len(one) / measure.why_width) for one in line.said if setting.said)
            if setting.inline:
                names = math.ceil((len(line.title) + 0.75 * len(line.about)) / measure.name_width)
                lines += math.ceil((sum(why) + wish) / measure.why_width)
            else:
                names = math.ceil(len(line.title) / measure.name_width)
                lines += math.ceil((len(line.about) + wish) / measure.why_width)
                apart = why if setting.density == "airy" else [sum(why)]
                lines += sum(math.ceil(part / measure.why_width) for part in apart)
            heights.append(names * measure.name + lines * measure.why + measure.padding)
    return heights


def _facts(agenda: AgendaData) -> list[_Fact]:
    """What is read at arm's length, from a folded sheet too: how many, when it starts and where."""
    text = words(agenda.language)
    if not agenda.meeting_count:
        return [_Fact(text["summary_count"], text["meetings_none"])]
    count = counted(agenda.language, "meetings", agenda.meeting_count)
    if agenda.online_count == agenda.meeting_count:
        count += f" ({text['all_online']})" if agenda.online_count > 1 else f" ({text['online']})"
    elif agenda.online_count:
        count += f" ({text['online_count'].format(count=agenda.online_count)})"
    meetings = [line for day in agenda.days for line in day.lines if line.kind == "meeting"]
    first = meetings[0]
    where = text["online"] if first.online else first.table
    starts = first.start + (f" · {where}" if where and not agenda.only_table else "")
    facts = [_Fact(text["summary_count"], count), _Fact(text["first"], starts)]
    if len(agenda.days) == 1:
        facts.append(_Fact(text["last"], meetings[-1].end))
    if agenda.only_table:
        facts.insert(0, _Fact(text["your_table"], agenda.only_table))
    return facts


def _render(agenda: AgendaData, setting: Setting) -> Document:
    html = (
        _templates()
        .get_template("agenda.html")
        .render(
            agenda=agenda,
            setting=setting,
            days=_rows(agenda, setting),
            words=words(agenda.language),
            facts=_facts(agenda),
            qr=qr_outline(agenda.live_url) if agenda.live_url else None,
        )
    )
    return laid_out(html, "agenda.css")


def laid_out(html: str, style: str) -> Document:
    """The pages of `html` by a stylesheet of the folder for prints. A second for the first one of a process."""
    from weasyprint import HTML

    press = _press(style)
    page = HTML(string=printable(html), url_fetcher=press.fetcher)
    return page.render(stylesheets=[press.style], font_config=press.fonts, cache=press.images)


class _Press(NamedTuple):
    """What is costly to make and good for every page: the fonts found, the stylesheet read, the images drawn."""

    style: CSS
    fonts: FontConfiguration
    fetcher: URLFetcher
    images: dict[str, Any]


@cache
def _press(name: str) -> _Press:
    # Loading WeasyPrint takes half a second that no other command should pay.
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    fonts = FontConfiguration()
    # A printed page reaches for no network and no file, whatever a participant typed.
    fetcher = URLFetcher(allowed_protocols=["data"])
    style = CSS(string=(_folder() / name).read_text("utf-8"), font_config=fonts, url_fetcher=fetcher)
    return _Press(style, fonts, fetcher, {})


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _folder() -> Path:
    return templates_folder() / "print"
