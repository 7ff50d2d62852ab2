"""For whoever translates: what is missing in French, and French typography.

``python -m web.translate missing``  what has no French yet, ready to paste into a ``.po`` file
``python -m web.translate tidy``     put the spaces and quotes that French typography wants into every ``.po`` file
"""

import re
import sys
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from web.catalogues import CATALOGUES
from web.paths import PACKAGE, templates_folder

NARROW, WIDE = "\u202f", "\u00a0"

KEYWORDS = {
    "_": None,
    "_l": None,
    "marked": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def extracted() -> dict[str, list[str]]:
    """Every sentence of code and templates, with the places where it stands."""
    found: dict[str, list[str]] = {}
    sources: list[tuple[Path, list[tuple[str, str]]]] = [
        (PACKAGE, [("**.py", "python")]),
        (templates_folder(), [(f"**.{ending}", "jinja2") for ending in ("html", "txt", "svg")]),
    ]
    for folder, methods in sources:
        for name, line, message, _comments, _context in extract_from_dir(folder, methods, keywords=KEYWORDS):
            msgid = message[0] if isinstance(message, tuple) else message
            if msgid:
                found.setdefault(msgid, []).append(f"{folder.name}/{name}:{line}")
    return found


def known(locale: str = "fr") -> dict[str, list[tuple[str, str]]]:
    """Each translated sentence: msgid → the (file name, translation) found for it, plural forms joined by a line."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted((CATALOGUES / locale).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                text = message.string if isinstance(message.string, str) else "\n".join(message.string or ())
                msgid = message.id if isinstance(message.id, str) else message.id[0]
                if msgid and text.strip() and not message.fuzzy:
                    found.setdefault(msgid, []).append((path.name, text))
    return found


def french_typography(text: str) -> str:
    """`text` with the spaces and quotes that French typography wants; leaves URLs, placeholders and times alone."""
    text = re.sub(r"(?<=\w)'(?=\w)", "’", text)
    text = re.sub(rf"«[ {WIDE}{NARROW}]*", f"«{WIDE}", text)
    text = re.sub(rf"[ {WIDE}{NARROW}]*»", f"{WIDE}»", text)
    text = re.sub(rf"(?<=[\w)%’»…{WIDE}])[ {WIDE}{NARROW}]+([;!?])", rf"{NARROW}\1", text)
    text = re.sub(r"(?<=[\w)’»…])([;!?])(?=\s|$)", rf"{NARROW}\1", text)
    text = re.sub(rf"[ {WIDE}{NARROW}]+:(?=\s|$)", f"{WIDE}:", text)
    text = re.sub(r"(?<=[\w)’»])(:)(?=\s|$)", rf"{WIDE}\1", text)
    text = re.sub(r"(?<=\d) (%)(?!\()", rf"{WIDE}\1", text)
    return text.replace("...", "…")


def _missing() -> None:
    have = known()
    for msgid, places in sorted(extracted().items(), key=lambda item: item[1]):
        if msgid not in have:
            escaped = msgid.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            print(f'#: {places[0]}\nmsgid "{escaped}"\nmsgstr ""\n')


def _tidy() -> None:
    for path in sorted((CATALOGUES / "fr").glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale="fr")
        for message in catalogue:
            if message.id and isinstance(message.string, str):
                message.string = french_typography(message.string)
            elif message.id and message.string:
                message.string = tuple(french_typography(form) for form in message.string)
        with path.open("wb") as file:
            write_po(file, catalogue, width=120, omit_header=False, ignore_obsolete=True)


if __name__ == "__main__":
    {"missing": _missing, "tidy": _tidy}[sys.argv[1]]()
