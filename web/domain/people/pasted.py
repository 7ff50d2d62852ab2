"""A list of people as somebody pastes it: a line each, “Name; contact; e-mail; kind; telephone; language”."""

from collections.abc import Sequence

from flask_babel import gettext as _

from web.config import LOCALES
from web.domain.errors import Fault, Faults
from web.domain.event.programme import kinds_of
from web.domain.event.taxonomy import kind_label
from web.domain.people.inviting import Invited, faults_of, normal
from web.domain.text import folded
from web.models import Event

_LANGUAGES = {"fr": "fr", "francais": "fr", "french": "fr", "en": "en", "anglais": "en", "english": "en"}
_HEADINGS = {"nom", "name", "organisation", "structure", "contact"}


def read_pasted(text: str, event: Event, kind: str) -> list[Invited]:
    """What the lines of `text` say; cells are parted by semicolons or tabs, `kind` is that of lines that name none.

    The e-mail address is found wherever it stands: before it are the name and the contact, after it the kind, the
    telephone and the language, in any order. Empty lines and a line of headings are passed over. Raises `Faults` with
    all that is wrong, `path` being the number of the line.
    """
    kinds = _kinds(event)
    rows: list[Invited] = []
    faults: list[Fault] = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip().strip('"') for cell in line.replace("\t", ";").split(";")]
        if not any(cells) or (not rows and not faults and _is_heading(cells)):
            continue
        row, unknown = _row(cells, event, kinds, kind)
        wrong = [_("“%(cell)s” is neither a kind, a telephone nor a language.", cell=cell[:60]) for cell in unknown]
        wrong += faults_of(normal(row, event), event).values()
        faults += [Fault(str(number), sentence) for sentence in wrong]
        rows.append(row)
    if faults:
        raise Faults(faults)
    return rows


def _is_heading(cells: Sequence[str]) -> bool:
    return not any("@" in cell for cell in cells) and folded(cells[0]).split(" ")[0] in _HEADINGS


def _kinds(event: Event) -> dict[str, str]:
    """The kinds of the event by what people call them, in both languages, one or many."""
    found = {}
    for kind in kinds_of(event):
        for name in (kind, *(kind_label(kind, language) for language in LOCALES)):
            found[folded(name)] = kind
            found[f"{folded(name)}s"] = kind
            found[f"{folded(name).removesuffix('y')}ies"] = kind
    return found


def _row(cells: Sequence[str], event: Event, kinds: dict[str, str], kind: str) -> tuple[Invited, list[str]]:
    """The row, and the cells that it does not explain."""
    # Without an address a single cell is the name: what is missing is the address, and so it is told.
    place = next((at for at, cell in enumerate(cells) if "@" in cell), max(1, min(2, len(cells) - 1)))
    before, after = cells[:place], cells[place + 1 :]
    phone = language = ""
    unknown = [*before[2:]]
    for cell in filter(None, after):
        word = folded(cell)
        if word in kinds:
            kind = kinds[word]
        elif word in _LANGUAGES:
            language = _LANGUAGES[word]
        elif any(letter.isdigit() for letter in cell) and not any(letter.isalpha() for letter in cell):
            phone = cell
        else:
            unknown.append(cell)
    name, contact = (*before, "", "")[:2]
    email = cells[place] if place < len(cells) else ""
    row = Invited(kind=kind, name=name, contact_name=contact, email=email, phone=phone, language=language)
    return row, [cell for cell in unknown if cell]
