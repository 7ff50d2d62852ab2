"""Files that somebody might send to do harm, each made by a few lines: small to send, dear to read."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

LIMIT = 10 * 1024 * 1024
"""What the web takes, in bytes: no file here is larger."""

_SLOT = {"id": "s1", "start": "2027-03-18T14:00", "end": "2027-03-18T14:06"}


def _event(**fields: object) -> bytes:
    event = {"format": "passerelle-event/1", "slots": [_SLOT], "participants": [], **fields}
    return json.dumps(event, separators=(",", ":")).encode()


def _with(name: str, text: str) -> bytes:
    """An event whose field ``name`` is the JSON ``text``."""
    return _event().removesuffix(b"}") + f',"{name}":{text}}}'.encode()


def _people(count: int, **fields: object) -> list[dict[str, object]]:
    return [{"id": f"p{i}", "kind": "association" if i % 2 else "company", **fields} for i in range(count)]


# JSON


def one_key_repeated(count: int = 50_000) -> bytes:
    return ("{" + ",".join(f'"k{i}":1' for i in range(count)) + ',"k49999":2' + "}").encode()


def nothing_but_faults(share: float = 1) -> bytes:
    return _with("tables", "[" + ",".join(["1"] * int(4_000_000 * share)) + "]")


def faults_in_one_item(share: float = 1) -> bytes:
    return _event(participants=[{"id": "a", "kind": "b", "needs": [1] * int(2_500_000 * share)}])


def faults_in_items(share: float = 1) -> bytes:
    return _event(participants=[{"id": "a", "kind": "b", "needs": [1] * 9_000} for _ in range(int(370 * share))])


def unknown_fields(share: float = 1) -> bytes:
    return ("{" + ",".join(f'"{i}":1' for i in range(int(900_000 * share))) + "}").encode()


def unknown_fields_of_items(share: float = 1) -> bytes:
    item = "{" + ",".join(f'"{i}":1' for i in range(900)) + "}"
    return _with("meetings", "[" + ",".join([item] * int(1_200 * share)) + "]")


def unknown_ids(share: float = 1) -> bytes:
    people = _people(8_000)
    for one in people[: int(100 * share)]:
        one["wishes"] = [f"q{k}" for k in range(9_000)]
    return _event(participants=people)


def long_words_that_look_alike(share: float = 1) -> bytes:
    people = _people(int(400 * share), requires=["a" * 3_000 + "\u0430" * 1_000])
    return _event(tables=[{"id": "t", "features": ["a" * 4_000]}], participants=people)


def deep_lists(depth: int = 900) -> bytes:
    return _with("title", "[" * depth + "]" * depth)


def bottomless_lists() -> bytes:
    return b"[" * 9_000_000


def many_small_objects() -> bytes:
    return _with("meetings", "[" + ",".join(['{"":1}'] * 1_400_000) + "]")


def many_wishes(participants: int = 1_450, wished: int = 780) -> bytes:
    people = _people(participants)
    for i, one in enumerate(people):
        one["wishes"] = [f"p{(i + k) % participants}" for k in range(1, wished + 1)]
    return _event(participants=people)


def huge_numbers() -> bytes:
    return _with("title", "[" + ",".join(["9" * 4_000] * 2_400) + "]")


def half_characters() -> bytes:
    return _with("title", '"\\ud800"')


# Workbooks

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def workbook(sheets: list[str], *, strings: str = "", styles: str = "", names: list[str] | None = None) -> bytes:
    """A workbook with the XML of each sheet's rows, of its shared strings and of its styles."""
    names = names or [f"sheet{k}" for k in range(len(sheets))]
    kind = f"{_RELATIONS}/"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{kind}officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{k + 1}" r:id="r{k}"/>' for k, name in enumerate(names))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="r{k}" Type="{kind}worksheet" Target="worksheets/sheet{k}.xml"/>'
            for k in range(len(sheets))
        )
        + f'<Relationship Id="rs" Type="{kind}sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="rt" Type="{kind}styles" Target="styles.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{strings}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{styles}</styleSheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        for k, rows in enumerate(sheets):
            text = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
            archive.writestr(f"xl/worksheets/sheet{k}.xml", text)
    return out.getvalue()


def styles_without_end(share: float = 1) -> bytes:
    font = '<font><b/><i/><sz val="11"/><name val="A"/></font>'
    formats = '<xf numFmtId="14"/>' * int(400_000 * share)
    return workbook([""], styles=f"<fonts>{font * int(200_000 * share)}</fonts><cellXfs>{formats}</cellXfs>")


def number_formats_without_end(share: float = 1) -> bytes:
    formats = "".join(f'<numFmt numFmtId="{k}" formatCode="{"y" * 40}"/>' for k in range(int(300_000 * share)))
    return workbook([""], styles=f"<numFmts>{formats}</numFmts>")


def shared_strings_without_end(share: float = 1) -> bytes:
    return workbook([""], strings="<si><t>a</t></si>" * int(8_000_000 * share))


def runs_without_end(share: float = 1) -> bytes:
    return workbook([""], strings=f"<si>{'<r><t>a</t></r>' * int(8_000_000 * share)}</si>")


def one_long_string_everywhere() -> bytes:
    rows = "".join(f'<row r="{k}"><c t="s"><v>0</v></c></row>' for k in range(1, 60_001))
    return workbook([rows], strings=f"<si><t>{'; ' * 16_000}</t></si>", names=["participants"])


def far_rows(sheets: int = 20) -> bytes:
    return workbook(['<row r="1048576"><c r="A1048576"><v>1</v></c></row>'] * sheets)


def far_columns() -> bytes:
    rows = "".join(f'<row r="{k}"><c r="XFD{k}"><v>1</v></c></row>' for k in range(1, 20_001))
    return workbook([rows] * 3)


def empty_rows(share: float = 1) -> bytes:
    return workbook(["<row/>" * int(9_000_000 * share)] * 3)


def wide_row() -> bytes:
    return workbook([f"<row>{'<c><v>1</v></c>' * 4_000_000}</row>"])


def one_merged_string_everywhere() -> bytes:
    rows = "".join(f'<row r="{k}"><c r="B{k}"><v>1</v></c></row>' for k in range(2, 30_001))
    merged = '<mergeCell ref="A1:A30000"/>'
    first = '<row r="1"><c t="s"><v>0</v></c></row>'
    return workbook([first + rows + merged], strings=f"<si><t>{'x' * 30_000}</t></si>", names=["participants"])


def merged_without_end(share: float = 1) -> bytes:
    # The cells are merged inside of the rows' element, where they are found all the same.
    merged = "".join(f'<mergeCell ref="A{k}:A{k + 1}"/>' for k in range(1, int(1_000_000 * share), 2))
    return workbook([f'<row r="1"><c t="str"><v>x</v></c></row>{merged}'], names=["slots"])


def deep_elements() -> bytes:
    return workbook(["<a>" * 3_000_000])


def names_without_end() -> bytes:
    return workbook([""] * 1_000, names=[f"s{k}" for k in range(1_000)])


def million_cells() -> bytes:
    return workbook([f"<row>{'<c><v>1</v></c>' * 20}</row>" * 55_000], names=["participants"])


# Tables of text


def rows_of_separators() -> bytes:
    return b"id,kind\n" + (b"," * 1_999 + b"x\n") * 5_000


def lines_without_end() -> bytes:
    return b"\n" * 10_000_000


def quotes_without_end() -> bytes:
    return b'"' * 9_999_999


def sheets_without_end() -> bytes:
    return b"".join(b"[s%d]\n" % k for k in range(900_000))


def dates_without_end() -> bytes:
    rows = "".join(f"s{k},31/12/2027 14:00,March 18 2027 2 pm\n" for k in range(200_000))
    return f"[slots]\nid,start,end\n{rows}".encode()


def headings_without_end() -> bytes:
    return b"[participants]\n" + b",".join(b"headingnumber%dabc" % k for k in range(400_000)) + b"\n"


# B2BSP


def open_comments() -> bytes:
    return b"/* " * 3_400_000


def statements_without_sense() -> bytes:
    return b"a;" * 5_000_000


def numbers_without_end(share: float = 1) -> bytes:
    return b"nBusiness = [" + b"1," * int(5_000_000 * share) + b"];"


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    make.__name__: (ending, make)
    for ending, makers in {
        ".json": (
            one_key_repeated,
            nothing_but_faults,
            faults_in_one_item,
            faults_in_items,
            unknown_fields,
            unknown_fields_of_items,
            unknown_ids,
            long_words_that_look_alike,
            deep_lists,
            bottomless_lists,
            many_small_objects,
            many_wishes,
            huge_numbers,
            half_characters,
        ),
        ".xlsx": (
            styles_without_end,
            number_formats_without_end,
            shared_strings_without_end,
            runs_without_end,
            one_long_string_everywhere,
            one_merged_string_everywhere,
            far_rows,
            far_columns,
            empty_rows,
            wide_row,
            merged_without_end,
            deep_elements,
            names_without_end,
            million_cells,
        ),
        ".csv": (
            rows_of_separators,
            lines_without_end,
            quotes_without_end,
            sheets_without_end,
            dates_without_end,
            headings_without_end,
        ),
        ".dzn": (open_comments, statements_without_sense, numbers_without_end),
    }.items()
    for make in makers
}
