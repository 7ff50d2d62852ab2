"""Lists of people as organisers send them: made, sent, and followed through the pages."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask.testing import FlaskClient
from openpyxl import Workbook

from web.models import Event

HEADINGS = ("Structure", "Type", "Courriel", "Tél.", "Besoins", "Offres")


def csv_of(rows: Sequence[Sequence[str]], mark: str = ";", letters: str = "utf-8") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=mark).writerows(rows)
    return out.getvalue().encode(letters)


def xlsx_of(*sheets: Sequence[Sequence[Any]], names: Sequence[str] = ()) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(names[number] if names else f"Feuille {number + 1}")
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class Lists:
    """The pages of lists of one event, as a browser without scripts has them."""

    def __init__(self, client: FlaskClient, event: Event) -> None:
        self.client, self.base = client, f"/events/{event.id}/participants/lists/"

    def send(self, data: bytes, name: str = "liste.csv") -> Any:
        return self.client.post(self.base, data={"file": (io.BytesIO(data), name)}, content_type="multipart/form-data")

    def sent(self, data: bytes, name: str = "liste.csv") -> str:
        """The address of the list that was sent."""
        answer = self.send(data, name)
        assert answer.status_code == 303, answer.text
        return str(answer.location).removesuffix("columns")

    def columns(self, at: str, **changed: str) -> Any:
        """The page of the columns, sent as it stands but for `changed`."""
        return self.client.post(f"{at}columns", data=fields_of(self.client.get(f"{at}columns").text) | changed)

    def looked_at(self, data: bytes, name: str = "liste.csv", **changed: str) -> str:
        """A list whose columns are said; its address."""
        at = self.sent(data, name)
        answer = self.columns(at, **changed)
        assert answer.status_code == 303, answer.text
        return at

    def rows(self, at: str) -> str:
        answer = self.client.get(f"{at}rows")
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def take(self, at: str, page: str = "", **changed: Any) -> Any:
        """The page of the rows, sent as it stands but for `changed`."""
        return self.client.post(f"{at}rows", data=fields_of(page or self.rows(at)) | {"do": "take"} | changed)


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send of the last form of `page` that holds more than a button, by name."""
    form = max(re.findall(r"<form method=\"post\".*?</form>", page, re.DOTALL), key=len)
    found: dict[str, list[str]] = {}
    for tag in re.finditer(r"<input [^>]*>|<select [^>]*>.*?</select>", form, re.DOTALL):
        name = re.search(r"name=\"([^\"]+)\"", tag[0])
        if name is None or name[1] == "csrf_token":
            continue
        value = _value(tag[0])
        if value is not None:
            found.setdefault(name[1], []).append(_plain(value))
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def _value(tag: str) -> str | None:
    if tag.startswith("<select"):
        options: Sequence[tuple[str, str]] = re.findall(r"<option ([^>]*)>", tag)
        chosen = [one for one in options if re.search(r"\bselected\b", str(one))] or options[:1]
        return _attribute(str(chosen[0]), "value")
    if re.search(r'type="(checkbox|radio)"', tag) and not re.search(r"\bchecked\b", tag):
        return None
    return _attribute(tag, "value")


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf"{name}=\"([^\"]*)\"", tag)
    return match[1] if match else ""


def _plain(text: str) -> str:
    for escaped, plain in {"&#34;": '"', "&quot;": '"', "&#39;": "'", "&lt;": "<", "&gt;": ">", "&amp;": "&"}.items():
        text = text.replace(escaped, plain)
    return text


def without(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {one: value for one, value in said.items() if one != name}
